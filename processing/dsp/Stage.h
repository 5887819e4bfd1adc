#pragma once

#include <cstdint>

#include "processing/types/Audio.h"

namespace segue::dsp {

struct StageSpec {
    int sampleRateHz = 44100;
    int numChannels = 2;
    int maxFrames = 512; ///< largest block that process() will get
};

/// One step of the mastering chain.
///
/// prepare() allocates; reset() forgets everything heard; process() works in place and its output
/// lags its input by latencyFrames(). For the same input the output is the same whatever the block
/// sizes. After five seconds of context a stage that was reset anywhere in a track gives what it
/// would have given when run from the track's start, within -90 dBFS: no state outlives the
/// context.
/// @thread one at a time; process() and reset() neither allocate, lock, block nor throw
class Stage {
  public:
    virtual ~Stage() = default;

    virtual void prepare(const StageSpec& spec) = 0;
    /// @param firstFrame  position in the track of the next frame given to process(): control-rate
    /// work happens on a
    ///                    grid of the track, not of the chunk
    virtual void reset(std::int64_t firstFrame) noexcept = 0;
    /// @param block  planar float32 [spec.numChannels][frames], frames <= spec.maxFrames; in place
    virtual void process(const AudioBlock& block) noexcept = 0;
    /// Constant after prepare().
    virtual int latencyFrames() const noexcept = 0;
};

} // namespace segue::dsp
