#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "processing/encode/WavFileWriter.h"
#include "processing/types/Error.h"

namespace segue::tools {

/// A stream of which the cache holds chunks.
struct CachedStream {
    cache::ChunkAbout about;             ///< of any of its chunks
    std::vector<cache::ChunkKey> chunks; ///< all that it has, in order; zero: not there
    std::int64_t lastUsedNs = 0;

    std::int64_t present() const;
    bool complete() const { return present() == static_cast<std::int64_t>(chunks.size()); }
};

/// The streams of these chunks, one for each track, preset, intensity and sample format: of several
/// (the plan of a track changes once its full analysis is there) the one that was used last.
std::vector<CachedStream> streamsOf(const std::vector<cache::ChunkInfo>& chunks);

/// `Artist - Title (warm).wav`: a file's name for the stream. @param track  null: not in the
/// library
std::string exportName(const CachedStream& stream, const library::Track* track);

/// Joins the stream's chunks to the WAV file that the server sends.
/// @param stream  complete  @param progress  told 0 .. 1
/// @errors NotFound (a chunk has gone meanwhile), Corrupt, Cancelled, those of WavFileWriter
Result<void> exportStream(cache::ChunkStore& store, const CachedStream& stream,
                          const std::filesystem::path& path, encode::Overwrite overwrite,
                          const std::function<void(double)>& progress,
                          const std::atomic<bool>& cancel);

} // namespace segue::tools
