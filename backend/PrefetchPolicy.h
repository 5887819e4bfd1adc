#pragma once

#include <cstdint>
#include <optional>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// What is worth rendering before it is asked for. Pure functions; the server and bench/week go by
/// the same.
struct PrefetchPolicy {
    /// Two minutes: a client reads ahead by less, and of more the most part is lost to skips.
    static constexpr int kMostChunksAhead = 4;
    /// Chunks of the track that is likely to come next: so that it starts at once. Once it plays,
    /// its own chunks ahead follow.
    static constexpr int kChunksOfNext = 1;

    /// Chunks to render ahead of each reader: no more than the cache keeps until they are read.
    /// What all streams together have ahead takes at most half of it; each has one at least.
    /// @param streams  that play now, this one included
    static int chunksAhead(std::int64_t cacheBytes, std::int64_t streams,
                           std::int64_t chunkBytes) noexcept;

    /// Whether `next`, which comes after `current` in the list, is of the same album.
    static bool isNextOfAlbum(const library::Track& current, const library::Track& next);
    /// The track that follows `current` in its album.
    /// @errors those of Library::tracks
    static Result<std::optional<library::TrackId>> nextOfAlbum(const library::Library& library,
                                                               const library::Track& current);
};

} // namespace segue::backend
