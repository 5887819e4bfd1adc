#pragma once

#include <cstddef>
#include <vector>

namespace segue::analysis {

/// Loudness from mean squares of 100 ms hops, K-weighted, all channels. @source ITU-R BS.1770-4,
/// EBU Tech 3341, 3342
struct LoudnessSummary {
    double integratedLufs, loudnessRangeLu;
    double noiseFloorLufs; ///< 5th percentile of momentary loudness inside the music
};

/// BS.1770 channel weights in WAV order, from four channels on with surrounds, which count 1.41,
/// and from six on with a low-frequency channel, which does not count.
std::vector<double> channelWeights(int numChannels);

/// -0.691 + 10 lg(meanSquare); TrackAnalysis::kSilenceDb for silence.
double lufsOf(double meanSquare);

/// Gated integrated loudness of 400 ms blocks that overlap by 75 %.
double integratedLufs(const std::vector<double>& hopMeanSquares);

LoudnessSummary summarize(const std::vector<double>& hopMeanSquares);

/// Largest sum over a window that slides step by step; before the first step there was silence.
class SlidingMaximum {
  public:
    explicit SlidingMaximum(std::size_t windowSteps) : window_(windowSteps, 0.0) {}

    /// @param value  >= 0
    void add(double value) noexcept;
    double largest() const noexcept { return largest_; }

  private:
    std::vector<double> window_;
    std::size_t oldest_ = 0;
    double sum_ = 0, largest_ = 0;
};

} // namespace segue::analysis
