// What a user thinks of a track stays with it.

#include "library/Favourites.h"
#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr UserId kMe = kOnlyUser;

class FavouritesTest : public test::ThreeTracks {
  protected:
    TrackMark markOf(TrackId track) { return kept.marks(kMe, std::vector{track}).value().at(0); }

    Favourites kept{library->access()};
};

TEST_F(FavouritesTest, AStarKeepsItsTimeAndTheRating) {
    EXPECT_EQ(kept.star(kMe, a, 1000), (TrackMark{1000, 0}));
    EXPECT_EQ(kept.rate(kMe, a, 4), (TrackMark{1000, 4}));
    EXPECT_EQ(kept.star(kMe, a, 2000), (TrackMark{1000, 4}));
    EXPECT_EQ(kept.unstar(kMe, a), (TrackMark{0, 4}));
    EXPECT_EQ(kept.star(kMe, a, 3000), (TrackMark{3000, 4}));
    EXPECT_EQ(kept.rate(kMe, a, 0), (TrackMark{3000, 0}));
    EXPECT_EQ(kept.marks(kMe, std::vector{b, a}), (std::vector{TrackMark{}, TrackMark{3000, 0}}));
}

TEST_F(FavouritesTest, NothingIsLeftOfWhatWasTakenAway) {
    ASSERT_TRUE(kept.star(kMe, a, 1000));
    ASSERT_TRUE(kept.rate(kMe, b, 1));
    ASSERT_TRUE(kept.unstar(kMe, a));
    ASSERT_TRUE(kept.rate(kMe, b, 0));
    const auto db = Connection::open(database, Access::ReadWrite).value();
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM track_mark"), 0);
}

TEST_F(FavouritesTest, UnknownTracksAndNonsenseAreRefused) {
    EXPECT_EQ(errorOf(kept.star(kMe, 99, 1)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(kept.unstar(kMe, 99)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(kept.rate(kMe, 99, 3)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(kept.putBookmark(kMe, {99, 1, "", 1})), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(kept.removeBookmark(kMe, 99)), ErrorCode::NotFound);
    for (const int rating : {-1, 6, 1000})
        EXPECT_EQ(errorOf(kept.rate(kMe, a, rating)), ErrorCode::InvalidArgument);
    for (const double position : {-1.0, std::nan(""), 1e300})
        EXPECT_EQ(errorOf(kept.putBookmark(kMe, {a, position, "", 1})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(kept.putBookmark(kMe, {a, 1, std::string(1001, 'x'), 1})),
              ErrorCode::InvalidArgument);
    for (const int limit : {0, -1, 1002}) {
        EXPECT_EQ(errorOf(kept.starred(kMe, {}, limit)), ErrorCode::InvalidArgument);
        EXPECT_EQ(errorOf(kept.bookmarks(kMe, {}, limit)), ErrorCode::InvalidArgument);
    }
}

TEST_F(FavouritesTest, StarsAreListedNewestFirstPageByPage) {
    ASSERT_TRUE(kept.star(kMe, a, 1000));
    ASSERT_TRUE(kept.star(kMe, b, 3000));
    ASSERT_TRUE(kept.star(kMe, c, 1000));
    ASSERT_TRUE(kept.rate(kMe, a, 5));
    std::vector<TrackId> seen;
    std::optional<StarredTrack> last;
    for (;;) {
        const auto page = kept.starred(kMe, last, 1);
        ASSERT_TRUE(page) << page.error().message;
        if (page->empty())
            break;
        last = page->front();
        seen.push_back(last->track);
    }
    EXPECT_THAT(seen, ElementsAre(b, c, a));
}

TEST_F(FavouritesTest, ABookmarkIsReplacedListedAndRemoved) {
    ASSERT_TRUE(kept.putBookmark(kMe, {a, 1.5, "the solo", 1000}));
    ASSERT_TRUE(kept.putBookmark(kMe, {b, 0.5, "", 2000}));
    ASSERT_TRUE(kept.putBookmark(kMe, {a, 0.7, "the end", 3000}));
    EXPECT_EQ(kept.bookmark(kMe, a), (Bookmark{a, 0.7, "the end", 3000}));
    EXPECT_EQ(kept.bookmark(kMe, c).value(), std::nullopt);
    const auto first = kept.bookmarks(kMe, {}, 1).value();
    EXPECT_THAT(first, ElementsAre(Bookmark{a, 0.7, "the end", 3000}));
    EXPECT_THAT(kept.bookmarks(kMe, first.back(), 5).value(),
                ElementsAre(Bookmark{b, 0.5, "", 2000}));
    EXPECT_EQ(kept.removeBookmark(kMe, a), true);
    EXPECT_EQ(kept.removeBookmark(kMe, a), false);
}

TEST_F(FavouritesTest, MarksOutliveAMoveAMissingFileAndARescan) {
    ASSERT_TRUE(kept.star(kMe, a, 1000));
    ASSERT_TRUE(kept.rate(kMe, b, 2));
    ASSERT_TRUE(kept.putBookmark(kMe, {a, 0.5, "here", 5}));
    ASSERT_TRUE(library->refresh(a)); // a moved file is known by its content
    fs::create_directories(root / "new");
    fs::rename(root / "a.wav", root / "new" / "moved.wav");
    fs::rename(root / "b.wav", dir.path() / "b.wav");
    scan(*library);
    EXPECT_EQ(idOf(*library, root / "new" / "moved.wav"), a);
    EXPECT_TRUE(library->track(b)->missing);
    EXPECT_EQ(markOf(a), (TrackMark{1000, 0}));
    EXPECT_EQ(markOf(b), (TrackMark{0, 2}));
    EXPECT_EQ(kept.bookmark(kMe, a)->value().comment, "here");
    library = open({dir.path() / "unmounted"});
    const Favourites again(library->access());
    EXPECT_EQ(again.marks(kMe, std::vector{a}).value().at(0), (TrackMark{1000, 0}));
}

TEST_F(FavouritesTest, NoListSortsOrWalks) {
    for (const char* sql : {Favourites::kStarredSql, Favourites::kBookmarksSql}) {
        const auto plan = planOf(sql);
        EXPECT_THAT(plan, Not(Contains(HasSubstr("TEMP B-TREE")))) << sql;
        EXPECT_THAT(plan, Each(HasSubstr("SEARCH"))) << sql;
    }
}

} // namespace
} // namespace segue::library
