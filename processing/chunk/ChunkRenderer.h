#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "processing/chunk/ChunkGeometry.h"
#include "processing/chunk/ChunkLayout.h"
#include "processing/chunk/DecodeAhead.h"
#include "processing/encode/PcmFormat.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::decode {
class Recording;
}

namespace segue::chunk {

/// Raised whenever the same plan gives other bytes; part of every chunk's key.
inline constexpr std::uint32_t kChainVersion = 4;

/// What one chunk is made of. With the file's content these fields fix every byte of the payload
/// (but `decodeOn` and `recording`).
struct RenderRequest {
    std::filesystem::path path;
    FileStamp stamp; ///< the file must still have this stamp, before and after
    std::shared_ptr<const mastering::MasteringPlan> plan;
    encode::StreamFormat format;
    std::int64_t numFrames =
        0; ///< length of the track as streamed; a source that ends early is followed by silence
    std::int64_t chunk = 0;
    DecodeOn decodeOn = DecodeOn::OwnThread; ///< changes no byte
    /// What was decoded of this file before, so that it need not be again; changes no byte.
    std::shared_ptr<const decode::Recording> recording = nullptr;
};

/// Receives the payload (ChunkLayout) in order, in pieces; before the first one it is called with
/// nothing for every block of context, so that it may hold the render up there too. An error stops
/// the render and is passed on.
using PayloadSink = std::function<Result<void>(std::span<const std::byte>)>;

/// Decodes the chunk's source with its context, runs the chain, trims and encodes.
/// @param cancel  looked at between blocks (about every 50 ms of audio)
/// @errors NotFound, Changed (another stamp), Corrupt, Unsupported, Io, Cancelled, and whatever the
/// sink returns
/// @thread any; several renders run at once, each on its own state
Result<void> renderChunk(const RenderRequest& request, const PayloadSink& sink,
                         const std::atomic<bool>& cancel);

/// The stream's bytes of `frames`, a part of one seam: `(1-w) * tail + w * head`, w linear over the
/// seam, quantised like every other frame.
/// @param seam  ChunkGeometry::seam of the chunk  @param frames  inside `seam`
/// @param tail  interleaved float32 of `frames` from chunk-1's tail section
/// @param head  interleaved float32 of `frames` from the chunk's head section
/// @param dither  ditherOf() the plan
/// @param out  frames.length() * format.bytesPerFrame() bytes
void blendSeam(const FrameRange& seam, const FrameRange& frames, std::span<const std::byte> tail,
               std::span<const std::byte> head, const encode::StreamFormat& format,
               encode::Dither dither, std::byte* out);

/// How the plan's stream is quantised.
encode::Dither ditherOf(const mastering::MasteringPlan& plan);

} // namespace segue::chunk
