// Which repair is chosen when the fault is only known by probabilities: shapes are one band each,
// so that what a repair leaves can be told by eye.

#include <cmath>

#include <gtest/gtest.h>

#include "processing/mastering/FaultPosterior.h"

namespace segue::mastering {
namespace {

// Two faults that share no band; an amount of 1 is a change of 1 dB.
const std::vector<double> kApart{1, 0, 0, 1};
constexpr double kMostDb = 100;

TEST(FaultPosterior, NothingIsTakenBackWhereNothingIsLikely) {
    EXPECT_EQ(bestRepair({{}, 1}, kApart, kMostDb), (std::vector<double>{0, 0}));
    EXPECT_EQ(bestRepair({{{0, 4, 0.5, 0.1}}, 0.9}, kApart, kMostDb), (std::vector<double>{0, 0}));
}

TEST(FaultPosterior, ACertainFaultGoesWhole) {
    const std::vector<double> repair = bestRepair({{{1, -4, 0.5, 1}}, 0}, kApart, kMostDb);
    EXPECT_EQ(repair[0], 0);
    EXPECT_LE(repair[1], -2);
    EXPECT_GE(repair[1], -4.5);
}

TEST(FaultPosterior, OfTwoFaultsTheLikelierGoesAndNotALittleOfBoth) {
    const FaultPosterior posterior{{{0, 4, 0.5, 0.6}, {1, 4, 0.5, 0.4}}, 0};
    const std::vector<double> repair = bestRepair(posterior, kApart, kMostDb);
    EXPECT_LT(std::abs(repair[0] - 4), 2.1);
    EXPECT_EQ(repair[1], 0);
}

TEST(FaultPosterior, FaultsThatLookAlikeAreTakenBackTogether) {
    // The same bands: whichever it is, half and half of both takes all of it back.
    const FaultPosterior posterior{{{0, 4, 0.1, 0.5}, {1, 4, 0.1, 0.5}}, 0};
    const std::vector<double> repair = bestRepair(posterior, {1, 1, 1, 1}, kMostDb);
    EXPECT_NEAR(repair[0] + repair[1], 4, 2);
}

TEST(FaultPosterior, ARepairThatItsBoundMakesUselessIsNotTried) {
    // 2 of 8 dB would be a quarter of the fault: worth nothing, and harm where there is none.
    const FaultPosterior posterior{{{0, 8, 0.1, 0.9}}, 0.1};
    EXPECT_NE(bestRepair(posterior, kApart, kMostDb)[0], 0);
    EXPECT_EQ(bestRepair(posterior, kApart, 2)[0], 0);
}

} // namespace
} // namespace segue::mastering
