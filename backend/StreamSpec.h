#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "cache/ChunkStore.h"
#include "processing/chunk/ChunkGeometry.h"
#include "processing/chunk/ChunkLayout.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/encode/PcmFormat.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// Everything that fixes the bytes of one enhanced stream, and where its source lies.
struct StreamSpec {
    Hash128 content; ///< of the file at `path` as long as it has `stamp`
    std::filesystem::path path;
    FileStamp stamp;
    std::shared_ptr<const mastering::MasteringPlan> plan;
    Hash128 planId; ///< mastering::hashOf(*plan)
    encode::StreamFormat format;
    std::int64_t numFrames = 0;

    chunk::ChunkGeometry geometry() const { return {format.sampleRateHz, numFrames}; }
    chunk::ChunkLayout layout(std::int64_t chunk) const { return {geometry(), format, chunk}; }
    cache::ChunkKey chunkKey(std::int64_t chunk) const;
    cache::ChunkAbout about(std::int64_t chunk) const;
    chunk::RenderRequest renderRequest(std::int64_t chunk) const;
    /// Two streams with one identity are equal byte for byte.
    Hash128 identity() const;
    /// A strong entity tag with its quotes: two streams with one tag are equal byte for byte.
    std::string etag() const;
};

} // namespace segue::backend
