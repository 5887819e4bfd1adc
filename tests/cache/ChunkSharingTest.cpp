// Two stores over one directory, as two processes have them: one truth, one budget.

#include <gtest/gtest.h>

#include "CacheFixture.h"

namespace segue::cache {
namespace {

class ChunkSharingTest : public CacheTest {
  protected:
    void openBoth(int chunks) {
        open(chunks, chunks);
        second_ = ChunkStore::open(optionsFor(chunks, chunks));
    }
    bool publishTo(ChunkStore& store, std::uint64_t number) {
        return cache::publish(store, keyOf(number), payload(number));
    }
    int filesOnDisk() const {
        int count = 0;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(directory() / "chunks"))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    std::unique_ptr<ChunkStore> second_;
};

TEST_F(ChunkSharingTest, BudgetsHoldForAllProcessesTogether) {
    openBoth(4);
    for (std::uint64_t i = 1; i <= 4; ++i)
        publishTo(*store_, i);
    for (std::uint64_t i = 11; i <= 13; ++i)
        publishTo(*second_, i);
    second_->flush();
    EXPECT_EQ(filesOnDisk(), 4);
    EXPECT_EQ(second_->stats().bytes, 4 * kChunkFile);
    store_->flush();
    EXPECT_EQ(filesOnDisk(), 4); // and no more than need be is evicted
    EXPECT_EQ(store_->stats().bytes, 4 * kChunkFile);
    EXPECT_TRUE(has(4));
    EXPECT_TRUE(has(13));
    EXPECT_FALSE(has(1));
}

TEST_F(ChunkSharingTest, WhatOneProcessUsesTheOtherDoesNotEvict) {
    openBoth(3);
    for (std::uint64_t i = 1; i <= 3; ++i)
        publishTo(*store_, i);
    store_->flush();
    second_->flush(); // knows all three, in their order
    EXPECT_TRUE(has(1));
    store_->flush(); // writes that 1 was used
    publishTo(*second_, 4);
    second_->flush();
    EXPECT_TRUE(second_->find(keyOf(1)));
    EXPECT_FALSE(second_->find(keyOf(2)));
}

TEST_F(ChunkSharingTest, ChunksThatAnotherProcessRemovedAreForgotten) {
    openBoth(4);
    publishTo(*store_, 1);
    publishTo(*store_, 2);
    second_->flush();
    EXPECT_EQ(second_->stats().chunks, 2);
    const std::vector<ChunkKey> keys{keyOf(1)};
    EXPECT_EQ(second_->remove(keys).chunks, 1);
    store_->flush();
    EXPECT_EQ(store_->stats().chunks, 1);
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
}

TEST_F(ChunkSharingTest, UsageOfAllProcessesAddsUp) {
    openBoth(4);
    const ChunkAbout about{.source = {1, 2}, .stream = {3, 4}, .preset = "warm"};
    cache::publish(*store_, keyOf(1), payload(1), Budget::General, about);
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(second_->find(keyOf(1)));
    EXPECT_TRUE(second_->find(keyOf(1)));
    store_->flush();
    second_->flush();
    store_->flush();
    for (const auto* store : {store_.get(), second_.get()}) {
        const auto usage = store->usage();
        ASSERT_EQ(usage.size(), 1U);
        EXPECT_EQ(usage[0].hits, 3);
        EXPECT_EQ(usage[0].published, 1);
    }
}

TEST_F(ChunkSharingTest, ALeaseInAnotherProcessReadsOnWhenItsChunkIsEvicted) {
    openBoth(1);
    publishTo(*store_, 1);
    const auto held = store_->find(keyOf(1));
    ASSERT_TRUE(held);
    publishTo(*second_, 2);
    second_->flush();
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_EQ(readAll(*held), payload(1));
    store_->flush();
    EXPECT_LE(store_->stats().bytes, kChunkFile);
}

} // namespace
} // namespace segue::cache
