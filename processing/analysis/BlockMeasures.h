#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace segue::analysis {

/// Of a piece of one channel.
struct ChannelMeasures {
    double sum = 0, squares = 0;
    /// Of no samples: in the wrong order.
    float lowest = std::numeric_limits<float>::max(),
          highest = std::numeric_limits<float>::lowest();

    /// Largest magnitude.
    float peak() const { return std::max({0.0f, highest, -lowest}); }
};

/// Of a piece of a stereo pair.
struct PairMeasures {
    ChannelMeasures left, right;
    double products = 0; ///< sum of left times right
};

ChannelMeasures measureChannel(const float* x, std::int64_t numFrames) noexcept;

/// mid = (left + right) / 2 and side = (left - right) / 2 into the given arrays, and the measures
/// of left and right, in one go.
PairMeasures measurePair(const float* left, const float* right, std::int64_t numFrames, float* mid,
                         float* side) noexcept;

/// Largest magnitude.
float largestMagnitude(const float* x, std::int64_t numFrames) noexcept;

} // namespace segue::analysis
