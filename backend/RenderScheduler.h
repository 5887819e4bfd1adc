#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "backend/InFlightChunk.h"
#include "backend/RenderTask.h"
#include "cache/ChunkStore.h"
#include "processing/types/Error.h"

namespace segue::backend {

struct SchedulerOptions {
    int workers = 1; ///< renders at once
    /// Renders besides, of Blocked jobs only, so that a reader never waits for the end of somebody
    /// else's ahead-work.
    int workersForBlocked = 1;
    /// Most queued jobs per class; running ones do not count.
    std::array<std::size_t, kNumRenderClasses> queueCapacity{256, 1024, 1024, 1024};
    std::function<Clock::time_point()> now = Clock::now;
};

struct SchedulerStats {
    std::array<std::int64_t, kNumRenderClasses> queued{};
    std::int64_t running = 0;
    std::int64_t rendered = 0, failed = 0, cancelled = 0, refused = 0, joined = 0;
    double renderSeconds = 0; ///< wall time in renders that succeeded
    double audioSeconds = 0;  ///< audio that these renders made
};

struct RenderJob;

/// Renders chunks on threads of its own: classes in order, earliest deadline first inside a class,
/// one render per key however many ask. A job lives as long as somebody is interested: when the
/// last Interest goes, a queued job is dropped and a running one is cancelled.
///
/// A render stands still between two pieces while others need the cores more; RenderPolicy says
/// which.
/// A queue that is full of one client's jobs lets go of the last of them for another client.
///
/// @thread all members from any thread; none runs a render, I/O or a callback under a lock
class RenderScheduler {
    class Core;

  public:
    /// Somebody's wish for a chunk, which may outlive the scheduler.
    /// @thread one at a time
    class Interest {
      public:
        Interest() = default;
        Interest(Interest&&) noexcept = default;
        Interest& operator=(Interest&& other) noexcept;
        ~Interest();

        explicit operator bool() const noexcept { return job_ != nullptr; }
        const InFlightChunk& chunk() const noexcept;
        /// Changes what this party asks for; the job goes by the most urgent of its parties. As
        /// Blocked: it waits for more from now on.
        void hurry(RenderClass renderClass, Clock::time_point deadline);
        /// A Blocked party has what it waited for, and keeps its class.
        void served();
        void leave() noexcept;

      private:
        friend class RenderScheduler;
        std::shared_ptr<Core> core_;
        std::shared_ptr<RenderJob> job_;
        std::uint64_t party_ = 0;
    };

    /// @param store  outlives the scheduler
    RenderScheduler(cache::ChunkStore& store, const SchedulerOptions& options);
    /// As stop().
    ~RenderScheduler();
    RenderScheduler(const RenderScheduler&) = delete;
    RenderScheduler& operator=(const RenderScheduler&) = delete;

    /// Joins the job of this key, or queues a new one.
    /// @errors Busy (the class's queue is full, and says when to try again), Cancelled (stopping)
    Result<Interest> submit(RenderTask task, RenderClass renderClass, Clock::time_point deadline);

    /// Waits until a new job of this class would find room. @return whether it does
    bool waitForRoom(RenderClass renderClass, Clock::time_point deadline) const;

    enum class JobState { None, Queued, Running };
    JobState stateOf(const cache::ChunkKey& key) const;
    SchedulerStats stats() const;

    /// Waits until no Blocked job is queued or running; what runs in the background gives way so.
    void waitWhileReadersAreBlocked(const std::stop_token& stop) const;

    /// Cancels everything, wakes every waiter and joins the workers. May be called twice.
    void stop();

  private:
    std::shared_ptr<Core> core_;
};

} // namespace segue::backend
