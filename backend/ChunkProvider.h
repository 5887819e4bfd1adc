#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "backend/RenderScheduler.h"
#include "backend/StreamSpec.h"
#include "cache/ChunkStore.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/types/Error.h"

namespace segue::backend {

enum class ChunkState { None, Queued, Rendering, Ready };
/// "none", "queued", "rendering", "ready"
std::string_view nameOf(ChunkState state) noexcept;

/// Finds chunks in the store or has them rendered.
/// @thread all members from any thread
class ChunkProvider {
  public:
    using Render = std::function<Result<void>(
        const chunk::RenderRequest&, const chunk::PayloadSink&, const std::atomic<bool>& cancel)>;

    /// How many chunks of so many bytes a stream may have rendered ahead of its reader now.
    using AheadLimit = std::function<int(std::int64_t chunkBytes)>;

    /// @param store, scheduler  outlive the provider
    /// @param render  chunk::renderChunk, or what a test puts in its place
    /// @param aheadLimit  empty: PrefetchPolicy::kMostChunksAhead
    ChunkProvider(cache::ChunkStore& store, RenderScheduler& scheduler, Render render,
                  AheadLimit aheadLimit = {});

    /// The published chunk, held; nothing on a miss.
    std::shared_ptr<const cache::ChunkBlob> find(const StreamSpec& spec, std::int64_t chunk) const;
    /// @param client  see RenderTask
    /// @errors those of RenderScheduler::submit
    Result<RenderScheduler::Interest> request(const StreamSpec& spec, std::int64_t chunk,
                                              RenderClass renderClass, Clock::time_point deadline,
                                              const std::string& client = {}) const;
    /// Has the store forget a chunk whose bytes proved wrong.
    void discard(const StreamSpec& spec, std::int64_t chunk, const std::string& why) const;
    bool waitForRoom(Clock::time_point deadline) const;
    /// @see AheadLimit  @return >= 1
    int chunksAhead(const StreamSpec& spec, std::int64_t chunk) const;
    ChunkState stateOf(const StreamSpec& spec, std::int64_t chunk) const;

  private:
    cache::ChunkStore& store_;
    RenderScheduler& scheduler_;
    Render render_;
    AheadLimit aheadLimit_;
};

} // namespace segue::backend
