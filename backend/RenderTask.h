#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cache/ChunkStore.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Who waits for a chunk; earlier classes come first.
enum class RenderClass : std::uint8_t {
    Blocked, ///< a reader can deliver nothing until it comes
    Ahead,   ///< a playing reader will want it
    Prewarm,
    Batch,
};
inline constexpr std::size_t kNumRenderClasses = 4;
/// "blocked", "ahead", "prewarm", "batch"
std::string_view nameOf(RenderClass renderClass) noexcept;

/// How to make one chunk.
struct RenderTask {
    cache::ChunkKey key;
    cache::Budget budget = cache::Budget::General;
    std::int64_t payloadBytes = 0; ///< exact; a render that gives another length has failed
    double audioSeconds = 0;       ///< for the statistics
    /// Appends the payload; appends nothing now and then while it has nothing to append, and may be
    /// held up there. @param cancel  to be looked at every few ten milliseconds
    std::function<Result<void>(cache::ChunkWriter&, const std::atomic<bool>& cancel)> render;
    cache::ChunkAbout about = {}; ///< what the store keeps with it
    std::string client = {};      ///< for whom, so that no client starves another
};

} // namespace segue::backend
