#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/ChunkStore.h"

namespace segue::cache {

/// Some chunks of a store; what is not said matches all.
struct ChunkFilter {
    std::optional<std::vector<Hash128>> sources = {}; ///< content of these tracks
    std::optional<std::string> preset = {};
    std::optional<std::int64_t> usedBeforeNs = {}; ///< since 1970

    bool matches(const ChunkInfo& chunk) const;
};

/// In the order of `chunks`.
std::vector<ChunkInfo> matching(const std::vector<ChunkInfo>& chunks, const ChunkFilter& filter);
std::vector<ChunkKey> keysOf(const std::vector<ChunkInfo>& chunks);

} // namespace segue::cache
