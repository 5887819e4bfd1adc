#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "processing/analysis/KWeighting.h"
#include "processing/analysis/TruePeakMeter.h"
#include "processing/types/Audio.h"

namespace segue::analysis {

/// What a listener's player needs to know of some music's level.
struct LoudnessMeasures {
    double integratedLufs = 0, loudnessRangeLu = 0;
    double truePeakDbtp = 0;
    std::vector<double> hops; ///< mean squares of whole hops of 100 ms, K-weighted, all channels

    double plrDb() const { return truePeakDbtp - integratedLufs; }
    bool silent() const { return integratedLufs <= -70; }
};

/// Measures loudness and true peak and nothing else, for a fraction of what an Analyzer costs,
/// whose figures it gives.
/// @thread one at a time
class LoudnessMeter {
  public:
    static constexpr std::int64_t kMaxBlockFrames = 2048;

    LoudnessMeter(int sampleRateHz, int numChannels);

    /// @param block  planar [numChannels][frames <= kMaxBlockFrames], the next ones
    void add(const AudioBlock& block);
    LoudnessMeasures finish();

  private:
    /// Waiting frames come first: those that did not make a whole group yet.
    struct Channel {
        KWeighting weighting;
        std::vector<float> frames;
    };

    void addGroups(std::int64_t numGroups);
    /// The first `count` frames of one group, where a hop may end.
    void addFrames(std::int64_t group, std::int64_t count);
    /// K-weighted energy of each place in these groups, all channels, summed over the groups.
    std::array<double, KWeighting::kFrames> weigh(std::int64_t firstGroup, std::int64_t numGroups);
    void endHop();

    const std::int64_t hopFrames_;
    const std::vector<double> channelWeights_;
    std::vector<Channel> channels_;
    std::int64_t waiting_ = 0; ///< frames, fewer than a group
    TruePeakMeter truePeak_;
    float samplePeak_ = 0;
    double hopEnergy_ = 0;
    std::int64_t hopFilled_ = 0;
    std::vector<double> hops_;
};

/// Several, as if they were one after the other: loudness over all, the largest peak. Not empty.
LoudnessMeasures joinedLoudness(const std::vector<const LoudnessMeasures*>& parts);

} // namespace segue::analysis
