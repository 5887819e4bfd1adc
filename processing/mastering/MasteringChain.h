#pragma once

#include <vector>

#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/Stage.h"
#include "processing/dsp/ToneEqualizer.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::mastering {

/// The hybrid mastering processor: offset removal, mid/side, tone, multiband dynamics and width,
/// gain and limiter.
///
/// A bypass plan passes blocks through unchanged, without latency; a level-only one runs offset
/// removal, gain and limiter alone. Otherwise everything of dsp::Stage holds.
/// @thread one render worker at a time; process() and reset() neither allocate, lock, block nor
/// throw
class MasteringChain {
  public:
    explicit MasteringChain(const MasteringPlan& plan);

    /// @param firstFrame  position in the track of the next frame given to process()
    void reset(std::int64_t firstFrame) noexcept;
    /// @param block  planar float32 [plan.numChannels][frames], any length; in place, delayed by
    /// latencyFrames()
    void process(const AudioBlock& block) noexcept;
    int latencyFrames() const noexcept { return latencyFrames_; }
    /// After so many frames what comes out no longer tells where process() began, up to -130 dB of
    /// what the gains differ by.
    std::int64_t settlingFrames() const noexcept { return settlingFrames_; }

  private:
    void processPiece(const AudioBlock& piece) noexcept;

    bool bypass_;
    bool levelOnly_;
    bool midSide_;
    std::vector<float> offset_; // the mean of each channel
    bool hasFilters_ = false;
    dsp::ToneEqualizer tone_;
    dsp::MultibandProcessor dynamics_;
    dsp::TruePeakLimiter limiter_;
    int latencyFrames_ = 0;
    std::int64_t settlingFrames_ = 0;
};

} // namespace segue::mastering
