// The arithmetic of chunks. Everything is counted in frames and integer, so that no edge drifts at
// any sample rate. Pure functions, any thread.

#include "processing/chunk/ChunkGeometry.h"

#include <algorithm>
#include <cassert>

namespace segue::chunk {

ChunkGeometry::ChunkGeometry(int sampleRateHz, std::int64_t numFrames)
    : numFrames_(numFrames), chunkFrames_(std::int64_t{kChunkSeconds} * sampleRateHz),
      seamFrames_(std::int64_t{kSeamSeconds} * sampleRateHz),
      contextFrames_(std::int64_t{kContextSeconds} * sampleRateHz) {
    assert(sampleRateHz > 0 && numFrames >= 0);
}

std::int64_t ChunkGeometry::numChunks() const {
    return (numFrames_ + chunkFrames_ - 1) / chunkFrames_;
}

std::int64_t ChunkGeometry::chunkOf(std::int64_t frame) const {
    assert(frame >= 0 && frame < numFrames_);
    return frame / chunkFrames_;
}

FrameRange ChunkGeometry::body(std::int64_t chunk) const {
    assert(chunk >= 0 && chunk < numChunks());
    return {chunk * chunkFrames_, std::min((chunk + 1) * chunkFrames_, numFrames_)};
}

FrameRange ChunkGeometry::tail(std::int64_t chunk) const {
    const std::int64_t end = body(chunk).end;
    return {end, std::min(end + seamFrames_, numFrames_)};
}

FrameRange ChunkGeometry::rendered(std::int64_t chunk) const {
    return {body(chunk).begin, tail(chunk).end};
}

FrameRange ChunkGeometry::source(std::int64_t chunk, std::int64_t settlingFrames) const {
    const FrameRange wanted = rendered(chunk);
    const std::int64_t context = std::min(contextFrames_, settlingFrames);
    return {std::max<std::int64_t>(wanted.begin - context, 0),
            std::min(wanted.end + context, numFrames_)};
}

FrameRange ChunkGeometry::seam(std::int64_t chunk) const {
    return chunk == 0 ? FrameRange{} : tail(chunk - 1);
}

} // namespace segue::chunk
