#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "processing/analysis/Spectrum.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/BandSplitter.h"
#include "processing/dsp/TruePeakDetector.h"

namespace segue::analysis {

/// Measures blocks of a source in order; the heart of analyse().
/// @thread one at a time
class Analyzer {
  public:
    static constexpr std::int64_t kMaxBlockFrames = 4096;

    explicit Analyzer(const decode::SourceInfo& info);
    ~Analyzer();

    /// @param block  planar [info.numChannels][frames <= kMaxBlockFrames]
    void add(const AudioBlock& block);
    /// What follows is another window: filters start anew, and the next `settleFrames` only settle
    /// them.
    void beginWindow(std::int64_t settleFrames);
    /// @param coverage  Quick takes loudness from the hops of the windows
    TrackAnalysis finish(Coverage coverage);

  private:
    void addWithinHop(const AudioBlock& block);
    void addPeaks(const AudioBlock& block);
    void addTruePeak(const AudioBlock& block);
    void countClipping(const float* x, std::int64_t numFrames, std::int64_t& run);
    void finishHop();
    void finishPeak();

    decode::SourceInfo info_;
    bool stereo_;
    std::int64_t hopFrames_, peakFrames_;
    std::int64_t settleFrames_ = 0;
    std::int64_t frames_ = 0; // measured
    std::int64_t hopFilled_ = 0, peakFilled_ = 0;

    std::unique_ptr<void, void (*)(void*)> meter_; // ebur128_state
    Spectrum spectrum_;
    std::vector<dsp::BandSplitter> splitters_; // one per pair of channels
    std::vector<double> channelWeights_;
    AudioBuffer midSide_;
    std::vector<float> interleaved_;

    double hopEnergy_ = 0, midEnergy_ = 0,
           foldEnergy_ = 0; // K-weighted; of the hop, of mid and of both over all
    std::array<double, dsp::kNumBands> hopBands_{};
    std::vector<double> hops_;
    float peakOfStep_ = 0, samplePeak_ = 0, truePeak_ = 0;
    std::vector<std::vector<float>>
        peakHistory_; // per channel: what the next group of the detector needs of the past
    std::int64_t peakFramesKept_ = dsp::TruePeakDetector::kTaps - 1;
    std::vector<double> sums_;
    double squares_ = 0;
    double mid2_ = 0, side2_ = 0, midSide2_ = 0;
    std::vector<std::int64_t> clipRuns_;
    std::int64_t firstLoudFrame_ = -1, lastLoudFrame_ = -1;
    TrackAnalysis result_;
};

} // namespace segue::analysis
