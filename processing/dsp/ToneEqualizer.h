#pragma once

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
/// @latency  15 frames for up to 16 sections, 23 for up to 24, 31 for more: one per lane of the
/// cascade but the first
class ToneEqualizer final : public Stage {
  public:
    static constexpr int kMaxSections = 32;

    /// Channel 0 gets `first`, every other channel `others`. Before prepare(). At most kMaxSections
    /// each.
    void setSections(std::span<const Biquad> first, std::span<const Biquad> others);

    void prepare(const StageSpec& spec) override;
    void reset(std::int64_t firstFrame) noexcept override;
    void process(const AudioBlock& block) noexcept override;
    int latencyFrames() const noexcept override { return length_ - 1; }

  private:
    struct Pair {
        /// The first sixteen sections of each channel, then what comes after them: eight of each in
        /// one bank where that is enough, sixteen in one bank each where not.
        SectionBank a, b, rest, otherRest;
    };
    void design(Pair& pair, const std::vector<Biquad>& a, const std::vector<Biquad>& b) const;

    int length_ = 16; ///< lanes of a channel's cascade: 16, 24 or 32
    std::vector<Biquad> first_, others_;
    std::vector<Pair> pairs_;
    std::vector<float> silence_; // stands in for the missing channel of an odd count
};

} // namespace segue::dsp
