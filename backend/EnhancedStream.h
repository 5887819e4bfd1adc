#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backend/ChunkProvider.h"
#include "backend/ChunkReader.h"
#include "backend/PrefetchPolicy.h"
#include "backend/StreamSpec.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// The bytes of one enhanced WAV stream as one connection reads them: header, frames, trailer, at
/// any offset, in the same bytes whatever was asked before.
///
/// Holds what it reads from and, for as long as it goes forward, an interest in the next few
/// chunks; a jump elsewhere or its end lets go of both. Between reads it holds no worker and a few
/// file descriptors.
/// @thread one at a time
class EnhancedStream {
  public:
    /// Most chunks that are rendered ahead of the one that is being read.
    static constexpr int kChunksAhead = PrefetchPolicy::kMostChunksAhead;

    /// @param provider  outlives the stream
    EnhancedStream(const ChunkProvider& provider, StreamSpec spec);
    EnhancedStream(const EnhancedStream&) = delete;
    EnhancedStream& operator=(const EnhancedStream&) = delete;

    const StreamSpec& spec() const noexcept { return spec_; }
    /// Exact, before anything is rendered.
    std::int64_t sizeBytes() const noexcept { return sizeBytes_; }

    /// Nothing at or after `endOffset` will be read, so nothing is rendered ahead for it.
    void setEnd(std::int64_t endOffset) noexcept;

    /// Whether to have chunks rendered ahead of the reader's; No lets go of those asked for. For
    /// who does not know yet whether this stream goes on.
    enum class Ahead { No, Yes };
    void setAhead(Ahead ahead) noexcept;

    /// Waits until the byte at `offset` is there, so that an error can still be told apart from
    /// audio. @errors as read()
    Result<void> prime(std::int64_t offset, const ReadLimits& limits);

    /// @return bytes written to `out`, at least one; 0 at or after the end
    /// @errors Timeout, Cancelled, Busy, and those of the render (ChunkRenderer.h)
    Result<std::size_t> read(std::int64_t offset, std::span<std::byte> out,
                             const ReadLimits& limits);

  private:
    Result<std::size_t> readFrames(std::int64_t dataOffset, std::span<std::byte> out,
                                   const ReadLimits& limits);
    Result<std::size_t> readMid(std::int64_t chunk, std::int64_t dataOffset,
                                std::span<std::byte> out, const ReadLimits& limits);
    Result<std::size_t> readSeam(std::int64_t chunk, std::int64_t dataOffset,
                                 std::span<std::byte> out, const ReadLimits& limits);
    /// Lets go of everything but chunks [first, last] and what lies ahead of them.
    void moveTo(std::int64_t first, std::int64_t last);
    ChunkReader& reader(std::int64_t chunk);
    void requestAhead(std::int64_t frame, const std::string& client);

    const ChunkProvider& provider_;
    const StreamSpec spec_;
    const chunk::ChunkGeometry geometry_;
    const std::vector<std::byte> header_;
    const std::int64_t dataBytes_;
    const std::int64_t sizeBytes_;
    std::int64_t endFrame_;

    std::array<std::optional<ChunkReader>, 2> readers_; ///< by the parity of the chunk
    std::int64_t at_ = -1;                              ///< the chunk of the last read
    std::int64_t aheadOf_ = -1; ///< the chunk for which requestAhead() has been done
    std::vector<std::pair<std::int64_t, RenderScheduler::Interest>> ahead_;
    int chunksAhead_ = kChunksAhead;
    Ahead wantsAhead_ = Ahead::Yes;
};

} // namespace segue::backend
