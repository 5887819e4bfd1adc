#pragma once

#include <cstdint>
#include <vector>

#include "processing/dsp/TruePeakDetector.h"
#include "processing/types/Audio.h"

namespace segue::analysis {

/// Largest true peak of blocks of any length in a row; the points do not depend on their borders.
/// @source ITU-R BS.1770-4 Annex 2
/// @thread one at a time; no allocation after construction
class TruePeakMeter {
  public:
    TruePeakMeter(int numChannels, std::int64_t maxBlockFrames);

    /// @param block  planar [numChannels][frames <= maxBlockFrames]
    void add(const AudioBlock& block) noexcept;
    /// What follows does not join what came before, and nothing is known of what lies between:
    /// points that would need it are left out.
    void breakHere() noexcept { kept_ = 0; }
    /// Silence follows the end of the track, as it went before its beginning.
    void addSilence() noexcept;
    /// Magnitude.
    float largest() const noexcept { return largest_; }

  private:
    void measure(std::int64_t added) noexcept;

    std::vector<std::vector<float>> history_; // per channel: frames of groups to come, then room
    std::int64_t kept_ = 0;                   // frames in each history
    float largest_ = 0;
};

} // namespace segue::analysis
