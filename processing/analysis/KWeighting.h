#pragma once

#include <cstdint>

namespace segue::analysis {

/// The K weighting of one channel, eight frames at a time: their outputs, and the state that the
/// next eight begin with, are one product of a matrix with the inputs and the state before. So
/// frames do not wait for each other, as they do in a recursion.
/// @source  ITU-R BS.1770-4 Annex 1
/// @thread one at a time
class KWeighting {
  public:
    static constexpr int kFrames = 8;

    explicit KWeighting(int sampleRateHz);

    /// Weighs the next groups of eight frames.
    /// @param x        [kFrames * numGroups]
    /// @param squares  [kFrames]: of each frame's output squared, the sum over the groups
    void weigh(const float* x, std::int64_t numGroups, float* squares) noexcept;

    static constexpr int kStates = 4; // two of each filter
    /// By column. Lanes 0 to 7 are the frames, 8 to 11 the state after them.
    struct alignas(64) Matrix {
        float ofInput[kFrames][16] = {}, ofState[kStates][16] = {};
        float last[16] = {}; ///< the product for the group before
    };

  private:
    Matrix matrix_;
};

} // namespace segue::analysis
