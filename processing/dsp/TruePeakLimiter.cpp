// The limiter. Control work happens once per group of 16 frames; per frame there is one
// multiplication and the detector. Groups lie on track time. One render worker at a time.

#include "processing/dsp/TruePeakLimiter.h"

#include <algorithm>
#include <cmath>

#include "processing/dsp/Denormals.h"
#include "processing/dsp/SimdVector.h"

namespace segue::dsp {

namespace {

// Room for this many frames beyond what must be kept: moving the history costs little then.
constexpr std::int64_t kRoomFrames = 4096;

float linear(double db) {
    return static_cast<float>(std::pow(10.0, db / 20.0));
}

SEGUE_HOT_LOOP void scale(const float* in, float gain, std::int64_t numFrames, float* out) {
    for (std::int64_t i = 0; i < numFrames; ++i)
        out[i] = in[i] * gain;
}

SEGUE_HOT_LOOP void applyRamp(const float* in, float from, float to, float* out) {
    constexpr int kGroup = TruePeakDetector::kGroupFrames;
    constexpr float kPart = 1.0f / kGroup;
    for (int i = 0; i < kGroup; ++i)
        out[i] = in[i] * (from + (to - from) * (static_cast<float>(i) * kPart));
}

} // namespace

void TruePeakLimiter::MovingAverage::prepare(int length) {
    ring.assign(static_cast<std::size_t>(length), 0.0f);
    oneth = 1.0 / length;
}

void TruePeakLimiter::MovingAverage::fill(float value) noexcept {
    std::fill(ring.begin(), ring.end(), value);
    next = 0;
    sum = static_cast<double>(value) * static_cast<double>(ring.size());
}

float TruePeakLimiter::MovingAverage::push(float value) noexcept {
    sum += static_cast<double>(value) - static_cast<double>(ring[next]);
    ring[next] = value;
    next = next + 1 == ring.size() ? 0 : next + 1;
    return static_cast<float>(sum * oneth);
}

int TruePeakLimiter::latencyFrames() const noexcept {
    return static_cast<int>(keptFrames()) + kGroup;
}

void TruePeakLimiter::prepare(const StageSpec& spec) {
    numChannels_ = spec.numChannels;
    const double groupMs = 1000.0 * kGroup / spec.sampleRateHz;
    holdGroups_ = std::max(2, static_cast<int>(std::lround(settings_.lookaheadMs / groupMs)));
    keep_ = static_cast<float>(std::exp(-groupMs / settings_.releaseMs));
    inputGain_ = linear(settings_.inputGainDb);
    ceiling_ = linear(settings_.ceilingDbtp - kMarginDb);

    history_.assign(
        static_cast<std::size_t>(numChannels_),
        std::vector<float>(static_cast<std::size_t>(keptFrames() + kGroup + kRoomFrames)));
    out_.assign(static_cast<std::size_t>(numChannels_), std::vector<float>(kGroup));
    needs_.assign(static_cast<std::size_t>(holdGroups_ + 1), 1.0f);
    // Their spans, one less than their lengths, add up to the look-ahead.
    first_.prepare(holdGroups_ / 2 + 1);
    second_.prepare(holdGroups_ - holdGroups_ / 2 + 1);
    reset(0);
}

void TruePeakLimiter::reset(std::int64_t firstFrame) noexcept {
    position_ = static_cast<int>(firstFrame & (kGroup - 1));
    historyFrames_ = keptFrames();
    for (std::vector<float>& channel : history_)
        std::fill_n(channel.begin(), historyFrames_ + kGroup, 0.0f);
    for (std::vector<float>& channel : out_)
        std::fill(channel.begin(), channel.end(), 0.0f);
    std::fill(needs_.begin(), needs_.end(), 1.0f);
    nextNeed_ = 0;
    lastNeed_ = 1;
    reduction_ = 0;
    first_.fill(1.0f);
    second_.fill(1.0f);
    gain_ = 1;
}

void TruePeakLimiter::process(const AudioBlock& block) noexcept {
    const ScopedFlushToZero flush;
    std::int64_t done = 0;
    while (done < block.numFrames) {
        const std::int64_t count =
            std::min<std::int64_t>(kGroup - position_, block.numFrames - done);
        for (int c = 0; c < numChannels_; ++c) {
            const auto channel = static_cast<std::size_t>(c);
            float* audio = block.channels[c] + done;
            scale(audio, inputGain_, count, history_[channel].data() + historyFrames_ + position_);
            std::copy_n(out_[channel].data() + position_, count, audio);
        }
        position_ += static_cast<int>(count);
        done += count;
        if (position_ == kGroup)
            finishGroup();
    }
}

void TruePeakLimiter::makeRoom() noexcept {
    const std::int64_t kept = keptFrames();
    for (std::vector<float>& channel : history_)
        std::copy_n(channel.begin() + (historyFrames_ - kept), kept, channel.begin());
    historyFrames_ = kept;
}

void TruePeakLimiter::finishGroup() noexcept {
    const std::int64_t end = historyFrames_ + kGroup;
    float peak = ceiling_; // what is below needs nothing
    for (const std::vector<float>& channel : history_)
        peak = std::max(peak, TruePeakDetector::groupPeak(
                                  channel.data() + end - TruePeakDetector::kWindowFrames, peak));
    const float next = nextGain(ceiling_ / peak);
    for (int c = 0; c < numChannels_; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        applyRamp(history_[channel].data() + end - kGroup - keptFrames(), gain_, next,
                  out_[channel].data());
    }
    gain_ = next;
    position_ = 0;
    historyFrames_ = end;
    if (historyFrames_ + kGroup > static_cast<std::int64_t>(history_.front().size()))
        makeRoom();
}

float TruePeakLimiter::nextGain(float need) noexcept {
    // A border between groups needs what both sides need.
    needs_[nextNeed_] = std::min(need, lastNeed_);
    nextNeed_ = nextNeed_ + 1 == needs_.size() ? 0 : nextNeed_ + 1;
    lastNeed_ = need;
    const float held = *std::min_element(needs_.begin(), needs_.end());
    reduction_ = std::max(1.0f - held, reduction_ * keep_);
    return second_.push(first_.push(1.0f - reduction_));
}

} // namespace segue::dsp
