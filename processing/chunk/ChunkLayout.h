#pragma once

#include <cstdint>

#include "processing/chunk/ChunkGeometry.h"
#include "processing/encode/PcmFormat.h"

namespace segue::chunk {

/// The payload of one rendered chunk, as the cache keeps it and as it grows while it is rendered.
///
/// Three sections in the order in which they are rendered:
///   head  interleaved float32, the frames of seam(i): not yet crossfaded. Empty for chunk 0
///   mid   interleaved delivered PCM, the rest of the body: final bytes of the stream
///   tail  interleaved float32, the frames after the body that the next seam needs. Empty for the
///   last chunk
/// A chunk thus depends on no other chunk; who serves a stream crossfades tail(i-1) and head(i) in
/// the seam.
class ChunkLayout {
  public:
    ChunkLayout(const ChunkGeometry& geometry, const encode::StreamFormat& format,
                std::int64_t chunk);

    FrameRange head() const { return head_; }
    FrameRange mid() const { return mid_; }
    FrameRange tail() const { return tail_; }
    /// Payload offsets of the sections, and the payload's whole length, in bytes.
    std::int64_t headOffset() const { return 0; }
    std::int64_t midOffset() const { return head_.length() * floatFrameBytes_; }
    std::int64_t tailOffset() const { return midOffset() + mid_.length() * pcmFrameBytes_; }
    std::int64_t payloadBytes() const { return tailOffset() + tail_.length() * floatFrameBytes_; }

  private:
    FrameRange head_, mid_, tail_;
    std::int64_t floatFrameBytes_;
    std::int64_t pcmFrameBytes_;
};

} // namespace segue::chunk
