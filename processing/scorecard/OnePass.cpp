// The chain over a whole track in one go. Shares decoder, plan and chain with the server, and none
// of its chunking.

#include "processing/scorecard/OnePass.h"

#include <algorithm>
#include <utility>

namespace segue::scorecard {

namespace {

/// Not the renderer's block length: the sound must not depend on it.
constexpr std::int64_t kBlockFrames = 3001;

} // namespace

Result<std::unique_ptr<OnePass>> OnePass::open(const std::filesystem::path& path,
                                               const mastering::MasteringPlan& plan) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    return std::unique_ptr<OnePass>(new OnePass(std::move(*source), plan));
}

OnePass::OnePass(std::unique_ptr<decode::AudioSource> source, const mastering::MasteringPlan& plan)
    : source_(std::move(source)), chain_(plan), buffer_(plan.numChannels, kBlockFrames),
      skip_(chain_.latencyFrames()) {
    chain_.reset(0);
}

Result<void> OnePass::refill() {
    std::int64_t done = 0;
    float* channels[kMaxChannels];
    while (done < kBlockFrames && !ended_) {
        for (int c = 0; c < buffer_.numChannels(); ++c)
            channels[c] = buffer_.channel(c) + done;
        const auto count = source_->read({channels, buffer_.numChannels(), kBlockFrames - done});
        // As in a chunk: what turns corrupt was analysed up to there and is followed by silence.
        if (!count && count.error().code != ErrorCode::Corrupt)
            return fail(count.error());
        ended_ = !count || *count == 0;
        done += count ? *count : 0;
    }
    for (int c = 0; c < buffer_.numChannels(); ++c)
        std::fill(buffer_.channel(c) + done, buffer_.channel(c) + kBlockFrames, 0.0f);
    chain_.process(buffer_.block());
    used_ = std::min(skip_, kBlockFrames);
    skip_ -= used_;
    filled_ = kBlockFrames;
    return {};
}

Result<void> OnePass::read(const AudioBlock& block) {
    for (std::int64_t done = 0; done < block.numFrames;) {
        if (used_ == filled_)
            if (auto more = refill(); !more)
                return more;
        const std::int64_t count = std::min(block.numFrames - done, filled_ - used_);
        for (int c = 0; c < block.numChannels; ++c)
            std::copy_n(buffer_.channel(c) + used_, count, block.channels[c] + done);
        used_ += count;
        done += count;
    }
    return {};
}

} // namespace segue::scorecard
