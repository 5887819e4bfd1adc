#include <set>

#include <gtest/gtest.h>

#include "cache/ChunkStore.h"

namespace segue::cache {
namespace {

constexpr ChunkIdentity kIdentity{
    .content = {1, 2}, .plan = {3, 4}, .chainVersion = 5, .formatId = 6, .chunkIndex = 7};

TEST(ChunkKey, EveryFieldChangesIt) {
    std::vector<ChunkIdentity> all(8, kIdentity);
    all[1].content.high = 9;
    all[2].content.low = 9;
    all[3].plan.high = 9;
    all[4].plan.low = 9;
    all[5].chainVersion = 9;
    all[6].formatId = 9;
    all[7].chunkIndex = 9;
    std::set<ChunkKey> keys;
    for (const ChunkIdentity& identity : all)
        keys.insert(chunkKey(identity));
    EXPECT_EQ(keys.size(), all.size());
}

TEST(ChunkKey, FieldsThatSwapValuesGiveAnotherKey) {
    ChunkIdentity swapped = kIdentity;
    std::swap(swapped.content, swapped.plan);
    EXPECT_NE(chunkKey(swapped), chunkKey(kIdentity));
    swapped = kIdentity;
    std::swap(swapped.chainVersion, swapped.formatId);
    EXPECT_NE(chunkKey(swapped), chunkKey(kIdentity));
}

// A cache on disk outlives the program: another value here orphans it.
TEST(ChunkKey, StaysWhatItWas) {
    EXPECT_EQ(chunkKey(kIdentity).hex(), "bc2c4bbbb7160d7143642e1f70f451b5");
}

} // namespace
} // namespace segue::cache
