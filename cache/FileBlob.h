#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cache/BlockCache.h"
#include "cache/ChunkFormat.h"
#include "cache/ChunkStore.h"
#include "cache/FileSystem.h"
#include "processing/types/UniqueFd.h"

namespace segue::cache {

/// A chunk's payload in a descriptor, behind a header: of a file or of anonymous memory.
///
/// It begins either empty, growing under one writer who seals it at the end, or sealed, opened from
/// a published file. Until sealed it is read unchecked from what this process has just written;
/// from then on every block is verified when read.
/// @thread reads from any; grow(), moveTo() and seal() from the one writer
class FileBlob final : public ChunkBlob {
  public:
    struct Opened {
        std::shared_ptr<FileBlob> blob;
        ChunkHeader header;
    };

    /// An empty chunk to be written. @param file  may be empty: then moveTo() before grow()
    FileBlob(std::shared_ptr<FileSystem> fs, std::shared_ptr<BlockCache> blocks,
             const ChunkKey& key, UniqueFd file);

    /// A published file, its header, footer and length checked.
    /// @errors Corrupt (or of another key), Io
    static Result<Opened> open(std::shared_ptr<FileSystem> fs, std::shared_ptr<BlockCache> blocks,
                               const ChunkKey& key, UniqueFd file);

    std::int64_t watermark() const noexcept override {
        return watermark_.load(std::memory_order_acquire);
    }
    Result<void> read(std::int64_t offset, std::span<std::byte> out) const override;

    /// Reads all that is there. @errors those of read()
    Result<void> check() const;

    /// Where the payload lies now; -1 before there is any place. @thread the writer
    int descriptor() const noexcept { return fd_.load(std::memory_order_relaxed); }
    /// Everything below `watermark` has been written to descriptor().
    void grow(std::int64_t watermark) noexcept;
    /// Continues in `memory`, which already holds everything below the watermark. Once only.
    void moveTo(UniqueFd memory) noexcept;
    /// No more bytes will come; readers verify from now on.
    void seal(BlockHashes hashes);

  private:
    Result<void> readRaw(std::int64_t offset, std::span<std::byte> out) const;
    Result<void> readBlock(const BlockHashes& hashes, std::int64_t block,
                           std::span<std::byte> out) const;
    Result<BlockCache::Block> sharedBlock(const BlockHashes& hashes, std::int64_t block,
                                          std::int64_t blockBytes) const;

    const std::shared_ptr<FileSystem> fs_;
    const std::shared_ptr<BlockCache> blocks_;
    const ChunkKey key_;
    const std::uint64_t serial_;
    // Both stay open until the last holder leaves: a reader may be inside pread on the old one.
    const UniqueFd file_;
    UniqueFd memory_; // the writer's until moveTo() has stored it in fd_, then constant
    std::unique_ptr<const BlockHashes> hashes_; // likewise, until seal()
    // Stored before watermark_, loaded after it: whoever sees a watermark sees a descriptor that
    // holds all bytes below it.
    std::atomic<int> fd_;
    std::atomic<std::int64_t> watermark_{0};
    std::atomic<const BlockHashes*> sealed_{nullptr};
};

} // namespace segue::cache
