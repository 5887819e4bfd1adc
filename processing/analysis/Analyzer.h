#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "processing/analysis/BlockMeasures.h"
#include "processing/analysis/Loudness.h"
#include "processing/analysis/Spectrum.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/analysis/TruePeakMeter.h"
#include "processing/dsp/BandSplitter.h"

namespace segue::analysis {

/// Measures blocks of a source in order; the heart of analyse().
/// @thread one at a time
class Analyzer {
  public:
    static constexpr std::int64_t kMaxBlockFrames = 2048;

    explicit Analyzer(const decode::SourceInfo& info);

    /// @param block  planar [info.numChannels][frames <= kMaxBlockFrames]
    void add(const AudioBlock& block);
    /// What follows is another window: filters start anew, and the next `settleFrames` only settle
    /// them.
    void beginWindow(std::int64_t settleFrames);
    TrackAnalysis finish(Coverage coverage);

  private:
    /// Sums of squares of K-weighted samples, channels weighted as BS.1770 says.
    struct Energies {
        double all = 0, mid = 0;
        std::array<double, dsp::kNumBands> bands{};
    };

    void addMeasured(const AudioBlock& block);
    void addWithinStep(const AudioBlock& piece, float* mid, float* side);
    PairMeasures measureSamples(const AudioBlock& piece, float* mid, float* side);
    Energies measureEnergies(const AudioBlock& piece, const float* mid, const float* side);
    void countClipping(const float* x, std::int64_t numFrames, std::int64_t& run);
    void finishStep();
    void finishHop();
    void finishPeak();
    void forgetPeak();
    void findChainPeaks();
    std::int64_t stepEnd() const;

    decode::SourceInfo info_;
    bool stereo_;
    std::int64_t hopFrames_;
    std::int64_t settleFrames_ = 0;
    std::int64_t frames_ = 0; // measured
    std::int64_t hopFilled_ = 0;
    int step_ = 0; // of the hop

    Spectrum spectrum_;
    TruePeakMeter truePeak_;
    std::vector<dsp::BandSplitter> splitters_; // one per pair of channels
    std::vector<double> channelWeights_;
    AudioBuffer midSide_;

    Energies hop_;
    double stepEnergy_ = 0;
    double foldedEnergy_ = 0, allEnergy_ = 0; // of mid alone and of both, over all
    std::vector<double> hops_;                // mean squares
    SlidingMaximum momentary_, shortTerm_;

    struct Extremes {
        float lowest = ChannelMeasures{}.lowest, highest = ChannelMeasures{}.highest;
    };
    float peakOfStep_ = 0, samplePeak_ = 0;
    std::vector<Extremes> extremesOfStep_; // per channel
    std::vector<Extremes> extremes_;       // [points of the peak curve][channels]
    std::vector<ChannelMeasures> channels_;
    double products_ = 0;
    std::vector<std::int64_t> clipRuns_;
    std::int64_t firstLoudFrame_ = -1, lastLoudFrame_ = -1;
    TrackAnalysis result_;
};

} // namespace segue::analysis
