#pragma once

#include <memory>

#include "processing/decode/Decoder.h"

namespace segue::decode {

/// An AudioSource whose values do not depend on how a frame was reached.
///
/// Some decoders carry state that outlives any affordable pre-roll (Opus in its speech modes), or
/// that a seek does not restore (the phase of an MP3 synthesis window). For those the track is cut
/// into cells of Decoder::cellFrames(), and every cell is decoded from a fresh start with a
/// pre-roll: also when reading on from the cell before it.
class CellSource : public AudioSource {
  public:
    explicit CellSource(std::unique_ptr<Decoder> decoder);

    const SourceInfo& info() const noexcept override { return decoder_->info(); }
    Result<std::int64_t> read(const AudioBlock& block) override;
    Result<void> seek(std::int64_t frame) override;

  private:
    /// Brings the decoder to position_. False: the data ends before it.
    Result<bool> prepare();

    std::unique_ptr<Decoder> decoder_;
    AudioBuffer discarded_;
    std::int64_t position_ = 0;         ///< of the next frame to give
    std::int64_t decoderPosition_ = -1; ///< of the decoder's next frame; -1: restart it
    bool ended_ = false;                ///< the decoder has nothing after decoderPosition_
};

} // namespace segue::decode
