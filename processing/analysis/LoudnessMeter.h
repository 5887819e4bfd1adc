#pragma once

#include <cstdint>
#include <vector>

#include "processing/analysis/TruePeakMeter.h"
#include "processing/dsp/SectionBank.h"
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

/// Measures loudness and true peak and nothing else, for half the cost of an Analyzer, whose
/// figures it gives.
/// @thread one at a time
class LoudnessMeter {
  public:
    static constexpr std::int64_t kMaxBlockFrames = 2048;

    LoudnessMeter(int sampleRateHz, int numChannels);

    /// @param block  planar [numChannels][frames <= kMaxBlockFrames], the next ones
    void add(const AudioBlock& block);
    LoudnessMeasures finish();

  private:
    void addWithinHop(const AudioBlock& piece);

    const std::int64_t hopFrames_;
    const std::vector<double> channelWeights_;
    std::vector<dsp::SectionBank> banks_; ///< K weighting, one per pair of channels
    TruePeakMeter truePeak_;
    std::vector<float> silence_; ///< the second of an odd pair
    float samplePeak_ = 0;
    double hopEnergy_ = 0;
    std::int64_t hopFilled_ = 0;
    std::vector<double> hops_;
};

/// Several, as if they were one after the other: loudness over all, the largest peak. Not empty.
LoudnessMeasures joinedLoudness(const std::vector<const LoudnessMeasures*>& parts);

} // namespace segue::analysis
