#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "processing/decode/Decoder.h"
#include "processing/decode/LibavDemuxer.h"

namespace segue::decode {

struct LibavCodec;

/// Decoders of FFmpeg's libraries; part of the module that LibavModule.h is about.
class LibavDecoder : public Decoder {
  public:
    LibavDecoder(SourceFile file, LibavContainer container);
    ~LibavDecoder() override;

    /// Before everything else. @errors those of openLibav()
    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return cellFrames_; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    Result<void> openCodec();
    Result<void> probe();
    void trim();
    /// The next packet, from those that are kept or from the file. Null at the end.
    Result<const TimedPacket*> nextPacket();
    Result<void> goTo(std::int64_t frame);
    /// Fills pending_ with what the next packet gives. False at the end.
    Result<bool> refill();
    /// Appends what the codec has. @return its error, if it is one
    int receive();
    void append(const AVFrame& frame);
    void settle(std::int64_t numFrames, bool first);

    LibavDemuxer demuxer_;
    const LibavCodec* codec_ = nullptr;
    std::unique_ptr<AVCodecContext, LibavFreed<avcodec_free_context>> context_;
    std::unique_ptr<AVFrame, LibavFreed<av_frame_free>> frame_;
    SourceInfo info_;
    std::int64_t cellFrames_ = 0, prerollFrames_ = 0;
    std::int64_t skipped_ = 0; ///< of the stream, before the sound's first frame

    /// What was read last, for the next cell to begin in; and the next of them to be given.
    std::deque<TimedPacket> kept_;
    std::size_t nextKept_ = 0;
    bool fresh_ = true; ///< the codec has had no packet yet

    std::vector<std::vector<float>> pending_; ///< planes, decoded and not yet given
    std::int64_t pendingBegin_ = 0;           ///< in pending_
    std::int64_t pendingAt_ = 0;              ///< in the stream, of frame pendingBegin_
    std::int64_t position_ = 0;               ///< in the stream, of the next frame to give
};

} // namespace segue::decode
