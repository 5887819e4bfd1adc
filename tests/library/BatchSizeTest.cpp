// Transactions of a scan: large where they are quick, and never long where they are not.
#include "library/BatchSize.h"

#include <gtest/gtest.h>

namespace segue::library {
namespace {

using namespace std::chrono_literals;

TEST(BatchSize, GrowsWhileBatchesAreQuick) {
    BatchSize batch;
    EXPECT_EQ(batch.files(), BatchSize::kLeast);
    for (std::size_t expected = 2 * BatchSize::kLeast; expected <= BatchSize::kMost;
         expected *= 2) {
        batch.wrote(batch.files(), 10ms);
        EXPECT_EQ(batch.files(), expected);
    }
    batch.wrote(batch.files(), 10ms);
    EXPECT_EQ(batch.files(), BatchSize::kMost);
}

TEST(BatchSize, ShrinksWhenABatchTakesLongAndStaysWhereItFits) {
    BatchSize batch;
    batch.wrote(batch.files(), 10ms);
    batch.wrote(batch.files(), 10ms);
    const std::size_t large = batch.files();
    batch.wrote(large, BatchSize::kLongest + 1ms);
    EXPECT_EQ(batch.files(), large / 2);
    batch.wrote(batch.files(), BatchSize::kLongest * 3 / 4);
    EXPECT_EQ(batch.files(), large / 2);
    for (int i = 0; i < 10; ++i)
        batch.wrote(batch.files(), 10s);
    EXPECT_EQ(batch.files(), BatchSize::kLeast);
}

TEST(BatchSize, ASmallBatchTellsNothing) {
    BatchSize batch;
    batch.wrote(BatchSize::kLeast - 1, 1ms);
    EXPECT_EQ(batch.files(), BatchSize::kLeast);
    batch.wrote(BatchSize::kLeast, 1ms);
    batch.wrote(BatchSize::kLeast, 10s);
    EXPECT_EQ(batch.files(), 2 * BatchSize::kLeast);
}

} // namespace
} // namespace segue::library
