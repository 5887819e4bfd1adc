// Chunk files whose bytes are wrong: whatever was changed, a reader gets the right bytes, Corrupt,
// or nothing.

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "tests/support/Errors.h"

namespace segue::cache {
namespace {

class ChunkDamageTest : public CacheTest {
  protected:
    static constexpr std::size_t kSize = 70'000;
    const ChunkKey key_ = keyOf(1);
    const Bytes payload_ = payloadOf(key_, kSize);

    void publishOne() {
        open(3);
        ASSERT_TRUE(cache::publish(*store_, key_, payload_));
        store_->flush();
    }

    /// Reads every byte in pieces; true if all of them could be read, and then they are right.
    bool readsWhole(const ChunkBlob& blob, std::size_t step) {
        bool whole = true;
        for (std::size_t at = 0; at < kSize; at += step) {
            Bytes part(std::min(step, kSize - at));
            const auto done = blob.read(static_cast<std::int64_t>(at), part);
            if (done)
                EXPECT_TRUE(std::equal(part.begin(), part.end(), payload_.begin() + at))
                    << "wrong bytes served at " << at;
            else
                EXPECT_EQ(test::codeOf(done), ErrorCode::Corrupt) << done.error().message;
            whole = whole && done.has_value();
        }
        return whole;
    }
};

TEST_F(ChunkDamageTest, BitFlipAnywhereIsNeverServed) {
    publishOne();
    store_.reset();
    const Bytes good = fileContent(fileOf(key_));
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < kHeaderBytes; ++i)
        places.push_back(i);
    for (std::size_t i = kHeaderBytes; i < kHeaderBytes + kSize; i += 4999)
        places.push_back(i);
    for (std::size_t i = kHeaderBytes + kSize - 1; i < good.size(); ++i)
        places.push_back(i);
    open(3);
    for (const std::size_t place : places) {
        Bytes bad = good;
        bad[place] ^= static_cast<std::byte>(1 << (place % 8));
        writeFile(fileOf(key_), bad);
        const auto blob = store_->find(key_);
        if (place < kHeaderBytes || place >= kHeaderBytes + kSize) {
            EXPECT_FALSE(blob) << place;
            EXPECT_FALSE(std::filesystem::exists(fileOf(key_))) << place;
            continue;
        }
        ASSERT_TRUE(blob) << place;
        EXPECT_FALSE(readsWhole(*blob, kSize)) << place;
        EXPECT_FALSE(readsWhole(*blob, 10'000)) << place;
        store_->discard(key_, "checksum");
        EXPECT_FALSE(store_->find(key_));
    }
    EXPECT_EQ(store_->stats().corrupt, static_cast<std::int64_t>(places.size()));
}

TEST_F(ChunkDamageTest, FlipUnderAnOpenChunkIsNoticed) {
    publishOne();
    const auto blob = store_->find(key_); // the writer's own blob is gone by now
    ASSERT_TRUE(readsWhole(*blob, kSize));
    flipBit(fileOf(key_), kHeaderBytes + 100, 3);
    EXPECT_FALSE(readsWhole(*blob, kSize));
}

TEST_F(ChunkDamageTest, WriterBlobVerifiesOncePublished) {
    open(3);
    const auto writer = store_->create(key_, Budget::General, {});
    ASSERT_TRUE(writer->append(payload_));
    ASSERT_TRUE(writer->publish());
    flipBit(fileOf(key_), kHeaderBytes + 69'000, 0);
    Bytes part(1000);
    EXPECT_EQ(test::codeOf(writer->blob()->read(68'500, part)), ErrorCode::Corrupt);
    EXPECT_TRUE(writer->blob()->read(0, part)); // another block
}

TEST_F(ChunkDamageTest, TruncatedFileIsAMiss) {
    publishOne();
    store_.reset();
    const Bytes good = fileContent(fileOf(key_));
    open(3);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64},
                                   std::size_t{65'600}, good.size() - 1}) {
        writeFile(fileOf(key_), std::span(good).first(size));
        EXPECT_FALSE(store_->find(key_)) << size;
        EXPECT_FALSE(std::filesystem::exists(fileOf(key_))) << size;
    }
    Bytes longer = good;
    longer.push_back(std::byte{0});
    writeFile(fileOf(key_), longer);
    EXPECT_FALSE(store_->find(key_));
    writeFile(fileOf(key_), good);
    EXPECT_TRUE(store_->find(key_));
}

TEST_F(ChunkDamageTest, FileTruncatedWhileOpenGivesCorrupt) {
    publishOne();
    open(3);
    const auto blob = store_->find(key_);
    ASSERT_TRUE(blob);
    std::filesystem::resize_file(fileOf(key_), kHeaderBytes + 66'000);
    EXPECT_FALSE(readsWhole(*blob, kSize));
    EXPECT_FALSE(readsWhole(*blob, 5000));
}

TEST_F(ChunkDamageTest, FileOfAnotherKeyIsNotServed) {
    publishOne();
    const ChunkKey other = keyOf(2);
    writeFile(fileOf(other), fileContent(fileOf(key_)));
    EXPECT_FALSE(store_->find(other));
    EXPECT_TRUE(store_->find(key_));
}

TEST_F(ChunkDamageTest, BlocksThatChangedPlacesAreNotServed) {
    open(3);
    const Bytes payload = payloadOf(key_, 2 * 65536);
    ASSERT_TRUE(cache::publish(*store_, key_, payload));
    open(3);
    Bytes bad = fileContent(fileOf(key_));
    std::swap_ranges(bad.begin() + kHeaderBytes, bad.begin() + kHeaderBytes + 65536,
                     bad.begin() + kHeaderBytes + 65536);
    writeFile(fileOf(key_), bad);
    const auto blob = store_->find(key_);
    ASSERT_TRUE(blob);
    Bytes out(65536);
    EXPECT_EQ(test::codeOf(blob->read(0, out)), ErrorCode::Corrupt);
    EXPECT_EQ(test::codeOf(blob->read(65536, out)), ErrorCode::Corrupt);
}

TEST_F(ChunkDamageTest, VanishedFileIsAMiss) {
    publishOne();
    std::filesystem::remove(fileOf(key_));
    EXPECT_FALSE(store_->find(key_));
    EXPECT_FALSE(store_->contains(key_));
    EXPECT_EQ(store_->stats().bytes, 0);
    EXPECT_TRUE(cache::publish(*store_, key_, payload_));
    EXPECT_TRUE(store_->find(key_));
}

TEST_F(ChunkDamageTest, DirectoryInPlaceOfAChunkIsAMiss) {
    open(3);
    std::filesystem::create_directories(fileOf(key_));
    EXPECT_FALSE(store_->find(key_));
    EXPECT_FALSE(cache::publish(*store_, key_, payload_));
    EXPECT_EQ(store_->stats().writeFailures, 1);
}

TEST_F(ChunkDamageTest, SymbolicLinkIsNotFollowed) {
    publishOne();
    const ChunkKey other = keyOf(2);
    std::filesystem::create_directories(fileOf(other).parent_path());
    std::filesystem::create_symlink(fileOf(key_), fileOf(other));
    EXPECT_FALSE(store_->find(other));
}

} // namespace
} // namespace segue::cache
