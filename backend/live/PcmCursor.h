#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/EnhancedStream.h"

namespace segue::backend::live {

/// The frames of one stream, read forwards in pieces that wait no longer than they are told.
///
/// It never goes back, so that the stream keeps the chunks it reads from, and loses nothing when a
/// wait was too short.
/// @thread one at a time
class PcmCursor {
  public:
    /// @param provider  outlives the cursor  @param frame  0 .. spec.numFrames
    PcmCursor(const ChunkProvider& provider, StreamSpec spec, std::int64_t frame);

    const StreamSpec& spec() const noexcept { return stream_.spec(); }
    /// Of the first frame that has not been dropped.
    std::int64_t frame() const noexcept { return frame_; }
    std::int64_t framesLeft() const noexcept { return spec().numFrames - frame_; }

    /// Has the next `count` frames there, or what is left of the track, unless the deadline comes
    /// before. @return how many of them are there
    /// @errors those of EnhancedStream::read but Timeout, and Busy only where limits say so
    Result<std::int64_t> fill(std::int64_t count, const ReadLimits& limits);
    /// @return the next `count` frames, which fill() has brought; valid until the next call
    std::span<const std::byte> peek(std::int64_t count) const;
    void drop(std::int64_t count);
    /// Forwards only.
    void skipTo(std::int64_t frame);

    void setAhead(EnhancedStream::Ahead ahead) noexcept { stream_.setAhead(ahead); }

  private:
    std::int64_t frameBytes() const noexcept { return spec().format.bytesPerFrame(); }
    std::int64_t framesHeld() const noexcept;

    EnhancedStream stream_;
    const std::int64_t headerBytes_;
    std::int64_t frame_;
    std::vector<std::byte> bytes_; ///< from frame_ on; may end within a frame
    std::size_t numBytes_ = 0;
};

} // namespace segue::backend::live
