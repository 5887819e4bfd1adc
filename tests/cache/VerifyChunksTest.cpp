#include "cache/VerifyChunks.h"

#include <gtest/gtest.h>

#include "CacheFixture.h"

namespace segue::cache {
namespace {

class VerifyChunksTest : public CacheTest {
  protected:
    const std::atomic<bool> cancel_{false};
};

TEST_F(VerifyChunksTest, GoodChunksAreGoodBesideAnOpenStore) {
    open(5);
    publish(1);
    publish(2, Budget::FirstChunk);
    double last = 0;
    const Verification all = verifyChunks(
        directory(), BadChunks::Remove, [&](double part) { last = part; }, cancel_);
    EXPECT_EQ(all.chunks, 2);
    EXPECT_EQ(all.bytes, 2 * kChunkFile);
    EXPECT_TRUE(all.bad.empty());
    EXPECT_EQ(last, 1.0);
    EXPECT_TRUE(has(1));
}

TEST_F(VerifyChunksTest, AWrongBitAnywhereIsFoundAndTheChunkRemovedIfWanted) {
    open(5);
    publish(1);
    publish(2);
    store_.reset();
    flipBit(fileOf(keyOf(2)), kHeaderBytes + 149'999, 0);
    for (const BadChunks badChunks : {BadChunks::Keep, BadChunks::Remove}) {
        const Verification all = verifyChunks(directory(), badChunks, {}, cancel_);
        EXPECT_EQ(all.chunks, 2);
        ASSERT_EQ(all.bad.size(), 1U);
        EXPECT_EQ(all.bad[0].name, keyOf(2).hex());
        EXPECT_EQ(all.bad[0].removed, badChunks == BadChunks::Remove);
        EXPECT_EQ(std::filesystem::exists(fileOf(keyOf(2))), badChunks == BadChunks::Keep);
    }
    open(5);
    EXPECT_TRUE(has(1));
    EXPECT_FALSE(has(2));
}

TEST_F(VerifyChunksTest, ForeignFilesAndAMissingDirectoryAreNothing) {
    open(5);
    publish(1);
    writeFile(directory() / "chunks" / "ab" / "README", payload(1));
    EXPECT_EQ(verifyChunks(directory(), BadChunks::Remove, {}, cancel_).chunks, 1);
    EXPECT_TRUE(std::filesystem::exists(directory() / "chunks" / "ab" / "README"));
    EXPECT_EQ(verifyChunks(directory() / "none", BadChunks::Remove, {}, cancel_).chunks, 0);
}

TEST_F(VerifyChunksTest, EndsWhenItIsCancelled) {
    open(5);
    publish(1);
    const std::atomic<bool> cancelled{true};
    const Verification all = verifyChunks(directory(), BadChunks::Remove, {}, cancelled);
    EXPECT_TRUE(all.cancelled);
    EXPECT_EQ(all.chunks, 0);
}

} // namespace
} // namespace segue::cache
