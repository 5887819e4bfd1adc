// When the library is learned from, what is kept of it, and what happens when that fails. What is
// learned is made up: how many analyses there were.
#include "backend/CorridorKeeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "tests/backend/WavFile.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

class CorridorKeeperTest : public ::testing::Test {
  protected:
    CorridorKeeperTest() {
        std::filesystem::create_directory(dir.path() / "music");
        library = *library::Library::open(dir.path() / "library.db", {dir.path() / "music"});
        restart();
    }
    CorridorLearning learning() {
        return {.minTracks = 4,
                .learn = [this](const auto& analyses) -> Result<std::string> {
                    ++learned;
                    if (failing)
                        return fail(ErrorCode::InvalidArgument, "nothing to learn");
                    return std::to_string(analyses.size());
                },
                .parse = [](const std::string& bytes)
                    -> Result<std::shared_ptr<const mastering::LearnedCorridor>> {
                    if (bytes == "bad")
                        return fail(ErrorCode::Corrupt, "bad");
                    return nullptr;
                }};
    }
    void restart() {
        keeper = std::make_unique<CorridorKeeper>(*library, learning(), [this] { return nowMs; });
    }
    /// As if so many more tracks had been analysed.
    void analyse(int count) {
        for (int i = 0; i < count; ++i, ++tracks)
            test::writeWav(dir.path() / "music" / (std::to_string(tracks) + ".wav"),
                           test::noise(1, 100, 0.3, static_cast<unsigned>(tracks)), 8000);
        ASSERT_TRUE(library->scan({}, go).has_value());
        const auto lacking = library->withoutAnalysis(analysis::kAnalysisVersion, 1000);
        for (const library::TrackId id : *lacking) {
            ASSERT_TRUE(library->putAnalysis(
                *library->refresh(id)->contentId, analysis::kAnalysisVersion,
                library::AnalysisKind::Full, analysis::serialize(anyAnalysis())));
            keeper->analysisMade();
            keeper->learnIfDue(go);
        }
    }
    static analysis::TrackAnalysis anyAnalysis() {
        analysis::TrackAnalysis made;
        made.sampleRateHz = 8000;
        made.numChannels = 1;
        made.numFrames = 100;
        made.dcOffset = {0.0};
        return made;
    }
    std::int64_t version() { return keeper->newest().number; }

    test::TempDir dir;
    const std::atomic<bool> go{false};
    std::unique_ptr<library::Library> library;
    std::unique_ptr<CorridorKeeper> keeper;
    std::int64_t nowMs = 1'700'000'000'000;
    int tracks = 0, learned = 0;
    bool failing = false;
};

TEST_F(CorridorKeeperTest, LearnsFromEnoughTracksAndAgainWhenTheyAreAQuarterMore) {
    analyse(3);
    EXPECT_EQ(version(), 0);
    EXPECT_EQ(keeper->status().analysed, 3);
    EXPECT_EQ(keeper->status().nextAt, 4);
    analyse(1);
    EXPECT_EQ(version(), 1);
    EXPECT_EQ(keeper->status().tracks, 4);
    EXPECT_EQ(keeper->status().createdMs, nowMs);
    EXPECT_EQ(library->newestCorridor().value()->bytes, "4");
    EXPECT_EQ(keeper->status().nextAt, 5);
    analyse(1);
    EXPECT_EQ(version(), 2);
    EXPECT_EQ(keeper->status().nextAt, 7);
    analyse(1);
    EXPECT_EQ(version(), 2);
    analyse(1);
    EXPECT_EQ(version(), 3);
    EXPECT_EQ(learned, 3);
}

TEST_F(CorridorKeeperTest, KnowsItsVersionsAfterARestart) {
    analyse(5);
    restart();
    EXPECT_EQ(version(), 2);
    EXPECT_EQ(keeper->status().tracks, 5);
    keeper->learnIfDue(go);
    EXPECT_EQ(keeper->status().analysed, 5);
    EXPECT_EQ(learned, 2) << "nothing has grown";
    EXPECT_EQ(keeper->find(1)->number, 1);
    EXPECT_EQ(keeper->find(0)->number, 0);
    EXPECT_FALSE(keeper->find(3).has_value());
}

TEST_F(CorridorKeeperTest, WhatWasAnalysedBeforeIsLearnedFromAtTheStart) {
    keeper = std::make_unique<CorridorKeeper>(*library, CorridorLearning{});
    analyse(6);
    EXPECT_EQ(version(), 0) << "one that does not learn";
    EXPECT_EQ(keeper->status().nextAt, 0);
    restart();
    keeper->learnIfDue(go);
    EXPECT_EQ(version(), 1);
    EXPECT_EQ(keeper->status().tracks, 6);
}

TEST_F(CorridorKeeperTest, AFailureLeavesTheVersionBeforeAndIsNotRepeatedForEachTrack) {
    analyse(4);
    failing = true;
    analyse(1);
    EXPECT_EQ(version(), 1);
    EXPECT_EQ(learned, 2);
    analyse(1);
    EXPECT_EQ(learned, 2);
    failing = false;
    analyse(1);
    EXPECT_EQ(version(), 2);
    EXPECT_EQ(keeper->status().tracks, 7);
}

TEST_F(CorridorKeeperTest, AStoredVersionThatCannotBeReadIsLearnedAnew) {
    analyse(4);
    ASSERT_TRUE(library->putCorridor({0, nowMs, 100, "bad"}).has_value());
    restart();
    EXPECT_EQ(version(), 0);
    EXPECT_FALSE(keeper->find(2).has_value());
    keeper->learnIfDue(go);
    EXPECT_EQ(version(), 3);
}

TEST_F(CorridorKeeperTest, NothingIsLearnedWhileSegueStops) {
    keeper = std::make_unique<CorridorKeeper>(*library, CorridorLearning{});
    analyse(6);
    restart();
    const std::atomic<bool> cancel{true};
    keeper->learnIfDue(cancel);
    EXPECT_EQ(learned, 0);
    EXPECT_EQ(version(), 0);
}

} // namespace
} // namespace segue::backend
