#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::cache {

class FileSystem;

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
ChunkKey chunkKey(const ChunkIdentity& identity);

/// What a chunk is a piece of, for people: for figures, for clearing and for joining the chunks of
/// a stream without knowing how it was made. No byte that is served depends on it.
struct ChunkAbout {
    Hash128 source = {};     ///< the source file's bytes; zero: nobody said
    Hash128 stream = {};     ///< one for all chunks of a stream and for no other
    std::string preset = {}; ///< its name, at most kMaxPresetBytes
    double intensity = 0;
    std::uint32_t chunk = 0; ///< which one of the stream, from 0
    // The stream's format; the store only keeps it.
    int sampleRateHz = 0;
    int numChannels = 0;
    int bitsPerSample = 0;
    bool dithered = false;
    std::int64_t numFrames = 0;

    bool operator==(const ChunkAbout&) const = default;
};
inline constexpr std::size_t kMaxPresetBytes = 40;

/// Budget a chunk is charged to. First chunks live in a budget of their own so that playback of any
/// track that was heard before starts at once.
enum class Budget : std::uint8_t { General = 0, FirstChunk = 1 };

struct StoreOptions {
    std::filesystem::path directory = {}; ///< empty: a store that keeps nothing
    std::int64_t budgetBytes = std::int64_t{1} << 30;
    std::int64_t firstChunkBudgetBytes = std::int64_t{256} << 20;
    /// With less than this left on the file system nothing new is kept: the cache must not be what
    /// fills the disk under the library's database.
    std::int64_t minFreeBytes = std::int64_t{200} << 20;
    /// How long access times and new rows wait for the index, so that they go in batches.
    std::chrono::milliseconds flushInterval{2000};
    /// Null: the real one. Tests pass one that fails on purpose.
    std::shared_ptr<FileSystem> fileSystem = nullptr;
    /// Since 1970; empty: the system's clock. Tests let it go back.
    std::function<std::int64_t()> nowNs = {};
};

/// What is kept now, and what happened since the store was opened.
struct StoreStats {
    std::int64_t bytes = 0;                 ///< whole files charged to Budget::General
    std::int64_t firstChunkBytes = 0;       ///< whole files charged to Budget::FirstChunk
    std::int64_t chunks = 0;                ///< under both budgets
    std::int64_t budgetBytes = 0;           ///< what `bytes` may come to
    std::int64_t firstChunkBudgetBytes = 0; ///< what `firstChunkBytes` may come to
    std::int64_t hits = 0;                  ///< find() that gave a blob
    std::int64_t misses = 0;                ///< find() that gave nothing
    /// Hits on a chunk that nobody had open: without the cache it would have been rendered again.
    std::int64_t rendersSaved = 0;
    std::int64_t published = 0;
    std::int64_t evicted = 0;
    std::int64_t corrupt = 0;       ///< chunks removed because their bytes were wrong
    std::int64_t writeFailures = 0; ///< chunks that the disk refused to keep
};

/// A published chunk, for who looks through the store.
struct ChunkInfo {
    ChunkKey key = {};
    std::int64_t bytes = 0; ///< of the whole file
    Budget budget = Budget::General;
    ChunkAbout about = {};
    std::int64_t lastUsedNs = 0; ///< since 1970
};

/// What became of the chunks of one track under one preset, in all processes, since the cache was
/// made; a crash loses the last seconds.
struct Usage {
    Hash128 source = {};
    std::string preset = {};
    std::int64_t hits = 0, misses = 0, rendersSaved = 0; ///< as in StoreStats
    std::int64_t published = 0, evicted = 0;

    bool operator==(const Usage&) const = default;
};

struct Removed {
    std::int64_t chunks = 0, bytes = 0;
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
    /// the checksums of the blocks it touches: on success every byte is right. On an error `out`
    /// may hold anything.
    /// @errors Corrupt (then discard() the chunk), Io, InvalidArgument when not below the watermark
    /// @thread any number at once; no lock while the chunk grows, never a wait for another reader
    virtual Result<void> read(std::int64_t offset, std::span<std::byte> out) const = 0;
};

/// The write side of a chunk that is being rendered. Destroyed without publish(), its temporary
/// file is removed; readers that hold blob() keep reading what was written. It may outlive the
/// store, as may its blob.
/// @thread one writer; blob() may be handed to any thread
class ChunkWriter {
  public:
    virtual ~ChunkWriter() = default;
    /// Moves the watermark by all of `bytes`. Never fails for lack of disk: the payload then moves
    /// to memory and publish() reports false.
    /// @errors Io when memory is refused too; InvalidArgument past 1 GiB or after publish()
    virtual Result<void> append(std::span<const std::byte> bytes) = 0;
    virtual std::shared_ptr<const ChunkBlob> blob() const = 0;
    /// Checksum and rename; the data is synced and indexed by the background thread, as FORMAT.md
    /// says. The last of several writers of one key wins. @return false when it could not be kept;
    /// blob() stays valid
    virtual bool publish() = 0;
};

/// The cache of rendered chunks on disk: files, an SQLite index beside them, budgets, eviction in
/// the background.
/// @thread all members may be called from any thread
class ChunkStore {
  public:
    /// Opens or creates the store and reconciles files with the index. A directory that cannot be
    /// written gives a store that keeps nothing new (writers use memory), with a warning in the
    /// log; playback never depends on it. Other processes may use the same directory: all keep to
    /// the budgets together.
    static std::unique_ptr<ChunkStore> open(const StoreOptions& options);
    virtual ~ChunkStore() = default;

    /// A published chunk, kept from eviction while held; nothing on a miss.
    virtual std::shared_ptr<const ChunkBlob> find(const ChunkKey& key) = 0;
    /// Whether it is there, without touching its recency or the counters.
    virtual bool contains(const ChunkKey& key) const = 0;
    virtual std::unique_ptr<ChunkWriter> create(const ChunkKey& key, Budget budget,
                                                const ChunkAbout& about) = 0;
    /// Forgets a chunk whose bytes proved wrong. @param why  for the log
    virtual void discard(const ChunkKey& key, const std::string& why) = 0;
    virtual StoreStats stats() const = 0;
    /// Chunks that this process knows of: all, once flush() has looked what others did.
    virtual std::vector<ChunkInfo> list() const = 0;
    /// Tracks under presets that any use is known of, in no order; misses are known once the chunk
    /// was rendered.
    virtual std::vector<Usage> usage() const = 0;
    /// Removes chunks, also those that are being read, whose readers go on. @return what was there
    virtual Removed remove(std::span<const ChunkKey> keys) = 0;
    /// Returns when the background thread has looked what other processes did, evicted what is over
    /// budget, synced what was published before this call, and written rows, access times and
    /// usage.
    virtual void flush() = 0;
};

} // namespace segue::cache
