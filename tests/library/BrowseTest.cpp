// Every order and filter of the listings: each row once, in order, whatever the page's size; and
// each by an index.

#include <algorithm>
#include <set>

#include "library/Browser.h"
#include "library/Cursor.h"
#include "library/Favourites.h"
#include "library/ListingSql.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BrowseTest : public test::LibraryTest {
  protected:
    void SetUp() override {
        for (int i = 0; i < 24; ++i) {
            const std::string n = std::to_string(i);
            const auto path = root / ("a" + std::to_string(i / 6)) / (n + ".flac");
            test::writeAudio(path, i + 1, 800 + 100 * (i % 5), i % 2 == 0 ? 8000 : 16000);
            test::writeTags(path, {{"TITLE", "T" + std::to_string(i * 7 % 24)},
                                   {"ARTIST", i % 3 == 0 ? "Ann" : "\xC3\x89va"},
                                   {"ALBUM", "Album " + std::to_string(i / 6)},
                                   {"ALBUMARTIST", i < 12 ? "Ann" : "The Band"},
                                   {"GENRE", i % 4 == 0 ? "Jazz" : "Rock"},
                                   {"BPM", std::to_string(100 + i % 7)},
                                   {"DATE", std::to_string(1990 + i % 6)}});
        }
        library = open();
        scan(*library);
        for (int i = 0; i < 5; ++i)
            for (int k = 0; k <= i; ++k)
                ASSERT_TRUE(library->putPlay(
                    {.track = idAt(i), .startedMs = 1000 * (10 - i) + k, .secondsHeard = 300}));
    }

    TrackId idAt(int i) const {
        return library
            ->trackAt(root / ("a" + std::to_string(i / 6)) / (std::to_string(i) + ".flac"))
            .value()
            .value_or(0);
    }

    template <typename T, typename Listing>
    std::vector<T> all(Listing listing, int limit) const {
        std::vector<T> items;
        listing.page = {"", limit};
        for (int i = 0; i < 200; ++i) {
            auto page = library->browse(listing);
            if (!page) {
                ADD_FAILURE() << page.error().message;
                return items;
            }
            EXPECT_LE(page->items.size(), static_cast<std::size_t>(limit));
            items.insert(items.end(), page->items.begin(), page->items.end());
            if (page->next.empty())
                return items;
            listing.page.cursor = page->next;
        }
        ADD_FAILURE() << "the pages do not end";
        return items;
    }

    template <typename T>
    static std::vector<std::int64_t> idsIn(const std::vector<T>& items) {
        std::vector<std::int64_t> ids;
        for (const T& item : items)
            ids.push_back(item.id);
        return ids;
    }

    std::unique_ptr<Library> library;
};

TEST_F(BrowseTest, EveryOrderGivesEachTrackOnceOnPagesOfAnySize) {
    for (int sort = 0; sort <= static_cast<int>(TrackSort::Random); ++sort)
        for (const Direction direction : {Direction::Up, Direction::Down}) {
            TrackListing listing;
            listing.sort = static_cast<TrackSort>(sort);
            listing.direction = direction;
            listing.seed = 5;
            const auto whole = idsIn(all<Track>(listing, 1000));
            const bool played =
                listing.sort == TrackSort::Plays || listing.sort == TrackSort::LastPlayed;
            EXPECT_EQ(std::set(whole.begin(), whole.end()).size(), played ? 5u : 24u) << sort;
            EXPECT_EQ(whole.size(), played ? 5u : 24u) << sort;
            for (const int limit : {1, 5, 24})
                EXPECT_EQ(idsIn(all<Track>(listing, limit)), whole) << sort << " by " << limit;
            // Filtered lists are the same list without the others.
            listing.yearFrom = 1992;
            listing.yearTo = 1994;
            std::vector<std::int64_t> some;
            for (const std::int64_t id : whole)
                if (const int year = library->track(id)->year; year >= 1992 && year <= 1994)
                    some.push_back(id);
            auto filtered = idsIn(all<Track>(listing, 4));
            if (listing.sort == TrackSort::Random) { // few are shuffled in a way of their own
                std::sort(some.begin(), some.end());
                std::sort(filtered.begin(), filtered.end());
            }
            EXPECT_EQ(filtered, some) << sort;
        }
}

