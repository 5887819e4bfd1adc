#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "cache/ChunkStore.h"
#include "cache/FileBlob.h"
#include "cache/StoreContext.h"

struct XXH3_state_s;

namespace segue::cache {

/// Writes one chunk to a temporary file and publishes it, or goes on in memory when the disk
/// refuses.
///
/// Every append is one write: the page cache is the buffer, so readers get the bytes at once, and
/// at a few microseconds per call it costs less than a thousandth of rendering them.
class FileChunkWriter final : public ChunkWriter {
  public:
    FileChunkWriter(std::shared_ptr<StoreContext> store, const ChunkKey& key, Budget budget,
                    const ChunkAbout& about);
    ~FileChunkWriter() override;
    FileChunkWriter(const FileChunkWriter&) = delete;
    FileChunkWriter& operator=(const FileChunkWriter&) = delete;

    Result<void> append(std::span<const std::byte> bytes) override;
    std::shared_ptr<const ChunkBlob> blob() const override { return blob_; }
    bool publish() override;

  private:
    struct HashStateDeleter {
        void operator()(XXH3_state_s* state) const noexcept;
    };

    ChunkHeader header() const;
    UniqueFd openTemporary();
    Result<void> store(std::span<const std::byte> bytes);
    Result<void> continueInMemory();
    void hash(std::span<const std::byte> bytes);
    /// 0 or -errno
    int writeSeal();
    int renameIntoPlace();
    void removeTemporary();

    const std::shared_ptr<StoreContext> store_;
    const ChunkKey key_;
    const Budget budget_;
    const ChunkAbout about_;
    std::filesystem::path temporary_; // empty once renamed or removed
    bool inMemory_ = false;
    bool published_ = false; // publish() was called, whatever came of it
    std::int64_t written_ = 0;
    std::unique_ptr<XXH3_state_s, HashStateDeleter> blockHash_; // of the unfinished last block
    BlockHashes hashes_;                                        // of the finished ones
    std::shared_ptr<FileBlob> blob_;
};

} // namespace segue::cache
