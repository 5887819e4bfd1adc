// Which chunks somebody means, by what is known about them. Pure functions, any thread.

#include "cache/ChunkFilter.h"

#include <algorithm>
#include <iterator>

namespace segue::cache {

bool ChunkFilter::matches(const ChunkInfo& chunk) const {
    if (sources &&
        std::find(sources->begin(), sources->end(), chunk.about.source) == sources->end())
        return false;
    if (preset && *preset != chunk.about.preset)
        return false;
    return !usedBeforeNs || chunk.lastUsedNs < *usedBeforeNs;
}

std::vector<ChunkInfo> matching(const std::vector<ChunkInfo>& chunks, const ChunkFilter& filter) {
    std::vector<ChunkInfo> found;
    std::copy_if(chunks.begin(), chunks.end(), std::back_inserter(found),
                 [&](const ChunkInfo& chunk) { return filter.matches(chunk); });
    return found;
}

std::vector<ChunkKey> keysOf(const std::vector<ChunkInfo>& chunks) {
    std::vector<ChunkKey> keys;
    keys.reserve(chunks.size());
    for (const ChunkInfo& chunk : chunks)
        keys.push_back(chunk.key);
    return keys;
}

} // namespace segue::cache
