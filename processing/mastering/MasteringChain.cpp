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

/// Takes off a constant, and what wanders about it.
/// @param wander  where it has wandered, in and out
SEGUE_HOT_LOOP void removeOffset(float* x, float offset, float rate, float* wander,
                                 std::int64_t numFrames) {
    float at = *wander;
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const float y = x[i] - offset;
        at += rate * (y - at);
        x[i] = y - at;
    }
    *wander = at;
}

/// Of two channels side by side: each frame waits for the one before, and two waits cost as one.
SEGUE_HOT_LOOP void removeOffsets(float* a, float* b, const float* offset, float rate,
                                  float* wander, std::int64_t numFrames) {
    float atA = wander[0];
    float atB = wander[1];
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const float yA = a[i] - offset[0];
        const float yB = b[i] - offset[1];
        atA += rate * (yA - atA);
        atB += rate * (yB - atB);
        a[i] = yA - atA;
        b[i] = yB - atB;
    }
    wander[0] = atA;
    wander[1] = atB;
}

} // namespace

MasteringChain::MasteringChain(const MasteringPlan& plan)
    : bypass_(plan.bypass()), levelOnly_(plan.levelOnly), midSide_(plan.numChannels == 2) {
    if (bypass_)
        return;
    for (const double offset : plan.dcOffset)
        offset_.push_back(static_cast<float>(offset));
    wander_.assign(offset_.size(), 0.0f);
    wanderRate_ = static_cast<float>(
        1 - std::exp(-2 * std::numbers::pi * kWanderHz / std::max(plan.sampleRateHz, 1)));
    const dsp::StageSpec spec{plan.sampleRateHz, plan.numChannels, kPieceFrames};
    limiter_.configure(plan.limiter);
    limiter_.prepare(spec);
    latencyFrames_ = limiter_.latencyFrames();
    if (levelOnly_)
        return;
    const std::vector<dsp::Biquad> mid = designTone(plan.sampleRateHz, plan.tone.mid);
    const bool sidesDiffer = midSide_ && plan.tone.side != plan.tone.mid;
    tone_.setSections(mid, sidesDiffer ? designTone(plan.sampleRateHz, plan.tone.side) : mid);
    dynamics_.configure(plan.dynamics,
                        midSide_ ? dsp::ChannelLayout::MidSide : dsp::ChannelLayout::Plain);
    tone_.prepare(spec);
    dynamics_.prepare(spec);
    latencyFrames_ += tone_.latencyFrames() + dynamics_.latencyFrames();
}

void MasteringChain::reset(std::int64_t firstFrame) noexcept {
    if (bypass_)
        return;
    std::fill(wander_.begin(), wander_.end(), 0.0f);
    limiter_.reset(firstFrame);
    if (levelOnly_)
        return;
    tone_.reset(firstFrame);
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
    std::size_t c = 0;
    for (; c + 2 <= offset_.size(); c += 2)
        removeOffsets(piece.channels[c], piece.channels[c + 1], &offset_[c], wanderRate_,
                      &wander_[c], piece.numFrames);
    if (c < offset_.size())
        removeOffset(piece.channels[c], offset_[c], wanderRate_, &wander_[c], piece.numFrames);
    if (!levelOnly_) {
        if (midSide_)
            dsp::toMidSide(piece.channels[0], piece.channels[1], piece.numFrames);
        tone_.process(piece);
        dynamics_.process(piece);
        if (midSide_)
            dsp::toLeftRight(piece.channels[0], piece.channels[1], piece.numFrames);
    }
    limiter_.process(piece);
}

} // namespace segue::mastering
