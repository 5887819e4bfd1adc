// The key of a chunk: XXH3-128 over everything that fixes its bytes, so that nothing stale can be
// found under it. A pure function, any thread.

#include "cache/ChunkStore.h"

namespace segue::cache {

ChunkKey chunkKey(const ChunkIdentity& identity) {
    // The order is part of the cache's format (FORMAT.md): another order orphans every cached
    // chunk. The leading text keeps these keys apart from other uses of the same hash.
    return Hasher()
        .text("segue-chunk-1")
        .number(identity.content.high)
        .number(identity.content.low)
        .number(identity.plan.high)
        .number(identity.plan.low)
        .number(identity.chainVersion)
        .number(identity.formatId)
        .number(identity.chunkIndex)
        .finish();
}

} // namespace segue::cache