TEST_F(BrowseTest, AListIsEnteredAnywhereAndGoesOnFromThere) {
    for (int sort = 0; sort < static_cast<int>(TrackSort::Random); ++sort) {
        TrackListing listing;
        listing.sort = static_cast<TrackSort>(sort);
        listing.yearTo = 1994; // so that a filter is stepped over as well
        const auto whole = idsIn(all<Track>(listing, 1000));
        for (std::size_t skip = 0; skip <= whole.size(); ++skip) {
            listing.page = {.cursor = "", .limit = 3, .skip = static_cast<std::int64_t>(skip)};
            auto page = library->browse(listing);
            ASSERT_TRUE(page) << page.error().message;
            auto ids = idsIn(page->items);
            if (!page->next.empty()) {
                listing.page = {.cursor = page->next, .limit = 1000};
                const auto rest = idsIn(library->browse(listing)->items);
                ids.insert(ids.end(), rest.begin(), rest.end());
            }
            EXPECT_EQ(ids,
                      std::vector(whole.begin() + static_cast<std::ptrdiff_t>(skip), whole.end()))
                << sort << " after " << skip;
        }
    }
    TrackListing random;
    random.sort = TrackSort::Random;
    random.page.skip = 1;
    EXPECT_EQ(errorOf(library->browse(random)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->browse(TrackListing{.page = {.skip = -1}})),
              ErrorCode::InvalidArgument);
}

TEST_F(BrowseTest, AListIsCountedOnItsFirstPageAlone) {
    for (int sort = 0; sort < static_cast<int>(TrackSort::Random); ++sort) {
        TrackListing listing;
        listing.sort = static_cast<TrackSort>(sort);
        listing.yearFrom = 1992;
        const auto whole = all<Track>(listing, 1000).size();
        listing.page = {.limit = 2, .count = true};
        const auto first = library->browse(listing);
        EXPECT_EQ(first->matching, static_cast<std::int64_t>(whole)) << sort;
        if (first->next.empty())
            continue;
        listing.page.cursor = first->next;
        EXPECT_EQ(library->browse(listing)->matching, std::nullopt) << sort;
    }
    EXPECT_EQ(library->browse(TrackListing{})->matching, std::nullopt);
    EXPECT_EQ(library->browse(AlbumListing{.page = {.count = true}})->matching, 4);
    EXPECT_EQ(library->browse(ArtistListing{.page = {.count = true}})->matching, 2);
    EXPECT_EQ(library->browse(GenreListing{.page = {.count = true}})->matching, 2);
}

TEST_F(BrowseTest, TheOrderIsWhatItsNameSays) {
    const auto sorted = [&](TrackSort sort, const auto& key) {
        TrackListing listing;
        listing.sort = sort;
        std::vector<decltype(key(Track{}))> keys;
        for (const Track& track : all<Track>(listing, 7))
            keys.push_back(key(track));
        EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end())) << static_cast<int>(sort);
        listing.direction = Direction::Down;
        std::vector<decltype(key(Track{}))> back;
        for (const Track& track : all<Track>(listing, 7))
            back.push_back(key(track));
        std::reverse(back.begin(), back.end());
        EXPECT_EQ(keys, back);
    };
    sorted(TrackSort::Title, [](const Track& t) { return t.title; });
    sorted(TrackSort::Year, [](const Track& t) { return t.year; });
    sorted(TrackSort::Duration, [](const Track& t) { return t.durationSeconds; });
    sorted(TrackSort::Genre, [](const Track& t) { return t.genre; });
    sorted(TrackSort::SampleRate, [](const Track& t) { return t.sampleRateHz; });
    sorted(TrackSort::Added, [](const Track& t) { return t.id; });
    sorted(TrackSort::Bpm,
           [&](const Track& t) { return t.id == 0 ? 0.0 : library->details(t.id)->bpm; });
    TrackListing played;
    played.sort = TrackSort::Plays;
    played.direction = Direction::Down;
    EXPECT_EQ(all<Track>(played, 2).front().id, idAt(4));
    played.sort = TrackSort::LastPlayed;
    EXPECT_EQ(all<Track>(played, 2).front().id, idAt(0));
}

