// Reads a chunk, growing or published. HTTP threads read while a render worker writes; they meet
// only in three atomics (descriptor, watermark, seal), so no reader waits for anybody. No byte of a
// sealed chunk leaves read() before the XXH3-64 of its block was compared.

#include "cache/FileBlob.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace segue::cache {

FileBlob::FileBlob(std::shared_ptr<FileSystem> fs, std::shared_ptr<BlockCache> blocks,
                   const ChunkKey& key, UniqueFd file)
    : fs_(std::move(fs)), blocks_(std::move(blocks)), key_(key), serial_(blocks_->nextSerial()),
      file_(std::move(file)), fd_(file_.get()) {}

Result<FileBlob::Opened> FileBlob::open(std::shared_ptr<FileSystem> fs,
                                        std::shared_ptr<BlockCache> blocks, const ChunkKey& key,
                                        UniqueFd file) {
    const auto what = [&] { return "open chunk " + key.hex(); };
    const std::int64_t size = fs->sizeOf(file.get());
    if (size < 0)
        return fail(errnoError(what(), static_cast<int>(-size)));

    HeaderBytes headerBytes{};
    const std::int64_t got = readFully(*fs, file.get(), headerBytes, 0);
    if (got < 0)
        return fail(errnoError(what(), static_cast<int>(-got)));
    if (got < kHeaderBytes)
        return fail(ErrorCode::Corrupt, what() + ": only " + std::to_string(size) + " bytes");
    const Result<ChunkHeader> header = decodeHeader(headerBytes);
    if (!header)
        return fail(ErrorCode::Corrupt, what() + ": " + header.error().message);
    if (header->key != key)
        return fail(ErrorCode::Corrupt, what() + ": holds chunk " + header->key.hex());
    if (size != fileBytes(header->payloadBytes))
        return fail(ErrorCode::Corrupt, what() + ": " + std::to_string(size) +
                                            " bytes instead of " +
                                            std::to_string(fileBytes(header->payloadBytes)));

    std::vector<std::byte> footer(static_cast<std::size_t>(footerBytes(header->payloadBytes)));
    const std::int64_t gotFooter =
        readFully(*fs, file.get(), footer, kHeaderBytes + header->payloadBytes);
    if (gotFooter < 0)
        return fail(errnoError(what(), static_cast<int>(-gotFooter)));
    if (gotFooter < static_cast<std::int64_t>(footer.size()))
        return fail(ErrorCode::Corrupt, what() + ": the footer ends early");
    Result<BlockHashes> hashes = decodeFooter(headerBytes, footer);
    if (!hashes)
        return fail(ErrorCode::Corrupt, what() + ": " + hashes.error().message);

    auto blob = std::make_shared<FileBlob>(std::move(fs), std::move(blocks), key, std::move(file));
    blob->seal(std::move(*hashes));
    blob->grow(header->payloadBytes);
    return Opened{std::move(blob), *header};
}

void FileBlob::grow(std::int64_t watermark) noexcept {
    watermark_.store(watermark, std::memory_order_release);
}

void FileBlob::moveTo(UniqueFd memory) noexcept {
    assert(!memory_);
    memory_ = std::move(memory);
    fd_.store(memory_.get(), std::memory_order_release);
}

void FileBlob::seal(BlockHashes hashes) {
    assert(!hashes_);
    hashes_ = std::make_unique<const BlockHashes>(std::move(hashes));
    sealed_.store(hashes_.get(), std::memory_order_release);
}

Result<void> FileBlob::read(std::int64_t offset, std::span<std::byte> out) const {
    // The seal first: whoever sees it sees the final watermark too, and with it the true length of
    // the last block.
    const BlockHashes* hashes = sealed_.load(std::memory_order_acquire);
    const std::int64_t end = watermark();
    const auto length = static_cast<std::int64_t>(out.size());
    if (offset < 0 || offset > end || length > end - offset)
        return fail(ErrorCode::InvalidArgument, "read chunk " + key_.hex() + " at " +
                                                    std::to_string(offset) + ": " +
                                                    std::to_string(length) + " bytes, but only " +
                                                    std::to_string(end) + " are there");
    if (!hashes)
        return readRaw(offset, out);

    while (!out.empty()) {
        const std::int64_t block = offset / kBlockBytes;
        const std::int64_t blockBegin = block * kBlockBytes;
        const std::int64_t blockBytes = std::min(kBlockBytes, end - blockBegin);
        const std::int64_t within = offset - blockBegin;
        const auto take =
            std::min<std::size_t>(out.size(), static_cast<std::size_t>(blockBytes - within));
        if (static_cast<std::int64_t>(take) == blockBytes) {
            if (auto done = readBlock(*hashes, block, out.first(take)); !done)
                return done;
        } else {
            const auto bytes = sharedBlock(*hashes, block, blockBytes);
            if (!bytes)
                return fail(bytes.error());
            std::memcpy(out.data(), bytes->get() + within, take);
        }
        out = out.subspan(take);
        offset += static_cast<std::int64_t>(take);
    }
    return {};
}

Result<void> FileBlob::check() const {
    std::vector<std::byte> buffer(static_cast<std::size_t>(kBlockBytes));
    const std::int64_t end = watermark();
    for (std::int64_t offset = 0; offset < end; offset += kBlockBytes) {
        const auto length = static_cast<std::size_t>(std::min(kBlockBytes, end - offset));
        if (auto done = read(offset, std::span(buffer).first(length)); !done)
            return done;
    }
    return {};
}

Result<void> FileBlob::readRaw(std::int64_t offset, std::span<std::byte> out) const {
    const std::int64_t got =
        readFully(*fs_, fd_.load(std::memory_order_acquire), out, kHeaderBytes + offset);
    if (got == static_cast<std::int64_t>(out.size()))
        return {};
    const std::string what = "read chunk " + key_.hex() + " at " + std::to_string(offset);
    if (got < 0)
        return fail(errnoError(what, static_cast<int>(-got)));
    return fail(ErrorCode::Corrupt, what + ": the file ends early");
}

/// All of one block straight into the caller's memory. @param out  exactly the block's length
Result<void> FileBlob::readBlock(const BlockHashes& hashes, std::int64_t block,
                                 std::span<std::byte> out) const {
    if (auto done = readRaw(block * kBlockBytes, out); !done)
        return done;
    if (hash64(out) != hashes[static_cast<std::size_t>(block)])
        return fail(ErrorCode::Corrupt, "read chunk " + key_.hex() + ": wrong checksum of block " +
                                            std::to_string(block));
    return {};
}

/// For a part of a block: the whole of it, verified, from the shared cache or the file.
Result<BlockCache::Block> FileBlob::sharedBlock(const BlockHashes& hashes, std::int64_t block,
                                                std::int64_t blockBytes) const {
    if (BlockCache::Block kept = blocks_->find(serial_, block))
        return kept;
    // Left uninitialised on purpose: clearing 64 KiB costs as much as hashing half of it.
    const std::shared_ptr<std::byte[]> fresh(new std::byte[static_cast<std::size_t>(blockBytes)]);
    if (auto done = readBlock(hashes, block, {fresh.get(), static_cast<std::size_t>(blockBytes)});
        !done)
        return fail(done.error());
    blocks_->keep(serial_, block, fresh);
    return BlockCache::Block(fresh);
}

} // namespace segue::cache
