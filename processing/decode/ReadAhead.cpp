// A bounded queue of blocks between one reading thread and one user of them. A slot belongs to the
// thread until it is counted in filled_, then to the user until it is counted in returned_. Both
// sides wait seldom and are woken for several blocks at once.

#include "processing/decode/ReadAhead.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <pthread.h>

namespace segue::decode {

ReadAhead::ReadAhead(AudioSource& source, std::int64_t mostFrames)
    : source_(source), remaining_(mostFrames) {
    for (AudioBuffer& slot : slots_)
        slot.resize(source.info().numChannels, kBlockFrames);
    thread_ = std::thread([this] { run(); });
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<AudioBlock> ReadAhead::next() {
    std::unique_lock lock(mutex_);
    if (handedOut_) {
        ++returned_;
        handedOut_ = false;
        if (filled_ - returned_ == kSlots - kBatch)
            changed_.notify_all();
    }
    if (filled_ == returned_)
        changed_.wait(lock, [this] { return filled_ - returned_ >= neededLocked() || ended_; });
    const std::size_t slot = returned_ % kSlots;
    if (filled_ == returned_) {
        if (error_)
            return fail(*error_);
        return slots_[slot].block(0);
    }
    handedOut_ = true;
    return slots_[slot].block(lengths_[slot]);
}

void ReadAhead::run() noexcept {
    ::pthread_setname_np(::pthread_self(), "segue-decode");
    for (bool atEnd = false; !atEnd;) {
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
        const std::int64_t wanted = std::min(kBlockFrames, remaining_);
        Result<std::int64_t> count = 0;
        try {
            count = readFully(source_, slots_[slot].block(wanted));
        } catch (const std::exception& problem) {
            count = fail(ErrorCode::Internal, std::string("decoding: ") + problem.what());
        }
        remaining_ -= count.value_or(0);
        atEnd = count.value_or(0) == 0 || remaining_ == 0;
        bool wakes = false;
        {
            const std::lock_guard lock(mutex_);
            if (!count) {
                error_ = count.error();
            } else if (*count > 0) {
                lengths_[slot] = *count;
                ++filled_;
            }
            ended_ = atEnd;
            wakes = atEnd || filled_ - returned_ == neededLocked();
        }
        if (wakes)
            changed_.notify_all();
    }
}

Result<std::int64_t> readFully(AudioSource& source, const AudioBlock& block) {
    std::int64_t done = 0;
    while (done < block.numFrames) {
        float* channels[kMaxChannels];
        for (int c = 0; c < block.numChannels; ++c)
            channels[c] = block.channels[c] + done;
        auto count = source.read({channels, block.numChannels, block.numFrames - done});
        if (!count && done == 0)
            return count;
        if (!count || *count == 0)
            break;
        done += *count;
    }
    return done;
}

namespace {

class AheadSource : public AudioSource {
  public:
    explicit AheadSource(std::unique_ptr<AudioSource> source) : source_(std::move(source)) {}

    const SourceInfo& info() const noexcept override { return source_->info(); }

    Result<std::int64_t> read(const AudioBlock& block) override {
        if (!ahead_)
            ahead_.emplace(*source_, info().numFrames);
        if (used_ == block_.numFrames && !ended_) {
            auto next = ahead_->next();
            ended_ = !next || next->numFrames == 0;
            if (!next)
                return fail(std::move(next.error()));
            block_ = *next;
            used_ = 0;
        }
        const std::int64_t count = std::min(block.numFrames, block_.numFrames - used_);
        for (int c = 0; c < block.numChannels; ++c)
            std::copy_n(block_.channels[c] + used_, count, block.channels[c]);
        used_ += count;
        return count;
    }

    Result<void> seek(std::int64_t frame) override {
        ahead_.reset();
        block_ = {};
        used_ = 0;
        ended_ = false;
        return source_->seek(frame);
    }

  private:
    std::unique_ptr<AudioSource> source_;
    AudioBlock block_{}; ///< of ahead_
    std::int64_t used_ = 0;
    bool ended_ = false;
    std::optional<ReadAhead> ahead_; // last: it uses the source
};

} // namespace

std::unique_ptr<AudioSource> readAhead(std::unique_ptr<AudioSource> source) {
    return std::make_unique<AheadSource>(std::move(source));
}

} // namespace segue::decode
