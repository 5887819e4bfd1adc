// Plans of albums: tracks keep their distances, rules hold for each, and room for lossy encoders
// costs no loudness.

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "enhance/AlbumPlan.h"
#include "processing/mastering/MasteringPlan.h"
#include "tests/support/Analyses.h"

namespace segue::enhance {
namespace {

using analysis::TrackAnalysis;
using mastering::MasteringPlan;

constexpr double kMostLimitingDb = 9;

double louderLu(const MasteringPlan& plan) {
    return plan.predictedLufs - plan.sourceLufs;
}

TEST(AlbumPlan, EveryTrackBecomesAsMuchLouder) {
    const TrackAnalysis loud = test::analysisOfMusic(0.2);
    const TrackAnalysis quiet = test::analysisOfMusic(0.05);
    const auto plans = plansOfAlbum({&loud, &quiet}, mastering::builtInRequest("adaptive"));
    ASSERT_EQ(plans.size(), 2u);
    EXPECT_NEAR(louderLu(plans[0]), louderLu(plans[1]), 0.02);
    EXPECT_GT(louderLu(plans[0]), 1);
}

TEST(AlbumPlan, RoomForLossyEncodersCostsNoLoudness) {
    // An album that is on target, whose louder track the limiter has to take more from.
    const TrackAnalysis loud = test::analysisOfMusic(0.3);
    int withRoom = 0;
    int givenUp = 0;
    for (double click = 0.02; click < 0.27; click += 0.04) {
        const TrackAnalysis clicks = test::analysisOfMusic(0.2, click);
        const auto request = mastering::builtInRequest("punchy");
        auto named = request;
        named.ceilingDbtp = mastering::ceilingDbtp(request);
        const auto plans = plansOfAlbum({&loud, &clicks}, request);
        const auto asNamed = plansOfAlbum({&loud, &clicks}, named);
        for (std::size_t i = 0; i < plans.size(); ++i) {
            EXPECT_GE(plans[i].predictedLimitingDb, -kMostLimitingDb - 0.01) << click;
            EXPECT_LE(plans[i].limiter.ceilingDbtp, asNamed[i].limiter.ceilingDbtp) << click;
            withRoom += plans[i].limiter.ceilingDbtp < asNamed[i].limiter.ceilingDbtp ? 1 : 0;
            givenUp += std::any_of(
                plans[i].summary.begin(), plans[i].summary.end(),
                [](const std::string& line) { return line.find("less room") != line.npos; });
            EXPECT_NEAR(louderLu(plans[i]), louderLu(asNamed[i]), 0.15) << click;
        }
        EXPECT_NEAR(louderLu(plans[0]), louderLu(plans[1]), 0.02) << click;
    }
    EXPECT_GT(withRoom, 0);
    EXPECT_GT(givenUp, 0);
}

} // namespace
} // namespace segue::enhance
