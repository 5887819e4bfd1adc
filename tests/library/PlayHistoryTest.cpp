// What was played stays, is counted once, and is found without a walk.

#include <limits>

#include "library/PlayHistory.h"
#include "library/TrackTable.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using test::writeAudio;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PlayHistoryTest : public test::LibraryTest {
  protected:
    PlayHistoryTest() {
        for (const char* name : {"a.wav", "b.wav", "c.wav"})
            writeAudio(root / name, 1, 8000); // one second each
        library = open();
        scan(*library);
        a = idOf(*library, root / "a.wav");
        b = idOf(*library, root / "b.wav");
        c = idOf(*library, root / "c.wav");
    }

    bool play(TrackId track, std::int64_t startedMs, double seconds, UserId user = kOnlyUser) {
        const auto counted = library->putPlay({user, track, startedMs, seconds, PlaySource::Web});
        EXPECT_TRUE(counted) << counted.error().message;
        return counted.value_or(false);
    }
    PlayCount countOf(TrackId track, UserId user = kOnlyUser) const {
        return library->playCounts(user, std::vector{track}).value().at(0);
    }

    std::unique_ptr<Library> library;
    TrackId a = 0, b = 0, c = 0;
};

TEST(CountsAsPlayed, IsHalfOfTheTrackOrFourMinutes) {
    EXPECT_FALSE(countsAsPlayed(99, 200));
    EXPECT_TRUE(countsAsPlayed(100, 200));
    EXPECT_FALSE(countsAsPlayed(239, 3600));
    EXPECT_TRUE(countsAsPlayed(240, 3600));
    EXPECT_FALSE(countsAsPlayed(10, 0)); // nobody knows half of what
    EXPECT_TRUE(countsAsPlayed(240, 0));
}

TEST_F(PlayHistoryTest, WhatWasHeardForLongEnoughIsCounted) {
    EXPECT_TRUE(play(a, 1000, 0.6));
    EXPECT_TRUE(play(a, 9000, 1));
    EXPECT_TRUE(play(a, 5000, 1));
    EXPECT_FALSE(play(b, 2000, 0.2));
    const auto counts = library->playCounts(kOnlyUser, std::vector{b, a, c});
    ASSERT_TRUE(counts);
    EXPECT_THAT(*counts, ElementsAre(PlayCount{}, PlayCount{3, 9000}, PlayCount{}));
}

TEST_F(PlayHistoryTest, APlayThatIsToldAgainCountsOnceAndNeverGetsShorter) {
    EXPECT_FALSE(play(a, 1000, 0.2));
    EXPECT_TRUE(play(a, 1000, 0.7));
    EXPECT_TRUE(play(a, 1000, 0.9));
    EXPECT_TRUE(play(a, 1000, 0.1));
    EXPECT_EQ(countOf(a), (PlayCount{1, 1000}));
    library.reset();
    const auto db = Connection::open(database, Access::ReadWrite).value();
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM play"), 1);
    EXPECT_EQ(db->queryInt("SELECT round(seconds_heard * 10) FROM play"), 9);
}

TEST_F(PlayHistoryTest, EveryUserHasCountsOfHisOwn) {
    play(a, 1000, 1, 7);
    EXPECT_EQ(countOf(a), PlayCount{});
    EXPECT_EQ(countOf(a, 7), (PlayCount{1, 1000}));
    EXPECT_THAT(library->mostPlayed(7, 10).value(), ElementsAre(a));
    EXPECT_THAT(library->mostPlayed(kOnlyUser, 10).value(), ElementsAre());
}

TEST_F(PlayHistoryTest, MostPlayedGoesByCountAndThenByTime) {
    play(a, 1000, 1);
    play(b, 2000, 1);
    play(c, 3000, 1);
    play(b, 4000, 1);
    EXPECT_THAT(library->mostPlayed(kOnlyUser, 10).value(), ElementsAre(b, c, a));
    EXPECT_THAT(library->mostPlayed(kOnlyUser, 2).value(), ElementsAre(b, c));
    fs::remove(root / "b.wav");
    scan(*library);
    EXPECT_THAT(library->mostPlayed(kOnlyUser, 10).value(), ElementsAre(c, a));
    EXPECT_EQ(countOf(b).plays, 2); // for the day it comes back
}

