// The threads that read tags for a scan. A file costs some 50 us of parsing, and on disks that turn
// or are far away much more of waiting; so several are open at once. Results come back in the order
// of the jobs, so that ids do not depend on which thread was faster. No thread outlives the object.

#include "library/TagPipeline.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "library/StampRules.h"

namespace segue::library {

namespace {

// More than the two cores of a small machine: most of reading is waiting, on a disk.
constexpr int kThreads = 4;
// On slow disks results are handed on earlier, so that tracks appear while the scan goes on.
constexpr std::chrono::milliseconds kMoment{250};

Result<FileTags> readGuarded(const ReadJob& job) {
    try {
        waitUntilSettled(job.file.stamp);
        return readTags(job.file.path);
    } catch (const std::exception& e) {
        return fail(ErrorCode::Corrupt, "'" + job.file.path + "': " + e.what());
    }
}

} // namespace

TagPipeline::TagPipeline(const std::atomic<bool>& cancel) : cancel_(cancel) {
    for (int i = 0; i < kThreads; ++i)
        threads_.emplace_back([this] { work(); });
}

TagPipeline::~TagPipeline() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    pushed_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

bool TagPipeline::isFull() const {
    const std::lock_guard lock(mutex_);
    return slots_.size() >= kMaxJobs;
}

void TagPipeline::push(ReadJob job) {
    {
        const std::lock_guard lock(mutex_);
        slots_.push_back({std::move(job), std::nullopt});
    }
    pushed_.notify_one();
}

std::vector<ReadTags> TagPipeline::take(std::size_t most) {
    std::vector<ReadTags> taken;
    std::unique_lock lock(mutex_);
    const auto enough = [&] {
        return cancel_.load() || numReady_ >= std::min(most, slots_.size());
    };
    read_.wait_for(lock, kMoment, enough);
    read_.wait(lock, [&] { return enough() || numReady_ > 0; });
    if (cancel_.load())
        return taken;
    const std::size_t count = std::min(most, numReady_);
    taken.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        Slot& slot = slots_.front();
        taken.push_back({std::move(slot.job), std::move(*slot.tags)});
        slots_.pop_front();
    }
    numBegun_ -= count;
    numReady_ -= count;
    return taken;
}

void TagPipeline::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        pushed_.wait(lock, [this] { return stopping_ || numBegun_ < slots_.size(); });
        if (stopping_)
            return;
        Slot& slot = slots_[numBegun_++];
        lock.unlock();
        auto tags = cancel_.load() ? Result<FileTags>(fail(ErrorCode::Cancelled, "cancelled"))
                                   : readGuarded(slot.job);
        lock.lock();
        slot.tags = std::move(tags);
        while (numReady_ < numBegun_ && slots_[numReady_].tags)
            ++numReady_;
        read_.notify_one();
    }
}

} // namespace segue::library
