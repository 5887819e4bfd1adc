// Playlists keep their order through every move, and their entries through whatever becomes of the
// files.

#include <algorithm>
#include <random>

#include "library/Playlists.h"
#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr UserId kMe = kOnlyUser;

class PlaylistsTest : public test::ThreeTracks {
  protected:
    PlaylistId make(std::vector<TrackId> tracks) {
        const auto made = playlists.create(kMe, {"mine", "", {}, std::move(tracks)}, 1000);
        EXPECT_TRUE(made) << made.error().message;
        return made->id;
    }
    static PlaylistEdit edit(PlaylistId id, std::optional<std::int64_t> seen = {}) {
        return {kMe, id, 2000, seen};
    }
    std::vector<PlaylistEntry> all(PlaylistId id) const {
        const auto entries = playlists.entries(kMe, id, {}, 100'000);
        EXPECT_TRUE(entries) << entries.error().message;
        return entries.value_or(std::vector<PlaylistEntry>{});
    }
    std::vector<TrackId> tracks(PlaylistId id) const {
        std::vector<TrackId> ids;
        for (const PlaylistEntry& entry : all(id))
            ids.push_back(entry.track);
        return ids;
    }
    std::vector<EntryId> ids(PlaylistId id) const {
        std::vector<EntryId> ids;
        for (const PlaylistEntry& entry : all(id))
            ids.push_back(entry.id);
        return ids;
    }

    Playlists playlists{library->access()};
};

TEST_F(PlaylistsTest, OneIsMadeDescribedRenamedAndDeleted) {
    const auto made = playlists.create(kMe, {" Late\nnight ", "for reading", {}, {a, b, a}}, 1000);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->name, "Late night");
    EXPECT_EQ(made->entries, 3);
    EXPECT_DOUBLE_EQ(made->durationSeconds, 3);
    EXPECT_EQ(made->revision, 1);
    const auto changed = playlists.change(edit(made->id), {"Morning", {}, {}});
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(changed->name, "Morning");
    EXPECT_EQ(changed->description, "for reading");
    EXPECT_EQ(changed->createdMs, 1000);
    EXPECT_EQ(changed->changedMs, 2000);
    EXPECT_EQ(changed->revision, 2);
    EXPECT_TRUE(playlists.remove(edit(made->id)));
    EXPECT_EQ(errorOf(playlists.one(kMe, made->id)), ErrorCode::NotFound);
    EXPECT_NE(make({}), made->id) << "an id means one playlist for ever";
}

TEST_F(PlaylistsTest, TracksAreAddedAnywhereAndMayStandThereTwice) {
    const PlaylistId id = make({a});
    ASSERT_TRUE(playlists.add(edit(id), std::vector{b, b}, {}));
    EXPECT_THAT(tracks(id), ElementsAre(a, b, b));
    ASSERT_TRUE(playlists.add(edit(id), std::vector{c}, ids(id)[1]));
    EXPECT_THAT(tracks(id), ElementsAre(a, c, b, b));
    ASSERT_TRUE(playlists.add(edit(id), std::vector{b, c}, ids(id)[0]));
    EXPECT_THAT(tracks(id), ElementsAre(b, c, a, c, b, b));
    const auto entries = ids(id);
    ASSERT_TRUE(playlists.take(edit(id), std::vector{entries[0], entries[3]}));
    EXPECT_THAT(tracks(id), ElementsAre(c, a, b, b));
    EXPECT_EQ(playlists.one(kMe, id)->entries, 4);
}

TEST_F(PlaylistsTest, EntriesMoveInTheOrderGivenAndKeepTheirIds) {
    const PlaylistId id = make({a, b, c, a, b});
    const auto e = ids(id);
    ASSERT_TRUE(playlists.move(edit(id), std::vector{e[3], e[1]}, e[0]));
    EXPECT_THAT(ids(id), ElementsAre(e[3], e[1], e[0], e[2], e[4]));
    ASSERT_TRUE(playlists.move(edit(id), std::vector{e[3]}, {}));
    EXPECT_THAT(ids(id), ElementsAre(e[1], e[0], e[2], e[4], e[3]));
    ASSERT_TRUE(playlists.move(edit(id), std::vector{e[0]}, e[2])); // where it is already
    EXPECT_THAT(ids(id), ElementsAre(e[1], e[0], e[2], e[4], e[3]));
}

