#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

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
    std::unique_ptr<ChunkWriter> create(const ChunkKey& key, Budget budget) override;
    void discard(const ChunkKey& key, const std::string& why) override;
    StoreStats stats() const override;
    void flush() override;

  private:
    std::filesystem::path indexPath() const { return context_->directory / "index.db"; }

    // Opening, before the thread starts.
    void makeDirectories();
    std::vector<ChunkRow> openIndex();
    void removeLeftovers();
    void reconcile(const std::vector<ChunkRow>& rows);

    // The background thread, and nobody else.
    void run();
    void maintain();
    void evict();
    void settle(const ChunkCatalog::Unsettled& chunk);
    Result<void> sync(const ChunkKey& key);
    Result<void> verify(const ChunkKey& key);
    void writeIndex();

    const std::shared_ptr<StoreContext> context_;
    const std::chrono::milliseconds flushInterval_;
    LogThrottle readFailures_;
    LogThrottle indexFailures_;         // background thread
    std::unique_ptr<ChunkIndex> index_; // background thread; null while it cannot be opened
    std::thread thread_;
};

} // namespace segue::cache
