#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// Chunks that are there now and what they were good for, of some part of the cache.
struct CacheFigures {
    std::int64_t chunks = 0, bytes = 0;
    double seconds = 0; ///< of music in these chunks
    std::int64_t hits = 0, misses = 0, rendersSaved = 0, published = 0, evicted = 0;

    /// Part of look-ups that found their chunk, 0 .. 1; nothing before the first.
    std::optional<double> hitRate() const;
};

/// What a cache holds, for whom, and what it is good for: the same for the API and the command
/// line.
struct CacheReport {
    struct Part {
        Hash128 source; ///< zero: a whole preset
        std::string preset;
        CacheFigures figures;
        std::optional<library::Track>
            track; ///< nothing when the library knows none of this content
    };
    cache::StoreStats store;
    CacheFigures all;          ///< since the cache was made
    std::vector<Part> presets; ///< most bytes first
    std::vector<Part> tracks;  ///< by track and preset, most bytes, then most hits first
    std::size_t tracksLeftOut = 0;
};

/// @param library  may be null: then tracks have no names
/// @param mostTracks  of the list, so that no more are looked up
CacheReport reportOf(const cache::ChunkStore& store, const library::Library* library,
                     std::size_t mostTracks);

/// As the API gives it.
std::string toJson(const CacheReport& report);

/// `412 MiB of 1.0 GiB in 78 chunks, ...`: how full it is, and how good, in a line.
std::string gaugeOf(const CacheReport& report);

/// `5.2 MiB`, in 1024s.
std::string sizeText(std::int64_t bytes);

} // namespace segue::backend
