#pragma once

#include <cstdint>
#include <limits>

namespace segue::chunk {

/// Half-open range of frames [begin, end).
struct FrameRange {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    std::int64_t length() const { return end - begin; }
    bool operator==(const FrameRange&) const = default;
};

inline constexpr int kChunkSeconds = 30;
inline constexpr int kSeamSeconds = 1;
inline constexpr int kContextSeconds = 5;

/// Which frames of a track belong to which chunk: the arithmetic of docs/ARCHITECTURE.md, "Chunks
/// and seams".
///
/// Chunk i's body is [iL, min((i+1)L, N)); it renders its body and a tail of up to X frames after
/// it, from source that begins up to C frames earlier and ends up to C frames later. All integer; a
/// value type.
class ChunkGeometry {
  public:
    /// @param sampleRateHz  8000 .. 192000  @param numFrames  N >= 0
    ChunkGeometry(int sampleRateHz, std::int64_t numFrames);

    std::int64_t numFrames() const { return numFrames_; }
    std::int64_t chunkFrames() const { return chunkFrames_; }     ///< L
    std::int64_t seamFrames() const { return seamFrames_; }       ///< X
    std::int64_t contextFrames() const { return contextFrames_; } ///< C

    /// ceil(N / L); no phantom last chunk, none at all when N = 0.
    std::int64_t numChunks() const;
    /// @param frame  in [0, N)
    std::int64_t chunkOf(std::int64_t frame) const;

    FrameRange body(std::int64_t chunk) const;
    /// Frames after the body that the chunk renders too; empty for the last chunk.
    FrameRange tail(std::int64_t chunk) const;
    /// Body and tail.
    FrameRange rendered(std::int64_t chunk) const;
    /// What is decoded to render it: `rendered` and its context.
    /// @param settlingFrames  what the chain needs of context, where that is less
    FrameRange source(std::int64_t chunk,
                      std::int64_t settlingFrames = std::numeric_limits<std::int64_t>::max()) const;
    /// Where the tail of chunk-1 fades into the head of this one; empty for chunk 0.
    FrameRange seam(std::int64_t chunk) const;

  private:
    std::int64_t numFrames_;
    std::int64_t chunkFrames_;
    std::int64_t seamFrames_;
    std::int64_t contextFrames_;
};

} // namespace segue::chunk
