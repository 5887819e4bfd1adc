// The bridge between a stream's idea of a chunk (StreamSpec, index) and the store's and the
// scheduler's (key, task). Stateless but for what it refers to; called on connection threads.
#include "backend/ChunkProvider.h"

#include <utility>

#include "backend/PrefetchPolicy.h"

namespace segue::backend {

std::string_view nameOf(ChunkState state) noexcept {
    switch (state) {
    case ChunkState::None:
        return "none";
    case ChunkState::Queued:
        return "queued";
    case ChunkState::Rendering:
        return "rendering";
    case ChunkState::Ready:
        break;
    }
    return "ready";
}

ChunkProvider::ChunkProvider(cache::ChunkStore& store, RenderScheduler& scheduler, Render render,
                             AheadLimit aheadLimit)
    : store_(store), scheduler_(scheduler), render_(std::move(render)),
      aheadLimit_(std::move(aheadLimit)) {}

int ChunkProvider::chunksAhead(const StreamSpec& spec, std::int64_t chunk) const {
    return aheadLimit_ ? aheadLimit_(spec.layout(chunk).payloadBytes())
                       : PrefetchPolicy::kMostChunksAhead;
}

std::shared_ptr<const cache::ChunkBlob> ChunkProvider::find(const StreamSpec& spec,
                                                            std::int64_t chunk) const {
    const cache::ChunkKey key = spec.chunkKey(chunk);
    std::shared_ptr<const cache::ChunkBlob> blob = store_.find(key);
    if (blob && blob->watermark() != spec.layout(chunk).payloadBytes()) {
        store_.discard(key, "its payload has another length than its identity says");
        return nullptr;
    }
    return blob;
}

Result<RenderScheduler::Interest> ChunkProvider::request(const StreamSpec& spec, std::int64_t chunk,
                                                         RenderClass renderClass,
                                                         Clock::time_point deadline,
                                                         const std::string& client) const {
    const chunk::ChunkGeometry geometry = spec.geometry();
    return scheduler_.submit(
        {.key = spec.chunkKey(chunk),
         .budget = chunk == 0 ? cache::Budget::FirstChunk : cache::Budget::General,
         .payloadBytes = spec.layout(chunk).payloadBytes(),
         .audioSeconds =
             static_cast<double>(geometry.rendered(chunk).length()) / spec.format.sampleRateHz,
         .render =
             [request = spec.renderRequest(chunk),
              render = render_](cache::ChunkWriter& writer, const std::atomic<bool>& cancel) {
                 return render(
                     request,
                     [&](std::span<const std::byte> bytes) { return writer.append(bytes); },
                     cancel);
             },
         .about = spec.about(chunk),
         .client = client},
        renderClass, deadline);
}

void ChunkProvider::discard(const StreamSpec& spec, std::int64_t chunk,
                            const std::string& why) const {
    store_.discard(spec.chunkKey(chunk), why);
}

bool ChunkProvider::waitForRoom(Clock::time_point deadline) const {
    return scheduler_.waitForRoom(RenderClass::Blocked, deadline);
}

ChunkState ChunkProvider::stateOf(const StreamSpec& spec, std::int64_t chunk) const {
    const cache::ChunkKey key = spec.chunkKey(chunk);
    // The scheduler first: a chunk leaves it only after it has entered the store.
    switch (scheduler_.stateOf(key)) {
    case RenderScheduler::JobState::Queued:
        return ChunkState::Queued;
    case RenderScheduler::JobState::Running:
        return ChunkState::Rendering;
    case RenderScheduler::JobState::None:
        break;
    }
    return store_.contains(key) ? ChunkState::Ready : ChunkState::None;
}

} // namespace segue::backend
