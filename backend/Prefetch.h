#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "backend/AnalysisStore.h"
#include "backend/ChunkProvider.h"
#include "backend/FullAnalyses.h"
#include "backend/LruCache.h"
#include "backend/PrefetchPolicy.h"
#include "backend/RenderScheduler.h"
#include "backend/StreamParameters.h"
#include "library/Library.h"

namespace segue::backend {

/// Has the beginning of the next track rendered while another one plays: the one that the player
/// names, else the next of the queue that he has kept, of the album, or of a radio.
/// @thread playing() from any thread; the work is done on a thread of its own
class Prefetch {
  public:
    struct Parts {
        const library::Library& library;
        FullAnalyses& analyses;
        AnalysisStore& kept;
        const ChunkProvider& provider;
        const RenderScheduler& scheduler;
        /// What follows a track that is the current one of the kept queue. Empty: nothing.
        std::function<std::optional<library::TrackId>(library::TrackId)> inQueue = {};
        /// What a player that has come to the end goes on with. Empty: nothing.
        std::function<std::optional<library::TrackId>(library::TrackId)> goesOn = {};
    };
    /// All outlive this.
    explicit Prefetch(const Parts& parts);
    /// As stop().
    ~Prefetch();
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;

    /// A stream of `track` has begun. @param next  what the player is going to play after it
    void playing(library::TrackId track, std::optional<library::TrackId> next,
                 const StreamParameters& voice);

    /// Waits until nothing is left to do, for tests. @return whether that came in time
    bool waitUntilIdle(std::chrono::milliseconds atMost) const;
    void stop();

  private:
    struct Hint {
        library::TrackId track = 0;
        std::optional<library::TrackId> next;
        StreamParameters voice;
    };

    void work();
    void follow(const Hint& hint);
    std::optional<library::TrackId> nextOf(const Hint& hint) const;
    void fetch(library::TrackId next, const StreamParameters& voice);
    void await(const RenderScheduler::Interest& interest, std::int64_t payloadBytes) const;
    ReadLimits limits() const;

    const Parts parts_;
    std::stop_source stop_;
    std::thread thread_;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    std::deque<Hint> hints_;
    LruCache<Hash128, Clock::time_point, Hash128Hasher> done_; ///< what was seen to just now
    bool busy_ = false;
};

} // namespace segue::backend
