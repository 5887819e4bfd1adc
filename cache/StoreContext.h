#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "cache/BlockCache.h"
#include "cache/ChunkCatalog.h"
#include "cache/ChunkStore.h"
#include "cache/FileSystem.h"

namespace segue::cache {

/// Lets a message through once a minute, so that a full disk does not fill the log as well.
/// @thread any
class LogThrottle {
  public:
    bool due() noexcept;

  private:
    std::atomic<std::int64_t> nextNs_{0}; // on the steady clock
};

/// What the store shares with its writers, which may outlive it.
struct StoreContext {
    explicit StoreContext(const StoreOptions& options);

    /// `chunks/ab/<key>`
    std::filesystem::path chunkPath(const ChunkKey& key) const;
    /// `tmp/<key>.<process>.<number>`, another one every time.
    std::filesystem::path temporaryPath(const ChunkKey& key);
    std::filesystem::path chunksPath() const { return directory / "chunks"; }
    std::filesystem::path temporariesPath() const { return directory / "tmp"; }

    /// Counts a chunk that the disk refused, and logs it (throttled).
    void reportWriteFailure(const ChunkKey& key, const std::string& why);
    /// Opens the published file of `key`. @errors NotFound, Corrupt, Io
    Result<FileBlob::Opened> openChunk(const ChunkKey& key) const;

    const std::filesystem::path directory;
    const std::int64_t minFreeBytes;
    const std::shared_ptr<FileSystem> fs;
    const std::shared_ptr<BlockCache> blocks;
    ChunkCatalog catalog;

  private:
    std::atomic<std::uint64_t> temporaries_{0};
    LogThrottle writeFailures_;
};

} // namespace segue::cache
