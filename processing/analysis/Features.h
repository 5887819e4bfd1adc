#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "processing/analysis/TrackAnalysis.h"

namespace segue::analysis {

/// Raised whenever the same analysis gives other features.
inline constexpr std::uint32_t kFeatureVersion = 1;
inline constexpr std::size_t kNumFeatures = 24;

/// What some music sounds like, as a point in a space in which near means similar once every
/// dimension is scaled by what is usual (featureScales()).
///
/// 0 .. 12   tone: pairs of third octaves from 40 Hz to 12.5 kHz, dB over their mean
/// 13, 14    dynamics: loudness range, peak to loudness ratio, dB
/// 15 .. 17  tempo: where in its octave (cosine, sine; both 0 without a pulse), how clear a pulse
/// 18 .. 20  how much side there is to the mid, low, middle and high, dB
/// 21, 22    movement: mean change of level from 100 ms to the next, below 1 kHz and above, dB
/// 23        integrated loudness, LUFS
using FeatureVector = std::array<float, kNumFeatures>;

struct Tempo {
    double bpm = 0;   ///< 40 .. 220
    double pulse = 0; ///< how clear: 0 none, 1 a click and nothing else
};

/// From the curves alone, without the sound. What is twice or half as fast is often told apart by
/// nothing but habit; that which is nearer to 120 is given.
/// @return nothing for less than 12 s, for silence and where there is no pulse
std::optional<Tempo> tempoOf(const TrackAnalysis& analysis);

/// @param analysis  a full one  @return nothing for silence and what is shorter than 3 s
std::optional<FeatureVector> featuresOf(const TrackAnalysis& analysis,
                                        const std::optional<Tempo>& tempo);

/// By how much each dimension differs in most music (standard deviation), and how much it is to
/// count for: what featuresOf() gives is to be divided by the one and multiplied with the other.
struct FeatureScale {
    float usual = 1, weight = 1;
};
const std::array<FeatureScale, kNumFeatures>& featureScales();

} // namespace segue::analysis
