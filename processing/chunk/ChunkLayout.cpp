// Where the sections of a rendered chunk lie in its payload. Pure functions, any thread.

#include "processing/chunk/ChunkLayout.h"

namespace segue::chunk {

ChunkLayout::ChunkLayout(const ChunkGeometry& geometry, const encode::StreamFormat& format,
                         std::int64_t chunk)
    : head_(geometry.seam(chunk)), mid_(geometry.body(chunk)), tail_(geometry.tail(chunk)),
      floatFrameBytes_(std::int64_t{4} * format.numChannels),
      pcmFrameBytes_(format.bytesPerFrame()) {
    if (chunk == 0)
        head_ = {mid_.begin, mid_.begin};
    mid_.begin = head_.end;
}

} // namespace segue::chunk
