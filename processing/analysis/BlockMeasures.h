#pragma once

#include <cstdint>

namespace segue::analysis {

/// Sums over a block of one or two channels, in the order of the frames.
struct PairSums {
    double mid2 = 0, side2 = 0, midSide = 0;
};

/// mid = (a+b)/2, side = (a-b)/2 into the given arrays, and their products' sums.
PairSums splitMidSide(const float* a, const float* b, std::int64_t numFrames, float* mid,
                      float* side) noexcept;

/// Largest magnitude.
float largestMagnitude(const float* x, std::int64_t numFrames) noexcept;

/// Sum of samples.
double sumOf(const float* x, std::int64_t numFrames) noexcept;

} // namespace segue::analysis