TEST_F(PlaylistsTest, TenThousandEntriesStayInOrderThroughAThousandMoves) {
    const PlaylistId id = make(std::vector<TrackId>(10'000, a));
    std::vector<EntryId> expected = ids(id);
    std::mt19937 random(7);
    for (int i = 0; i < 1000; ++i) {
        const std::size_t length = 1 + random() % 5;
        const std::size_t from = random() % (expected.size() - length);
        const std::vector<EntryId> moved(expected.begin() + static_cast<long>(from),
                                         expected.begin() + static_cast<long>(from + length));
        expected.erase(expected.begin() + static_cast<long>(from),
                       expected.begin() + static_cast<long>(from + length));
        // Again and again to the same few spots, so that the room there is used up.
        const std::size_t to = i % 3 == 0 ? random() % (expected.size() + 1) : 100;
        ASSERT_TRUE(playlists.move(
            edit(id), moved, to == expected.size() ? std::nullopt : std::optional(expected[to])));
        expected.insert(expected.begin() + static_cast<long>(to), moved.begin(), moved.end());
    }
    EXPECT_EQ(ids(id), expected);
}

TEST_F(PlaylistsTest, PagesGoOnWhereTheLastOneEnded) {
    const PlaylistId id = make({a, b, c});
    const auto first = playlists.entries(kMe, id, {}, 2);
    ASSERT_EQ(first->size(), 2u);
    const auto second = playlists.entries(kMe, id, first->back().place, 2);
    ASSERT_EQ(second->size(), 1u);
    EXPECT_EQ(second->front().track, c);
    const PlaylistId other = make({});
    EXPECT_EQ(playlists.list(kMe, 0, 1)->front().id, id);
    EXPECT_EQ(playlists.list(kMe, id, 10)->front().id, other);
    EXPECT_THAT(*playlists.list(kMe, other, 10), IsEmpty());
    EXPECT_EQ(errorOf(playlists.list(kMe, 0, 0)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.entries(kMe, id, {}, 0)), ErrorCode::InvalidArgument);
}

TEST_F(PlaylistsTest, WhoHasNotSeenTheLastChangeChangesNothing) {
    const PlaylistId id = make({a, b});
    ASSERT_TRUE(playlists.add(edit(id, 1), std::vector{c}, {}));
    const auto e = ids(id);
    EXPECT_EQ(errorOf(playlists.add(edit(id, 1), std::vector{c}, {})), ErrorCode::Changed);
    EXPECT_EQ(errorOf(playlists.move(edit(id, 1), std::vector{e[0]}, {})), ErrorCode::Changed);
    EXPECT_EQ(errorOf(playlists.take(edit(id, 1), std::vector{e[0]})), ErrorCode::Changed);
    EXPECT_EQ(errorOf(playlists.change(edit(id, 1), {"x", {}, {}})), ErrorCode::Changed);
    EXPECT_EQ(errorOf(playlists.remove(edit(id, 1))), ErrorCode::Changed);
    EXPECT_THAT(tracks(id), ElementsAre(a, b, c));
    EXPECT_TRUE(playlists.take(edit(id, 2), std::vector{e[0]}));
}

TEST_F(PlaylistsTest, NonsenseLeavesEverythingAsItWas) {
    const PlaylistId id = make({a, b});
    const auto e = ids(id);
    const EntryId foreign = ids(make({c}))[0];
    EXPECT_EQ(errorOf(playlists.add(edit(id), std::vector{c, TrackId{99}}, {})),
              ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.add(edit(id), std::vector{c}, foreign)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.move(edit(id), std::vector{e[0], foreign}, {})),
              ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.move(edit(id), std::vector{e[0], e[0]}, {})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.move(edit(id), std::vector{e[0]}, e[0])),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.take(edit(id), std::vector{e[0], EntryId{99}})),
              ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.add(edit(99), std::vector{a}, {})), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.add({7, id, 1, {}}, std::vector{a}, {})), ErrorCode::NotFound);
    for (const char* name : {"", " \n"})
        EXPECT_EQ(errorOf(playlists.create(kMe, {name, "", {}, {}}, 1)),
                  ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.create(kMe, {std::string(201, 'x'), "", {}, {}}, 1)),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.create(kMe, {"x", std::string(4001, 'x'), {}, {}}, 1)),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.create(kMe, {"x", "", "{}", {a}}, 1)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.create(kMe, {"x", "", {}, {a, 99}}, 1)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(playlists.change(edit(id), {{}, {}, "{}"})), ErrorCode::InvalidArgument);
    EXPECT_EQ(playlists.one(kMe, id)->revision, 1);
    EXPECT_EQ(ids(id), e);
    EXPECT_EQ(playlists.list(kMe, 0, 100)->size(), 2u);
}

TEST_F(PlaylistsTest, ThereIsAnEnd) {
    const PlaylistId id = make(std::vector<TrackId>(100'000, a));
    EXPECT_EQ(errorOf(playlists.add(edit(id), std::vector{a}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(playlists.create(kMe, {"x", "", {}, std::vector<TrackId>(100'001, a)}, 1)),
              ErrorCode::InvalidArgument);
}

TEST_F(PlaylistsTest, ASmartOneHasRulesAndNoEntries) {
    const auto made = playlists.create(kMe, {"smart", "", "{1}", {}}, 1000);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->rules, "{1}");
    EXPECT_EQ(errorOf(playlists.add(edit(made->id), std::vector{a}, {})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(playlists.change(edit(made->id), {{}, {}, "{2}"})->rules, "{2}");
}

TEST_F(PlaylistsTest, EntriesOutliveAMoveAMissingFileAndAnUnmountedRoot) {
    ASSERT_TRUE(library->refresh(a));
    const PlaylistId id = make({a, b, c});
    fs::rename(root / "a.wav", root / "z.wav");
    fs::remove(root / "b.wav");
    scan(*library);
    EXPECT_THAT(tracks(id), ElementsAre(a, b, c));
    EXPECT_EQ(library->track(a)->path, root / "z.wav");
    EXPECT_TRUE(library->track(b)->missing);
    library = open({dir.path() / "unmounted"});
    scan(*library);
    const auto entries = Playlists(library->access()).entries(kMe, id, {}, 10);
    ASSERT_EQ(entries->size(), 3u);
    EXPECT_TRUE(library->track(c)->missing);
}

TEST_F(PlaylistsTest, NoQuestionWalksOrSorts) {
    for (const char* sql : {Playlists::kListSql, Playlists::kEntriesSql}) {
        EXPECT_THAT(planOf(sql), Not(Contains(HasSubstr("TEMP B-TREE")))) << sql;
        EXPECT_THAT(planOf(sql), Not(Contains(HasSubstr("SCAN")))) << sql;
    }
}

} // namespace
} // namespace segue::library
