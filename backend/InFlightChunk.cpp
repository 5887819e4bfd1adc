// The meeting point of one render worker and the readers of its chunk. The worker appends to the
// blob and then calls grown(), which passes through the mutex; a reader tests the watermark under
// the same mutex before it sleeps, so no wake-up is lost. Readers are woken only when the bytes
// that one of them waits for have come. Blobs are released outside the mutex, since the last holder
// closes a file.
#include "backend/InFlightChunk.h"

#include <algorithm>
#include <utility>

namespace segue::backend {

InFlightChunk::Progress InFlightChunk::lookLocked(std::int64_t untilBytes) const {
    if (blob_ && blob_->watermark() >= untilBytes)
        return {Outcome::Reached, blob_, {}, unkept_};
    switch (stage_) {
    case Stage::Finished:
        return {Outcome::Finished, blob_, {}, unkept_};
    case Stage::Failed:
        return {Outcome::Failed, nullptr, error_, false};
    case Stage::Cancelled:
        return {Outcome::Cancelled, nullptr, {}, false};
    case Stage::Open:
        break;
    }
    return {};
}

InFlightChunk::Progress InFlightChunk::look(std::int64_t untilBytes) const {
    std::lock_guard lock(mutex_);
    return lookLocked(untilBytes);
}

InFlightChunk::Progress InFlightChunk::wait(std::int64_t untilBytes,
                                            Clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    for (;;) {
        Progress progress = lookLocked(untilBytes);
        if (progress.outcome != Outcome::Deadline)
            return progress;
        if (Clock::now() >= deadline)
            return progress;
        // grown() resets it when it wakes us; whoever still waits then says so again.
        wanted_ = std::min(wanted_, untilBytes);
        changed_.wait_until(lock, deadline);
    }
}

InFlightChunk::Progress InFlightChunk::waitForEnd(Clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return isSettled_; });
    return isSettled_ ? lookLocked(std::numeric_limits<std::int64_t>::max()) : Progress{};
}

void InFlightChunk::begin(std::shared_ptr<const cache::ChunkBlob> blob) {
    std::lock_guard lock(mutex_);
    blob_ = std::move(blob);
}

void InFlightChunk::grown() {
    {
        std::lock_guard lock(mutex_);
        if (!blob_ || blob_->watermark() < wanted_)
            return;
        wanted_ = std::numeric_limits<std::int64_t>::max();
    }
    changed_.notify_all();
}

void InFlightChunk::complete() {
    {
        std::lock_guard lock(mutex_);
        stage_ = Stage::Finished;
    }
    changed_.notify_all();
}

void InFlightChunk::finish(bool kept) {
    std::shared_ptr<const cache::ChunkBlob> released;
    {
        std::lock_guard lock(mutex_);
        stage_ = Stage::Finished;
        isSettled_ = true;
        unkept_ = !kept;
        if (kept)
            released = std::move(blob_);
    }
    changed_.notify_all();
}

void InFlightChunk::fail(Error error) {
    {
        std::lock_guard lock(mutex_);
        stage_ = Stage::Failed;
        isSettled_ = true;
        error_ = std::move(error);
    }
    changed_.notify_all();
}

void InFlightChunk::cancel() {
    {
        std::lock_guard lock(mutex_);
        stage_ = Stage::Cancelled;
        isSettled_ = true;
    }
    changed_.notify_all();
}

} // namespace segue::backend