TEST_F(BrowseTest, FiltersCombine) {
    const auto genres = all<Genre>(GenreListing{}, 10);
    ASSERT_EQ(genres.size(), 2u);
    EXPECT_EQ(genres.front().name, "Jazz");
    EXPECT_EQ(genres.front().tracks, 6);
    EXPECT_EQ(genres.front().albums, 4);
    TrackListing listing;
    listing.genre = genres.front().id;
    EXPECT_EQ(all<Track>(listing, 2).size(), 6u);
    const auto artists = all<Artist>(ArtistListing{.role = ArtistRole::Artist, .page = {}}, 10);
    ASSERT_EQ(artists.size(), 2u);
    EXPECT_EQ(artists[1].name, "\xC3\x89va");
    listing.artist = artists[0].id;
    EXPECT_EQ(all<Track>(listing, 2).size(), 4u) << "also as album artist";
    listing.role = ArtistRole::Artist;
    EXPECT_EQ(all<Track>(listing, 2).size(), 2u);
    listing = {};
    listing.played = Played::Never;
    EXPECT_EQ(all<Track>(listing, 5).size(), 19u);
    listing.played = Played::Ever;
    EXPECT_EQ(all<Track>(listing, 5).size(), 5u);
    Favourites favourites(library->access());
    for (const int i : {1, 7, 9})
        ASSERT_TRUE(favourites.star(kOnlyUser, idAt(i), 1000 + i));
    for (const auto& [i, rating] : {std::pair{1, 5}, {2, 4}, {7, 3}})
        ASSERT_TRUE(favourites.rate(kOnlyUser, idAt(i), rating));
    listing = {};
    listing.starred = true;
    EXPECT_EQ(all<Track>(listing, 2).size(), 3u);
    listing.ratingFrom = 4;
    EXPECT_EQ(idsIn(all<Track>(listing, 2)), std::vector{idAt(1)});
    listing.starred = false;
    EXPECT_EQ(all<Track>(listing, 1).size(), 2u);
    listing.user = 2;
    EXPECT_EQ(all<Track>(listing, 5).size(), 0u) << "another user's";
    listing = {};
    listing.codec = "flac";
    listing.album = library->track(idAt(0))->albumId;
    EXPECT_EQ(all<Track>(listing, 5).size(), 6u);
    listing.codec = "mp3' OR '1'='1";
    EXPECT_EQ(all<Track>(listing, 5).size(), 0u);
}

TEST_F(BrowseTest, AlbumsComeInEveryOrder) {
    for (int sort = 0; sort <= static_cast<int>(AlbumSort::Random); ++sort) {
        AlbumListing listing;
        listing.sort = static_cast<AlbumSort>(sort);
        const auto whole = idsIn(all<Album>(listing, 1000));
        EXPECT_EQ(std::set(whole.begin(), whole.end()).size(), 4u);
        EXPECT_EQ(idsIn(all<Album>(listing, 1)), whole) << sort;
    }
    const auto artists = all<Artist>(ArtistListing{}, 10);
    ASSERT_EQ(artists.size(), 2u);
    EXPECT_EQ(artists[1].name, "The Band");
    EXPECT_EQ(artists[1].albums, 2);
    AlbumListing listing;
    listing.artist = artists[1].id;
    const auto albums = all<Album>(listing, 1);
    ASSERT_EQ(albums.size(), 2u);
    EXPECT_EQ(albums[0].artist, "The Band");
    ASSERT_EQ(albums[0].artists.size(), 1u);
    EXPECT_EQ(albums[0].artists[0].id, artists[1].id);
    EXPECT_EQ(albums[0].tracks, 6);
    EXPECT_EQ(library->album(albums[0].id)->title, albums[0].title);
    EXPECT_EQ(errorOf(library->album(999)), ErrorCode::NotFound);
    EXPECT_EQ(library->artist(artists[1].id)->name, "The Band");
    EXPECT_EQ(errorOf(library->artist(999)), ErrorCode::NotFound);
}

TEST_F(BrowseTest, ARandomOrderIsNamedByItsSeedAndStaysWhenTracksCome) {
    TrackListing listing;
    listing.sort = TrackSort::Random;
    listing.seed = 1;
    const auto one = idsIn(all<Track>(listing, 5));
    listing.seed = 2;
    EXPECT_NE(idsIn(all<Track>(listing, 5)), one);
    listing.seed = 1;
    listing.page.limit = 10;
    const auto first = library->browse(listing);
    test::writeAudio(root / "new.flac", 99);
    scan(*library);
    listing.page = {first->next, 1000};
    auto rest = idsIn(library->browse(listing)->items);
    auto ids = idsIn(first->items);
    ids.insert(ids.end(), rest.begin(), rest.end());
    EXPECT_EQ(ids, one);
}

