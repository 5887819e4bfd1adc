#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include "cache/ChunkStore.h"
#include "processing/types/Error.h"

namespace segue::backend {

using Clock = std::chrono::steady_clock;

/// One chunk on its way from the queue to the store, as its readers see it: they wait on its
/// watermark, not on its end.
///
/// States only go forward: queued -> growing -> ended (finished, failed or cancelled).
/// @thread any number of readers; begin, grown and end belong to the scheduler
class InFlightChunk {
  public:
    enum class Outcome {
        Reached,  ///< the bytes are below `blob`'s watermark
        Finished, ///< published: ask the store; or, where it could not be kept, `blob` has it all
        Failed,   ///< the render gave `error`
        Cancelled,
        Deadline, ///< none of these yet
    };
    struct Progress {
        Outcome outcome = Outcome::Deadline;
        std::shared_ptr<const cache::ChunkBlob> blob;
        Error error;
        bool unkept = false; ///< ended, and the store could not keep it
    };

    /// Waits until `untilBytes` of the payload may be read, or the chunk has ended, or `deadline`.
    /// Bytes that were written before a failure are still Reached.
    Progress wait(std::int64_t untilBytes, Clock::time_point deadline) const;
    /// Waits until it is known what became of the chunk: Finished (kept or not), Failed, Cancelled;
    /// or `deadline`.
    Progress waitForEnd(Clock::time_point deadline) const;
    /// Like wait(), without waiting.
    Progress look(std::int64_t untilBytes) const;

    void begin(std::shared_ptr<const cache::ChunkBlob> blob);
    /// Wakes the readers whose bytes have come; called after each append.
    void grown();
    /// All bytes are there; what becomes of them on disk is not known yet.
    void complete();
    /// @param kept  the store has it: readers that come now find it there, so no descriptor is held
    void finish(bool kept);
    void fail(Error error);
    void cancel();

  private:
    enum class Stage { Open, Finished, Failed, Cancelled };
    Progress lookLocked(std::int64_t untilBytes) const;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    std::shared_ptr<const cache::ChunkBlob> blob_;
    Stage stage_ = Stage::Open;
    bool isSettled_ = false; ///< nothing more will be heard of it
    bool unkept_ = false;
    Error error_;
    /// The least watermark that any waiting reader wants, so that appends wake nobody in vain.
    mutable std::int64_t wanted_ = std::numeric_limits<std::int64_t>::max();
};

} // namespace segue::backend
