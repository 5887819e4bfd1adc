#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "processing/chunk/ChunkGeometry.h"
#include "processing/encode/PcmFormat.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/types/Error.h"

namespace segue::chunk {

/// Receives final bytes of a stream: whole interleaved frames, `offset` bytes after the first
/// sample. An error stops what is under way and is passed on.
using StreamSink = std::function<Result<void>(std::int64_t offset, std::span<const std::byte>)>;

/// Joins the payloads of a track's chunks (ChunkLayout) to the bytes of its stream.
///
/// Chunks may come in any order and side by side, each one's payload in pieces from its first byte
/// to its last. Middles are passed on at once, a seam as soon as the tail before it and the head
/// after it are there: in order of the chunks, that is without a gap. Keeps no more than the heads
/// and tails whose other side is missing, one second each.
/// @thread one at a time
class StreamAssembler {
  public:
    StreamAssembler(const ChunkGeometry& geometry, const encode::StreamFormat& format,
                    encode::Dither dither, StreamSink sink);

    /// @param piece  the next bytes of the chunk's payload, of any length
    /// @errors those of the sink
    Result<void> add(std::int64_t chunk, std::span<const std::byte> piece);

  private:
    struct Seam {
        std::vector<std::byte> tail, head;
    };

    Result<void> finishSeam(std::int64_t chunk);

    const ChunkGeometry geometry_;
    const encode::StreamFormat format_;
    const encode::Dither dither_;
    const StreamSink sink_;
    std::map<std::int64_t, std::int64_t> received_; ///< payload bytes so far, of unfinished chunks
    std::map<std::int64_t, Seam> seams_;            ///< unfinished, by the chunk after them
};

} // namespace segue::chunk