TEST_F(PlayHistoryTest, SurvivesARestart) {
    play(a, 1000, 1);
    library = open();
    EXPECT_EQ(countOf(a), (PlayCount{1, 1000}));
}

TEST_F(PlayHistoryTest, NonsenseIsRefused) {
    const auto errorOfPlay = [&](const Play& play) { return errorOf(library->putPlay(play)); };
    EXPECT_EQ(errorOfPlay({kOnlyUser, 999, 1, 1, {}}), ErrorCode::NotFound);
    EXPECT_EQ(errorOfPlay({kOnlyUser, a, 0, 1, {}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOfPlay({kOnlyUser, a, 1, -1, {}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOfPlay({kOnlyUser, a, 1, std::numeric_limits<double>::quiet_NaN(), {}}),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->mostPlayed(kOnlyUser, 0)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->recentlyAdded(10'001)), ErrorCode::InvalidArgument);
}

TEST_F(PlayHistoryTest, RecentlyAddedBeginsWithTheNewest) {
    writeAudio(root / "0.wav", 5);
    scan(*library);
    const TrackId newest = idOf(*library, root / "0.wav");
    const auto ids = library->recentlyAdded(2);
    ASSERT_TRUE(ids);
    ASSERT_EQ(ids->size(), 2u);
    EXPECT_EQ(ids->front(), newest);
}

TEST_F(PlayHistoryTest, ATrackIsFoundByItsPath) {
    EXPECT_EQ(library->trackAt(root / "b.wav").value(), b);
    EXPECT_EQ(library->trackAt(root / "d.wav").value(), std::nullopt);
    fs::remove(root / "b.wav");
    scan(*library);
    EXPECT_EQ(library->trackAt(root / "b.wav").value(), std::nullopt);
}

TEST_F(PlayHistoryTest, ListeningIsToldPageByPageNewestFirst) {
    play(a, 1000, 1);
    play(b, 3000, 0.2);
    play(c, 1000, 1);
    play(a, 2000, 1, 7);
    const PlayHistory history(library->access());
    const auto first = history.newest(kOnlyUser, {}, 2);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->size(), 2u);
    EXPECT_EQ((*first)[0].play.track, b);
    EXPECT_EQ((*first)[0].play.secondsHeard, 0.2);
    EXPECT_EQ((*first)[0].play.source, PlaySource::Web);
    EXPECT_FALSE((*first)[0].counted);
    EXPECT_EQ((*first)[1].play.track, c);
    EXPECT_TRUE((*first)[1].counted);
    const auto second = history.newest(kOnlyUser, (*first)[1].play, 2);
    ASSERT_EQ(second->size(), 1u);
    EXPECT_EQ((*second)[0].play.track, a);
    EXPECT_EQ((*second)[0].play.startedMs, 1000);
    EXPECT_EQ(errorOf(history.newest(kOnlyUser, {}, 0)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(history.newest(kOnlyUser, {}, 1002)), ErrorCode::InvalidArgument);
}

TEST_F(PlayHistoryTest, NoQuestionWalksOrSorts) {
    const auto db = Connection::open(database, Access::ReadWrite).value();
    const RootSet roots{{1, 2}, "1,2"};
    for (const std::string& sql :
         {mostPlayedSql(roots), recentlyAddedSql(roots), std::string(PlayHistory::kNewestSql)}) {
        Statement rows = db->prepare("EXPLAIN QUERY PLAN " + sql);
        std::vector<std::string> plan;
        while (rows.step().value())
            plan.push_back(rows.textAt(3));
        EXPECT_THAT(plan, Not(Contains(HasSubstr("TEMP B-TREE")))) << sql;
    }
    Statement rows = db->prepare("EXPLAIN QUERY PLAN " + mostPlayedSql(roots));
    ASSERT_TRUE(rows.step().value());
    EXPECT_THAT(rows.textAt(3), HasSubstr("INDEX play_count_in_order (user_id=?)"));
}

} // namespace
} // namespace segue::library
