#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "FaultyFileSystem.h"
#include "cache/ChunkFormat.h"
#include "cache/ChunkStore.h"
#include "tests/support/TempDir.h"

namespace segue::cache {

using Bytes = std::vector<std::byte>;

inline ChunkKey keyOf(std::uint64_t number) {
    return chunkKey({.content = {1, 2},
                     .plan = {3, 4},
                     .chainVersion = 1,
                     .formatId = 0,
                     .chunkIndex = number});
}

/// Bytes that depend on key and position, so that nothing can be mistaken for anything else.
inline Bytes payloadOf(const ChunkKey& key, std::size_t size) {
    Bytes bytes(size);
    std::mt19937_64 random(key.low);
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t word = random();
        for (std::size_t j = i; j < std::min(size, i + 8); ++j)
            bytes[j] = static_cast<std::byte>(word >> (8 * (j - i)));
    }
    return bytes;
}

inline Bytes readAll(const ChunkBlob& blob) {
    Bytes bytes(static_cast<std::size_t>(blob.watermark()));
    const Result<void> done = blob.read(0, bytes);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return bytes;
}

inline bool publish(ChunkStore& store, const ChunkKey& key, const Bytes& payload,
                    Budget budget = Budget::General, const ChunkAbout& about = {}) {
    const auto writer = store.create(key, budget, about);
    EXPECT_TRUE(writer->append(payload));
    return writer->publish();
}

inline Bytes fileContent(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

inline void writeFile(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file.good()) << path;
}

/// Flips one bit of a file in place, so that open descriptors see it too.
inline void flipBit(const std::filesystem::path& path, std::int64_t offset, int bit) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(offset);
    const int old = file.get();
    file.seekp(offset);
    file.put(static_cast<char>(old ^ (1 << bit)));
    ASSERT_TRUE(file.good()) << path;
}

/// A store in a fresh directory, with room for `chunks` chunks of kChunkPayload bytes.
class CacheTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kChunkPayload = 150'000; // three blocks, the last one short
    static constexpr std::int64_t kChunkFile = 150'000 + kHeaderBytes + 4 * 8;

    /// The background thread evicts at once but does the rest only when a test says flush().
    StoreOptions optionsFor(int chunks, int firstChunks = 1) {
        return {.directory = directory(),
                .budgetBytes = chunks * kChunkFile,
                .firstChunkBudgetBytes = firstChunks * kChunkFile,
                .minFreeBytes = 0,
                .flushInterval = std::chrono::hours(1),
                .fileSystem = fs_};
    }
    void open(int chunks, int firstChunks = 1) { open(optionsFor(chunks, firstChunks)); }
    void open(const StoreOptions& options) {
        store_.reset(); // the old one first: it flushes
        store_ = ChunkStore::open(options);
    }

    std::filesystem::path directory() const { return temp_.path() / "cache"; }
    std::filesystem::path fileOf(const ChunkKey& key) const {
        return directory() / "chunks" / key.hex().substr(0, 2) / key.hex();
    }
    std::filesystem::path index() const { return directory() / "index.db"; }
    int numTemporaries() const {
        int count = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(directory() / "tmp"))
            ++count;
        return count;
    }

    Bytes payload(std::uint64_t number) const { return payloadOf(keyOf(number), kChunkPayload); }
    bool publish(std::uint64_t number, Budget budget = Budget::General) {
        return cache::publish(*store_, keyOf(number), payload(number), budget);
    }
    /// Whether the chunk is found, and then its bytes are right.
    bool has(std::uint64_t number) {
        const auto blob = store_->find(keyOf(number));
        if (!blob)
            return false;
        EXPECT_EQ(readAll(*blob), payload(number));
        return true;
    }

    test::TempDir temp_;
    std::shared_ptr<FaultyFileSystem> fs_ = std::make_shared<FaultyFileSystem>();
    std::unique_ptr<ChunkStore> store_;
};

} // namespace segue::cache
