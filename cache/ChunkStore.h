#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::cache {

/// Everything that fixes the bytes of a chunk; see ChunkKey.cpp for the order in which it is
/// hashed.
struct ChunkIdentity {
    Hash128 content;            ///< the source file's bytes
    Hash128 plan;               ///< every parameter of the chain
    std::uint32_t chainVersion; ///< raised whenever the same plan gives other bytes
    std::uint32_t formatId;     ///< delivered sample format and stored layout
    std::uint64_t chunkIndex;
};
using ChunkKey = Hash128;
ChunkKey chunkKey(const ChunkIdentity &identity);

/// Budget a chunk is charged to. First chunks live in a budget of their own so that playback of any
/// track that was heard before starts at once.
enum class Budget : std::uint8_t { General = 0, FirstChunk = 1 };

struct StoreOptions {
    std::filesystem::path directory;
    std::int64_t budgetBytes = std::int64_t{1} << 30;
    std::int64_t firstChunkBudgetBytes = std::int64_t{256} << 20;
};

struct StoreStats {
    std::int64_t bytes = 0, firstChunkBytes = 0, chunks = 0;
    std::int64_t hits = 0, misses = 0, published = 0, evicted = 0, corrupt = 0, writeFailures = 0;
};

/// One chunk's payload, readable while it is being written.
///
/// The bytes lie in a file (or, when the disk refuses, in anonymous memory); `append` moves the
/// watermark, readers read below it. One writer, any number of readers; the last holder closes it.
/// A published blob is immutable, and as long as anybody holds it the store does not evict it.
class ChunkBlob {
  public:
    virtual ~ChunkBlob() = default;
    /// Payload bytes that may be read now. Never falls.
    virtual std::int64_t watermark() const noexcept = 0;
    /// Reads [offset, offset + out.size()), all of it below the watermark. A published blob checks
    /// the checksums of the blocks it touches. @errors Corrupt, Io
    virtual Result<void> read(std::int64_t offset, std::span<std::byte> out) const = 0;
};

/// The write side of a chunk that is being rendered. Destroyed without publish(), its temporary
/// file is removed; readers that hold blob() keep reading what was written.
class ChunkWriter {
  public:
    virtual ~ChunkWriter() = default;
    /// Never fails for lack of disk: the payload then moves to memory and publish() reports false.
    /// @errors Io when memory is refused too
    virtual Result<void> append(std::span<const std::byte> bytes) = 0;
    virtual std::shared_ptr<const ChunkBlob> blob() const = 0;
    /// Checksum, fsync as FORMAT.md says, rename, index. @return false when it could not be kept;
    /// blob() stays valid
    virtual bool publish() = 0;
};

/// The cache of rendered chunks on disk: files, an SQLite index beside them, budgets, eviction in
/// the background.
/// @thread all members may be called from any thread
class ChunkStore {
  public:
    /// Opens or creates the store and reconciles files with the index. A directory that cannot be
    /// written gives a store that keeps nothing (writers use memory), with a warning in the log;
    /// playback never depends on it.
    static std::unique_ptr<ChunkStore> open(const StoreOptions &options);
    virtual ~ChunkStore() = default;

    /// A published chunk, kept from eviction while held; nothing on a miss.
    virtual std::shared_ptr<const ChunkBlob> find(const ChunkKey &key) = 0;
    /// Whether it is there, without touching its recency or the counters.
    virtual bool contains(const ChunkKey &key) const = 0;
    virtual std::unique_ptr<ChunkWriter> create(const ChunkKey &key, Budget budget) = 0;
    /// Forgets a chunk whose bytes proved wrong. @param why  for the log
    virtual void discard(const ChunkKey &key, const std::string &why) = 0;
    virtual StoreStats stats() const = 0;
    /// Writes batched access times; called by the background thread, and by tests.
    virtual void flush() = 0;
};

} // namespace segue::cache
