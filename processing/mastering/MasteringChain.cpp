// The chain: stages in the order of the plan, in pieces small enough to stay in the first-level
// cache from one stage to the next. One render worker at a time.

#include "processing/mastering/MasteringChain.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "processing/dsp/Denormals.h"
#include "processing/dsp/MidSide.h"
#include "processing/dsp/SimdVector.h"

namespace segue::mastering {

namespace {

// 512 frames of two channels are 4 KiB; with the stages' own buffers a tenth of the cache.
constexpr int kPieceFrames = 512;

// An offset comes from a recording's equipment and follows the music: what wanders about its mean
// would drive the lowest band's detector. A first-order high-pass takes 0.3 dB at 20 Hz.
constexpr double kWanderHz = 5;

// Time constants of the slowest envelope that make up settlingFrames(): e^-15 is -130 dB. Filters
// are quieter than that long before.
constexpr double kSettlingTimes = 15;

SEGUE_HOT_LOOP void subtract(float* x, float offset, std::int64_t numFrames) {
    for (std::int64_t i = 0; i < numFrames; ++i)
        x[i] -= offset;
}

} // namespace

MasteringChain::MasteringChain(const MasteringPlan& plan)
    : bypass_(plan.bypass()), levelOnly_(plan.levelOnly), midSide_(plan.numChannels == 2) {
    if (bypass_)
        return;
    for (const double offset : plan.dcOffset)
        offset_.push_back(static_cast<float>(offset));
    double slowestMs = plan.limiter.releaseMs;
    const dsp::StageSpec spec{plan.sampleRateHz, plan.numChannels, kPieceFrames};
    limiter_.configure(plan.limiter);
    limiter_.prepare(spec);
    latencyFrames_ = limiter_.latencyFrames();

    // What wanders is taken off by one more section of the cascade.
    std::vector<dsp::Biquad> mid;
    if (!offset_.empty())
        mid.push_back(dsp::firstOrderHighPass(plan.sampleRateHz, kWanderHz));
    std::vector<dsp::Biquad> side = mid;
    if (!levelOnly_) {
        const auto add = [&](std::vector<dsp::Biquad>& sections, const ToneGains& gains) {
            const std::vector<dsp::Biquad> tone = designTone(plan.sampleRateHz, gains);
            sections.insert(sections.end(), tone.begin(), tone.end());
        };
        add(mid, plan.tone.mid);
        if (midSide_ && plan.tone.side != plan.tone.mid)
            add(side, plan.tone.side);
        else
            side = mid;
        dynamics_.configure(plan.dynamics,
                            midSide_ ? dsp::ChannelLayout::MidSide : dsp::ChannelLayout::Plain);
        dynamics_.prepare(spec);
        for (const dsp::BandSettings& band : plan.dynamics.bands)
            slowestMs = std::max({slowestMs, band.attackMs, band.releaseMs});
        latencyFrames_ += dynamics_.latencyFrames();
    }
    settlingFrames_ =
        static_cast<std::int64_t>(kSettlingTimes * slowestMs / 1000 * plan.sampleRateHz);
    hasFilters_ = !mid.empty() || !side.empty();
    if (hasFilters_) {
        tone_.setSections(mid, side);
        tone_.prepare(spec);
        latencyFrames_ += tone_.latencyFrames();
    }
}

void MasteringChain::reset(std::int64_t firstFrame) noexcept {
    if (bypass_)
        return;
    limiter_.reset(firstFrame);
    if (hasFilters_)
        tone_.reset(firstFrame);
    if (!levelOnly_)
        dynamics_.reset(firstFrame);
}

void MasteringChain::process(const AudioBlock& block) noexcept {
    assert(block.numChannels <= kMaxChannels);
    if (bypass_)
        return;
    float* channels[kMaxChannels];
    for (std::int64_t done = 0; done < block.numFrames; done += kPieceFrames) {
        for (int c = 0; c < block.numChannels; ++c)
            channels[c] = block.channels[c] + done;
        processPiece({channels, block.numChannels,
                      std::min<std::int64_t>(kPieceFrames, block.numFrames - done)});
    }
}

void MasteringChain::processPiece(const AudioBlock& piece) noexcept {
    const dsp::ScopedFlushToZero flush;
    for (std::size_t c = 0; c < offset_.size(); ++c)
        subtract(piece.channels[c], offset_[c], piece.numFrames);
    const bool midSide = midSide_ && !levelOnly_;
    if (midSide)
        dsp::toMidSide(piece.channels[0], piece.channels[1], piece.numFrames);
    if (hasFilters_)
        tone_.process(piece);
    if (!levelOnly_)
        dynamics_.process(piece);
    if (midSide)
        dsp::toLeftRight(piece.channels[0], piece.channels[1], piece.numFrames);
    limiter_.process(piece);
}

} // namespace segue::mastering
