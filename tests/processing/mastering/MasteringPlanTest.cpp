// Plans as values: pure, told apart by their hash, scaled by intensity, held back where they would
// do harm.

#include <algorithm>
#include <ctime>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Corridor.h"
#include "processing/mastering/MasteringPlan.h"
#include "tests/support/Analyses.h"

namespace segue::mastering {
namespace {

using test::analysisOfMusic;

TEST(MasteringPlan, IsAPureFunction) {
    const analysis::TrackAnalysis a = analysisOfMusic(0.3);
    EXPECT_EQ(hashOf(makePlan(a, "live", 0.7)),
              hashOf(makePlan(analysisOfMusic(0.3), "live", 0.7)));
}

TEST(MasteringPlan, SurvivesTheStorageOfItsAnalysis) {
    const analysis::TrackAnalysis a = analysisOfMusic(0.3);
    const auto stored = analysis::deserialize(analysis::serialize(a));
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(hashOf(makePlan(a, "bright", 1.0)), hashOf(makePlan(*stored, "bright", 1.0)));
}

TEST(MasteringPlan, EveryPresetAndIntensityIsAnotherPlan) {
    const analysis::TrackAnalysis a = analysisOfMusic(0.3);
    std::set<Hash128> hashes;
    for (const Preset& preset : builtInPresets())
        for (const double intensity : {0.25, 0.5, 1.0})
            hashes.insert(hashOf(makePlan(a, preset.name, intensity)));
    EXPECT_EQ(hashes.size(), 18u);
    for (const Preset& preset : builtInPresets())
        hashes.insert(hashOf(makePlan(a, preset.name, 0.0)));
    EXPECT_EQ(hashes.size(), 19u) << "intensity 0 is one and the same bypass";
}

TEST(MasteringPlan, IntensityScalesTheWayToTheTarget) {
    const analysis::TrackAnalysis a = analysisOfMusic(0.1);
    const MasteringPlan half = makePlan(a, "adaptive", 0.5);
    EXPECT_NEAR(half.targetLufs, (a.integratedLufs - 14) / 2, 1e-9);
    EXPECT_NEAR(half.predictedLufs, half.targetLufs, 0.01);
}

TEST(MasteringPlan, NeverMoreThanEighteenDbOfGain) {
    const MasteringPlan plan = makePlan(analysisOfMusic(0.002), "adaptive", 1.0);
    EXPECT_LE(plan.limiter.inputGainDb, 18.0);
    ASSERT_FALSE(plan.heldBackBy.empty());
    EXPECT_NE(plan.heldBackBy.back().find("18 dB"), std::string::npos);
}

TEST(MasteringPlan, TheLimiterTakesNoMoreThanNineDb) {
    // Quiet music with loud clicks: reaching the target would crush them.
    const MasteringPlan plan = makePlan(analysisOfMusic(0.1, 0.9), "adaptive", 1.0);
    EXPECT_GE(plan.predictedLimitingDb, -9.01);
    ASSERT_FALSE(plan.heldBackBy.empty());
    EXPECT_NE(plan.heldBackBy.back().find("limiter"), std::string::npos);
}

TEST(MasteringPlan, MuchLimitingLeavesRoomForLossyEncoders) {
    int withRoom = 0;
    for (double click = 0.05; click < 0.5; click += 0.05) {
        const analysis::TrackAnalysis source = analysisOfMusic(0.1, click);
        const MasteringPlan plan = makePlan(source, "punchy", 1.0);
        const double room = -1 - plan.limiter.ceilingDbtp;
        EXPECT_GE(room, 0);
        EXPECT_LE(room, 1);
        EXPECT_GE(plan.predictedLimitingDb, -9.01);
        const bool saysSo =
            std::any_of(plan.summary.begin(), plan.summary.end(), [](const std::string& line) {
                return line.find("lossy encoders") != line.npos;
            });
        EXPECT_EQ(saysSo, room > 0) << click;
        if (plan.predictedLimitingDb > -3) {
            EXPECT_EQ(room, 0) << click << ": limits " << plan.predictedLimitingDb;
        }
        if (room > 0)
            ++withRoom;

        PlanRequest named = builtInRequest("punchy");
        named.ceilingDbtp = -1;
        const MasteringPlan asNamed = makePlan(source, named);
        EXPECT_EQ(asNamed.limiter.ceilingDbtp, -1);
        // Whoever would be on target without the room is so with it.
        if (asNamed.targetLufs - asNamed.predictedLufs < 0.5) {
            EXPECT_NEAR(plan.predictedLufs, asNamed.predictedLufs, 0.05) << click;
        }
    }
    EXPECT_GT(withRoom, 2);
}

TEST(MasteringPlan, CorrectionStaysWithinItsBoundsAndOutOfTheCorridor) {
    analysis::TrackAnalysis a = analysisOfMusic(0.3);
    for (int i = 0; i < analysis::kNumThirdOctaves; ++i) {
        a.midDb[static_cast<std::size_t>(i)] = Corridor::centreDb(analysis::thirdOctaveHz(i)) - 20;
        a.sideDb[static_cast<std::size_t>(i)] = analysis::TrackAnalysis::kSilenceDb;
    }
    for (const double gain : builtInCorrection(a).tone.mid)
        EXPECT_EQ(gain, 0) << "inside the corridor nothing is corrected";
    for (int i = 10; i <= 12; ++i)
        a.midDb[static_cast<std::size_t>(i)] += 15;
    const ToneGains gains = builtInCorrection(a).tone.mid;
    EXPECT_LT(gains[11], -3) << "a hump at 250 Hz comes down";
    for (const double gain : gains)
        EXPECT_LE(std::abs(gain), kMaxCorrectionDb);
}

TEST(MasteringPlan, AWeakBandIsLiftedAnEmptyOneIsNot) {
    analysis::TrackAnalysis a = analysisOfMusic(0.3);
    for (int i = 0; i < analysis::kNumThirdOctaves; ++i) {
        a.midDb[static_cast<std::size_t>(i)] = Corridor::centreDb(analysis::thirdOctaveHz(i)) - 20;
        a.sideDb[static_cast<std::size_t>(i)] = analysis::TrackAnalysis::kSilenceDb;
    }
    const auto with = [&](int from, int to, double db) {
        analysis::TrackAnalysis changed = a;
        for (int i = from; i <= to; ++i)
            changed.midDb[static_cast<std::size_t>(i)] += db;
        return builtInCorrection(changed).tone.mid;
    };
    EXPECT_GT(with(4, 6, -12)[5], 1) << "62 Hz a little weak";
    EXPECT_LE(with(4, 6, -12)[5], 3);
    EXPECT_EQ(with(4, 6, -40)[5], 0) << "62 Hz empty";
    EXPECT_EQ(with(0, 3, -16)[0], 0) << "nothing is lifted below 45 Hz";
}

TEST(MasteringPlan, TwoHoursArePlannedInAMoment) {
    analysis::TrackAnalysis a = analysisOfMusic(0.3);
    const auto repeat = [](auto& curve) {
        const auto once = curve;
        for (int i = 1; i < 240; ++i)
            curve.insert(curve.end(), once.begin(), once.end());
    };
    repeat(a.loudnessCurve);
    repeat(a.peakCurve);
    repeat(a.chainPeakCurve);
    for (auto& curve : a.bandCurves)
        repeat(curve);
    a.numFrames *= 240;
    const MasteringPlan once = makePlan(analysisOfMusic(0.3), "punchy");
    const auto start = std::clock();
    const MasteringPlan plan = makePlan(a, "punchy");
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0);
    EXPECT_NEAR(plan.limiter.inputGainDb, once.limiter.inputGainDb, 0.1);
}

TEST(MasteringPlan, JsonHasTheWordsAndTheNumbers) {
    const auto json = nlohmann::json::parse(toJson(makePlan(analysisOfMusic(0.3), "warm", 1.0)));
    EXPECT_EQ(json["preset"], "warm");
    EXPECT_FALSE(json["summary"].empty());
    EXPECT_EQ(json["id"].get<std::string>().size(), 32u);
    EXPECT_EQ(json["tone"].size(), 31u);
    EXPECT_EQ(json["bands"].size(), 4u);
}

TEST(MasteringPlan, FrequenciesReadLikePeopleWriteThem) {
    Preset preset;
    preset.toneDb = {0, -6, 6, -6, 6};
    PlanRequest request;
    request.preset = preset;
    std::string all;
    for (const std::string& line : makePlan(analysisOfMusic(0.3), request).summary)
        all += line + '\n';
    EXPECT_EQ(all.find("e+"), std::string::npos) << all;
    EXPECT_NE(all.find(" dB around 250 Hz"), std::string::npos) << all;
}

} // namespace
} // namespace segue::mastering
