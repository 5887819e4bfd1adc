#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "cache/ChunkIndex.h"
#include "cache/StoreContext.h"

namespace segue::cache {

/// The ChunkStore over a directory; FORMAT.md describes what lies in it.
class DiskChunkStore final : public ChunkStore {
  public:
    explicit DiskChunkStore(const StoreOptions& options);
    ~DiskChunkStore() override;
    DiskChunkStore(const DiskChunkStore&) = delete;
    DiskChunkStore& operator=(const DiskChunkStore&) = delete;

    std::shared_ptr<const ChunkBlob> find(const ChunkKey& key) override;
    bool contains(const ChunkKey& key) const override;
    std::unique_ptr<ChunkWriter> create(const ChunkKey& key, Budget budget,
                                        const ChunkAbout& about) override;
    void discard(const ChunkKey& key, const std::string& why) override;
    StoreStats stats() const override;
    std::vector<ChunkInfo> list() const override;
    std::vector<Usage> usage() const override;
    Removed remove(std::span<const ChunkKey> keys) override;
    void flush() override;

  private:
    std::filesystem::path indexPath() const { return context_->directory / "index.db"; }

    // Opening, before the thread starts.
    void makeDirectories();
    std::vector<ChunkRow> openIndex();
    void removeLeftovers();
    void reconcile(const std::vector<ChunkRow>& rows);
    /// Takes a file without a row into the catalogue if its header and footer are right.
    bool adopt(const ChunkKey& key);

    // The background thread, and nobody else.
    void run();
    void maintain();
    void lookAround();
    bool listShard(std::size_t shard, std::unordered_set<ChunkKey, Hash128Hasher>& found);
    void learnFromIndex();
    void evict();
    void settle(const ChunkCatalog::Unsettled& chunk);
    Result<void> sync(const ChunkKey& key);
    Result<void> verify(const ChunkKey& key);
    void writeIndex();
    Result<void> reopenIndex();

    const std::shared_ptr<StoreContext> context_;
    const std::chrono::milliseconds flushInterval_;
    LogThrottle readFailures_;
    LogThrottle indexFailures_;         // background thread
    std::unique_ptr<ChunkIndex> index_; // background thread; null while it cannot be opened
    /// Background thread: when each directory of chunks had changed last as it was listed; 0: it is
    /// to be listed again.
    std::array<std::int64_t, 256> listedNs_{};
    std::thread thread_;
};

} // namespace segue::cache
