#pragma once

#include <array>
#include <span>
#include <vector>

#include "processing/dsp/SectionBank.h"
#include "processing/dsp/Stage.h"

namespace segue::dsp {

/// Tonal correction: a minimum-phase cascade of up to kMaxSections second-order filters per
/// channel.
///
/// Channels are filtered in pairs; the caller gives mid and side as channels 0 and 1 of a stereo
/// track and may correct them differently. Minimum phase: no pre-echo, no block delay, and a state
/// that rings out within milliseconds.
/// @latency  15 frames for up to 16 sections, 31 for more: one per lane of the cascade but the
/// first
class ToneEqualizer final : public Stage {
  public:
    static constexpr int kMaxSections = 32;

    /// Channel 0 gets `first`, every other channel `others`. Before prepare(). At most kMaxSections
    /// each.
    void setSections(std::span<const Biquad> first, std::span<const Biquad> others);

    void prepare(const StageSpec& spec) override;
    void reset(std::int64_t firstFrame) noexcept override;
    void process(const AudioBlock& block) noexcept override;
    int latencyFrames() const noexcept override { return 16 * numBanks_ - 1; }

  private:
    /// A channel's cascade: the second bank goes on where the first ends.
    using Cascade = std::array<SectionBank, kMaxSections / 16>;
    struct Pair {
        Cascade a, b;
    };
    int numBanks_ = 1;
    static void design(Cascade& cascade, const std::vector<Biquad>& sections);

    std::vector<Biquad> first_, others_;
    std::vector<Pair> pairs_;
    std::vector<float> silence_; // stands in for the missing channel of an odd count
};

} // namespace segue::dsp