TEST_F(BrowseTest, CursorsOfOthersAndNonsenseAreRefused) {
    TrackListing listing;
    listing.page.limit = 3;
    const std::string next = library->browse(listing)->next;
    ASSERT_FALSE(next.empty());
    TrackListing other;
    other.sort = TrackSort::Title;
    for (const std::string& cursor :
         {next, std::string("x"), std::string("!!"), std::string(50'000, 'A'), next + "A"}) {
        other.page = {cursor, 3};
        EXPECT_EQ(errorOf(library->browse(other)), ErrorCode::InvalidArgument) << cursor;
    }
    for (const int limit : {0, -1, 1001})
        EXPECT_EQ(errorOf(library->browse(TrackListing{.page = {"", limit}})),
                  ErrorCode::InvalidArgument);
}

TEST(CursorTest, HoldsAnyValue) {
    for (const SortValue& value :
         {SortValue(std::int64_t{-7}), SortValue(0.1), SortValue(std::string("a\0:\xFF", 4))}) {
        const auto back = decodeCursor(encodeCursor({value, 12}, "list"), "list");
        ASSERT_TRUE(back);
        EXPECT_EQ(back->value, value);
        EXPECT_EQ(back->id, 12);
    }
}

std::string planOf(Connection& db, const std::string& sql) {
    Statement rows = db.prepare("EXPLAIN QUERY PLAN " + sql);
    std::string plan;
    for (;;) {
        const auto row = rows.step();
        EXPECT_TRUE(row) << row.error().message;
        if (!row || !*row)
            return plan;
        plan += rows.textAt(3) + "\n";
    }
}

TEST_F(BrowseTest, EveryPageWalksAnIndexAndSortsNothing) {
    const auto db = Connection::open(database, Access::ReadWrite).value();
    const auto check = [&](const std::string& sql, bool search) {
        const std::string plan = planOf(*db, sql);
        EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << sql;
        EXPECT_THAT(plan, ::testing::AnyOf(HasSubstr("USING INDEX"), HasSubstr("USING COVERING"),
                                           HasSubstr("USING INTEGER PRIMARY KEY"),
                                           HasSubstr("SCAN track\n")))
            << sql;
        if (search) { // goes to the cursor's place at once
            EXPECT_THAT(plan, HasSubstr("SEARCH")) << sql << "\n" << plan;
        }
    };
    for (const Direction direction : {Direction::Up, Direction::Down})
        for (const After after : {After::No, After::Yes}) {
            const bool goes = after == After::Yes;
            for (int i = 0; i < static_cast<int>(TrackSort::Plays); ++i)
                check(pageSql(tracksSource(), orderOf(static_cast<TrackSort>(i)), direction, after,
                              {}, nullptr),
                      goes);
            for (const TrackSort sort : {TrackSort::Plays, TrackSort::LastPlayed})
                check(playedSql({.sort = sort, .direction = direction}, {}, after), goes);
            for (int i = 0; i < static_cast<int>(AlbumSort::Random); ++i)
                check(pageSql(albumsSource(), orderOf(static_cast<AlbumSort>(i)), direction, after,
                              {}, nullptr),
                      goes);
            for (int i = 0; i <= static_cast<int>(NameSort::Albums); ++i) {
                const auto sort = static_cast<NameSort>(i);
                check(artistPageSql(1, sort, direction, after), true);
                check(pageSql(genresSource(), genreOrderOf(sort), direction, after, {}, nullptr),
                      goes);
            }
        }
    // Counts read an index, never the rows: a partial index answers its own condition.
    const auto usesIndex = ::testing::ContainsRegex("USING (COVERING )?INDEX");
    for (const Source* source : {&tracksSource(), &albumsSource(), &genresSource()})
        EXPECT_THAT(planOf(*db, countSql(*source, {}, nullptr)), usesIndex);
    EXPECT_THAT(planOf(*db, artistCountSql(1)), HasSubstr("SEARCH artist_role USING"));
}

TEST_F(BrowseTest, FiltersAreMetInIndexesAndRowsLookedUp) {
    const auto db = Connection::open(database, Access::ReadWrite).value();
    const auto usesIndex = ::testing::ContainsRegex("USING (COVERING )?INDEX");
    const TrackListing tracks{.artist = 1, .genre = 1, .yearFrom = 1990, .yearTo = 1991};
    for (const Filter& filter : filtersOf(tracks)) {
        const std::vector<Filter> filters{filter};
        const Order order = orderOf(TrackSort::Title);
        const auto plan = planOf(
            *db, pageSql(tracksSource(), order, Direction::Up, After::Yes, filters, &filters[0]));
        EXPECT_THAT(plan, HasSubstr("SEARCH track USING INTEGER PRIMARY KEY")) << plan;
        EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << filter.ids;
        EXPECT_THAT(planOf(*db, filter.ids), usesIndex);
        const auto walk = planOf(
            *db, pageSql(tracksSource(), order, Direction::Up, After::Yes, filters, nullptr));
        EXPECT_THAT(walk, HasSubstr("SEARCH track USING INDEX track_by_title")) << walk;
        EXPECT_THAT(walk, Not(HasSubstr("TEMP B-TREE"))) << walk;
    }
    for (const TrackListing& marked :
         {TrackListing{.starred = true}, TrackListing{.ratingFrom = 2}})
        for (const Filter& filter : filtersOf(marked)) {
            EXPECT_THAT(planOf(*db, filter.ids), HasSubstr("SEARCH track_mark USING"));
            EXPECT_THAT(planOf(*db, pageSql(tracksSource(), orderOf(TrackSort::Title),
                                            Direction::Up, After::Yes, {filter}, nullptr)),
                        HasSubstr("SEARCH m USING PRIMARY KEY (user_id=? AND track_id=?)"));
        }
    for (const Filter& filter :
         filtersOf(AlbumListing{.artist = 1, .genre = 1, .yearFrom = 1990, .compilation = true}))
        EXPECT_THAT(planOf(*db, filter.ids), usesIndex);
}

TEST_F(BrowseTest, PagesAreTheSameHoweverAFilterIsMet) {
    const auto db = Connection::open(database, Access::ReadWrite).value();
    const RootSet roots{{1}, "1"};
    const ArtistId band = library->browse(ArtistListing{.page = {}})->items.back().id;
    const GenreId jazz = library->browse(GenreListing{.page = {}})->items.front().id;
    std::vector<TrackListing> listings(7);
    listings[0].artist = band;
    listings[1].genre = jazz;
    listings[2].yearFrom = listings[2].yearTo = 1992;
    listings[3].artist = band;
    listings[3].genre = jazz;
    listings[4].codec = "flac";
    listings[5].played = Played::Ever;
    Favourites favourites(library->access());
    for (const int i : {1, 7, 20})
        ASSERT_TRUE(favourites.star(kOnlyUser, idAt(i), 1000 + i));
    listings[6].starred = true;
    // Looked up; walked to the end; the walk given up at once.
    const std::vector<BrowseLimits> ways{{1000, 1}, {0, 1'000'000}, {0, 16}};
    const auto idsBy = [&](TrackListing listing, const BrowseLimits& limits) {
        std::vector<std::int64_t> ids;
        for (listing.page.count = true;;) {
            const auto page = browseTracks(*db, roots, listing, limits);
            if (!page) {
                ADD_FAILURE() << page.error().message;
                return ids;
            }
            if (page->matching)
                ids.push_back(-*page->matching); // told on the first page, first of all
            for (const Track& track : page->items)
                ids.push_back(track.id);
            if (page->next.empty())
                return ids;
            listing.page.cursor = page->next;
        }
    };
    for (TrackListing listing : listings)
        for (int sort = 0; sort < static_cast<int>(TrackSort::Random); ++sort)
            for (const Direction direction : {Direction::Up, Direction::Down})
                for (const int limit : {1, 3, 100}) {
                    listing.sort = static_cast<TrackSort>(sort);
                    listing.direction = direction;
                    listing.page = {.limit = limit};
                    const auto ids = idsBy(listing, ways[0]);
                    if (listing.sort != TrackSort::Plays && listing.sort != TrackSort::LastPlayed) {
                        ASSERT_GT(ids.size(), 1u) << "the band was not played, but is there";
                    }
                    EXPECT_EQ(-ids.front(), static_cast<std::int64_t>(ids.size()) - 1);
                    EXPECT_EQ(idsBy(listing, ways[1]), ids) << sort;
                    EXPECT_EQ(idsBy(listing, ways[2]), ids) << sort;
                }
}

} // namespace
} // namespace segue::library
