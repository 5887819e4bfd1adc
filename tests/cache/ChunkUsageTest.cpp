// Who used the cache for what: figures by track and preset, and removing by them.

#include <algorithm>

#include <gtest/gtest.h>

#include "CacheFixture.h"

namespace segue::cache {
namespace {

constexpr Hash128 kTrack{7, 1}, kOther{7, 2};

class ChunkUsageTest : public CacheTest {
  protected:
    static ChunkAbout about(const Hash128& source, const std::string& preset,
                            std::uint32_t chunk = 0) {
        return {.source = source, .stream = {9, source.low}, .preset = preset, .chunk = chunk};
    }
    bool publishAs(std::uint64_t number, const ChunkAbout& about) {
        return cache::publish(*store_, keyOf(number), payload(number), Budget::General, about);
    }
    Usage usageOf(const Hash128& source, const std::string& preset) {
        for (const Usage& usage : store_->usage())
            if (usage.source == source && usage.preset == preset)
                return usage;
        return {};
    }
};

TEST_F(ChunkUsageTest, HitsMissesAndRendersAreKnownByTrackAndPreset) {
    open(5);
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(publishAs(1, about(kTrack, "warm")));
    EXPECT_TRUE(publishAs(2, about(kTrack, "live")));
    EXPECT_TRUE(publishAs(3, about(kOther, "warm")));
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(3));
    EXPECT_EQ(usageOf(kTrack, "warm"), (Usage{.source = kTrack,
                                              .preset = "warm",
                                              .hits = 2,
                                              .misses = 2,
                                              .rendersSaved = 2,
                                              .published = 1}));
    EXPECT_EQ(usageOf(kTrack, "live").hits, 0);
    EXPECT_EQ(usageOf(kOther, "warm").hits, 1);
    EXPECT_EQ(usageOf(kOther, "warm").misses, 0);
    EXPECT_EQ(store_->usage().size(), 3U);
}

TEST_F(ChunkUsageTest, AHitOnAChunkThatSomebodyHasOpenSavesNoRender) {
    open(5);
    publishAs(1, about(kTrack, "warm"));
    const auto held = store_->find(keyOf(1));
    EXPECT_TRUE(has(1));
    EXPECT_EQ(store_->stats().hits, 2);
    EXPECT_EQ(store_->stats().rendersSaved, 1);
    EXPECT_EQ(usageOf(kTrack, "warm").rendersSaved, 1);
}

TEST_F(ChunkUsageTest, UsageSurvivesARestartAndGrows) {
    for (int round = 1; round <= 3; ++round) {
        open(5);
        publishAs(1, about(kTrack, "warm"));
        EXPECT_TRUE(has(1));
        EXPECT_EQ(usageOf(kTrack, "warm").hits, round);
        EXPECT_EQ(usageOf(kTrack, "warm").published, round);
        store_.reset();
    }
}

TEST_F(ChunkUsageTest, EvictionIsCountedForItsTrack) {
    open(2);
    publishAs(1, about(kTrack, "warm"));
    publishAs(2, about(kOther, "warm"));
    publishAs(3, about(kOther, "warm"));
    store_->flush();
    EXPECT_EQ(usageOf(kTrack, "warm").evicted, 1);
    EXPECT_EQ(usageOf(kOther, "warm").evicted, 0);
}

TEST_F(ChunkUsageTest, WhatAChunkIsAPieceOfSurvivesARestartWithAndWithoutTheIndex) {
    const ChunkAbout full{.source = kTrack,
                          .stream = {1, 2},
                          .preset = std::string(kMaxPresetBytes, 'p'),
                          .intensity = 0.125,
                          .chunk = 9,
                          .sampleRateHz = 192'000,
                          .numChannels = 8,
                          .bitsPerSample = 32,
                          .dithered = true,
                          .numFrames = std::int64_t{1} << 40};
    open(5);
    publishAs(1, full);
    for (const bool withIndex : {true, false}) {
        store_.reset();
        if (!withIndex)
            std::filesystem::remove(index());
        open(5);
        const auto all = store_->list();
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0].about, full);
        EXPECT_EQ(all[0].bytes, kChunkFile);
        EXPECT_EQ(all[0].key, keyOf(1));
    }
}

TEST_F(ChunkUsageTest, RemovedChunksAreGoneButTheirReadersGoOn) {
    open(5);
    publishAs(1, about(kTrack, "warm"));
    publishAs(2, about(kOther, "warm"));
    const auto held = store_->find(keyOf(1));
    const std::vector<ChunkKey> keys{keyOf(1), keyOf(77)};
    const Removed removed = store_->remove(keys);
    EXPECT_EQ(removed.chunks, 1);
    EXPECT_EQ(removed.bytes, kChunkFile);
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(has(2));
    EXPECT_EQ(readAll(*held), payload(1));
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    open(5);
    EXPECT_EQ(store_->list().size(), 1U);
}

TEST_F(ChunkUsageTest, AFileThatCannotBeRemovedStaysKnown) {
    open(5);
    publishAs(1, about(kTrack, "warm"));
    fs_->failFrom(FaultyFileSystem::Op::Remove, EROFS);
    const std::vector<ChunkKey> keys{keyOf(1)};
    EXPECT_EQ(store_->remove(keys).chunks, 0);
    EXPECT_EQ(store_->list().size(), 1U);
    EXPECT_TRUE(has(1));
}

} // namespace
} // namespace segue::cache
