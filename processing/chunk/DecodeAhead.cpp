// A bounded queue of decoded blocks between one decoding thread and one renderer. A slot belongs to
// the thread until it is counted in filled_, then to the renderer until it is counted in returned_.
// Both sides wait seldom and are woken for several blocks at once.

#include "processing/chunk/DecodeAhead.h"

#include <algorithm>
#include <cassert>
#include <exception>

#include <pthread.h>

namespace segue::chunk {

DecodeAhead::DecodeAhead(decode::AudioSource& source, std::int64_t fromSource, std::int64_t total,
                         DecodeOn where)
    : where_(where), source_(source), fromSource_(fromSource), total_(total) {
    if (where == DecodeOn::CallersThread) {
        slots_[0].resize(source.info().numChannels, std::min(kBlockFrames, total));
        return;
    }
    for (AudioBuffer& slot : slots_)
        slot.resize(source.info().numChannels, std::min(kBlockFrames, total));
    thread_ = std::thread([this] { run(); });
}

DecodeAhead::~DecodeAhead() {
    if (!thread_.joinable())
        return;
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<AudioBlock> DecodeAhead::next() {
    if (where_ == DecodeOn::CallersThread)
        return decodeHere();
    std::unique_lock lock(mutex_);
    if (handedOut_) {
        ++returned_;
        handedOut_ = false;
        if (filled_ - returned_ == kSlots - kBatch)
            changed_.notify_all();
    }
    if (filled_ == returned_)
        changed_.wait(lock, [this] { return filled_ - returned_ >= neededLocked() || ended_; });
    if (filled_ == returned_)
        return fail(*error_);
    handedOut_ = true;
    const std::size_t slot = returned_ % kSlots;
    return slots_[slot].block(lengths_[slot]);
}

Result<AudioBlock> DecodeAhead::decodeHere() {
    const std::int64_t count = std::min(kBlockFrames, total_);
    total_ -= count;
    const AudioBlock block = slots_[0].block(count);
    if (auto done = fill(block); !done)
        return fail(done.error());
    return block;
}

void DecodeAhead::run() noexcept {
    ::pthread_setname_np(::pthread_self(), "segue-decode");
    while (total_ > 0) {
        std::size_t slot = 0;
        {
            std::unique_lock lock(mutex_);
            if (filled_ - returned_ == kSlots)
                changed_.wait(lock,
                              [this] { return stop_ || filled_ - returned_ <= kSlots - kBatch; });
            if (stop_)
                return;
            slot = filled_ % kSlots;
        }
        const std::int64_t count = std::min(kBlockFrames, total_);
        Result<void> done;
        try {
            done = fill(slots_[slot].block(count));
        } catch (const std::exception& problem) {
            done = fail(ErrorCode::Internal, std::string("decoding: ") + problem.what());
        }
        total_ -= count;
        bool wakes = false;
        {
            const std::lock_guard lock(mutex_);
            if (done) {
                lengths_[slot] = count;
                ++filled_;
            } else {
                error_ = done.error();
            }
            ended_ = !done || total_ == 0;
            wakes = ended_ || filled_ - returned_ == neededLocked();
        }
        if (wakes)
            changed_.notify_all();
        if (!done)
            return;
    }
}

Result<void> DecodeAhead::fill(const AudioBlock& block) {
    std::int64_t done = 0;
    const std::int64_t wanted = std::min(block.numFrames, fromSource_);
    while (done < wanted) {
        float* channels[kMaxChannels];
        for (int c = 0; c < block.numChannels; ++c)
            channels[c] = block.channels[c] + done;
        const auto count = source_.read({channels, block.numChannels, wanted - done});
        // A source that turns corrupt was analysed up to there: what follows is silence, not an
        // error in mid-stream.
        if (!count && count.error().code != ErrorCode::Corrupt)
            return fail(count.error());
        if (!count || *count == 0)
            break;
        done += *count;
    }
    fromSource_ = done < wanted ? 0 : fromSource_ - done;
    for (int c = 0; c < block.numChannels; ++c)
        std::fill(block.channels[c] + done, block.channels[c] + block.numFrames, 0.0f);
    return {};
}

} // namespace segue::chunk
