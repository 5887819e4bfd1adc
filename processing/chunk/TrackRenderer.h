#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "processing/chunk/ChunkRenderer.h"
#include "processing/chunk/StreamAssembler.h"

namespace segue::chunk {

struct TrackRenderOptions {
    /// Chunks that are rendered at once, >= 1. One renders on the calling thread and keeps hardly
    /// anything; more keep up to one payload each and one more.
    int workers = 1;
    /// Every chunk once, in the order in which they are rendered and passed on; empty: from the
    /// first to the last. The bytes do not depend on it.
    std::vector<std::int64_t> order = {};
    /// Told on the calling thread what part of the stream has been passed on, 0 .. 1; may be empty.
    std::function<void(double)> progress = {};
    /// Called between blocks, on each thread that renders, and may block; may be empty.
    std::function<void()> beforeEachBlock = {};
};

/// Renders a whole track as the server streams it, without a server: the bytes after the WAV
/// header, chunk by chunk, seams blended.
/// @param track  its `chunk` is ignored
/// @param sink  called on the calling thread; offsets follow one another unless `order` says else
/// @errors those of renderChunk and of the sink, of the chunk that comes first in the order;
/// InvalidArgument when `order` does not name every chunk once
/// @thread any, may block; memory does not grow with the track's length (with `order`, by the seams
/// whose other side is missing)
Result<void> renderTrack(const RenderRequest& track, const StreamSink& sink,
                         const std::atomic<bool>& cancel, const TrackRenderOptions& options = {});

} // namespace segue::chunk
