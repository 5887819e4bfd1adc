#pragma once

#include <cstdint>
#include <vector>

namespace segue::analysis {

/// Loudness from mean squares of 100 ms hops, K-weighted, all channels. @source ITU-R BS.1770-4,
/// EBU Tech 3341, 3342
struct LoudnessSummary {
    double integratedLufs, loudnessRangeLu, maxMomentaryLufs, maxShortTermLufs, noiseFloorLufs;
};

/// -0.691 + 10 lg(meanSquare); TrackAnalysis::kSilenceDb for silence.
double lufsOf(double meanSquare);

/// Gated integrated loudness of 400 ms blocks that overlap by 75 %.
double integratedLufs(const std::vector<double>& hopMeanSquares);

LoudnessSummary summarize(const std::vector<double>& hopMeanSquares);

} // namespace segue::analysis
