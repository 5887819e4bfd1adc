// What users keep when the disk is full, the database cannot be written, or two write at once.

#include <atomic>
#include <set>
#include <thread>

#include "library/Favourites.h"
#include "library/PlayQueues.h"
#include "library/Playlists.h"
#include "tests/library/FileSizeLimit.h"
#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using test::writeAudio;

constexpr UserId kMe = kOnlyUser;

using KeepFaultsTest = test::ThreeTracks;

TEST_F(KeepFaultsTest, AFullDiskChangesNothingAndReadingGoesOn) {
    Playlists playlists(library->access());
    PlayQueues queues(library->access());
    Favourites favourites(library->access());
    const PlaylistId id = playlists.create(kMe, {"mine", "", {}, {a, b, c}}, 1)->id;
    const auto before = playlists.entries(kMe, id, {}, 10);
    ASSERT_TRUE(queues.put(kMe, {{a, b}, {1, 0.5, "phone", 1}, 0}, {}));
    ASSERT_TRUE(favourites.rate(kMe, a, 4));
    const PlaylistEdit edit{kMe, id, 2, {}};
    {
        const test::FileSizeLimit full(1);
        EXPECT_FALSE(playlists.add(edit, std::vector(1000, a), {}));
        EXPECT_FALSE(playlists.move(edit, std::vector{before->at(2).id}, before->at(0).id));
        EXPECT_FALSE(playlists.take(edit, std::vector{before->at(0).id}));
        EXPECT_FALSE(playlists.create(kMe, {"another", "", {}, {}}, 1));
        EXPECT_FALSE(queues.put(kMe, {std::vector(1000, a), {}, 0}, {}));
        EXPECT_FALSE(favourites.star(kMe, b, 1));
        EXPECT_FALSE(favourites.putBookmark(kMe, {a, 0.5, "", 1}));
        EXPECT_EQ(playlists.entries(kMe, id, {}, 10), *before);
        EXPECT_EQ(queues.of(kMe)->tracks, (std::vector{a, b}));
        EXPECT_EQ(favourites.marks(kMe, std::vector{a})->at(0).rating, 4);
    }
    EXPECT_EQ(playlists.one(kMe, id)->revision, 1);
    EXPECT_EQ(playlists.list(kMe, 0, 10)->size(), 1u);
    EXPECT_TRUE(playlists.move(edit, std::vector{before->at(2).id}, before->at(0).id));
    EXPECT_TRUE(favourites.star(kMe, b, 1));
}

TEST_F(KeepFaultsTest, TwoWhoWriteAtOnceLoseNothing) {
    const PlaylistId id = Playlists(library->access()).create(kMe, {"mine", "", {}, {}}, 1)->id;
    constexpr int kEach = 100;
    const auto write = [&](TrackId track) {
        const auto own = open(); // as another process would
        Playlists playlists(own->access());
        for (int i = 0; i < kEach; ++i) {
            const auto added = playlists.add({kMe, id, i, {}}, std::vector{track, track}, {});
            ASSERT_TRUE(added) << added.error().message;
        }
    };
    std::thread other([&] { write(a); });
    write(b);
    other.join();
    const Playlists playlists(library->access());
    const auto entries = playlists.entries(kMe, id, {}, 1000);
    ASSERT_EQ(entries->size(), 4u * kEach);
    for (std::size_t i = 0; i < entries->size(); i += 2) // each pair of one change together
        EXPECT_EQ(entries->at(i).track, entries->at(i + 1).track);
    EXPECT_EQ(playlists.one(kMe, id)->revision, 1 + 2 * kEach);
}

TEST_F(KeepFaultsTest, OfTwoWhoHaveSeenTheSameOneWins) {
    const PlaylistId id = Playlists(library->access()).create(kMe, {"mine", "", {}, {}}, 1)->id;
    std::atomic<int> won{0};
    std::atomic<int> told{0};
    const auto write = [&] {
        const auto own = open();
        Playlists playlists(own->access());
        for (int i = 0; i < 50; ++i) {
            const auto seen = playlists.one(kMe, id)->revision;
            const auto added = playlists.add({kMe, id, i, seen}, std::vector{a}, {});
            ASSERT_TRUE(added || errorOf(added) == ErrorCode::Changed);
            ++(added ? won : told);
        }
    };
    std::thread other(write);
    write();
    other.join();
    EXPECT_EQ(won + told, 100);
    EXPECT_EQ(Playlists(library->access()).one(kMe, id)->entries, won);
}

TEST(ReadOnlyKeep, ShowsWhatItHasAndRefusesChanges) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    const auto database = own.path() / "data/library.db";
    writeAudio(own.path() / "music/a.wav");
    PlaylistId id = 0;
    {
        const auto writer = Library::open(database, {own.path() / "music"});
        ASSERT_TRUE((*writer)->scan({}, std::atomic<bool>{false}));
        id = Playlists((*writer)->access()).create(kMe, {"mine", "", {}, {1, 1}}, 1)->id;
        // As long as this one has it open, its log lies beside it for others to read.
        for (const auto& entry : fs::directory_iterator(database.parent_path()))
            fs::permissions(entry, fs::perms::owner_read);
        fs::permissions(database.parent_path(), fs::perms::owner_read | fs::perms::owner_exec);
        const auto library = Library::open(database, {own.path() / "music"});
        ASSERT_TRUE(library) << library.error().message;
        Playlists playlists((*library)->access());
        EXPECT_EQ(playlists.one(kMe, id)->entries, 2);
        EXPECT_EQ(playlists.entries(kMe, id, {}, 10)->size(), 2u);
        EXPECT_EQ(errorOf(playlists.add({kMe, id, 1, {}}, std::vector<TrackId>{1}, {})),
                  ErrorCode::Io);
        EXPECT_EQ(errorOf(playlists.remove({kMe, id, 1, {}})), ErrorCode::Io);
        EXPECT_EQ(errorOf(Favourites((*library)->access()).star(kMe, 1, 1)), ErrorCode::Io);
        EXPECT_EQ(errorOf(PlayQueues((*library)->access()).put(kMe, {{1}, {}, 0}, {})),
                  ErrorCode::Io);
    }
    fs::permissions(database.parent_path(), fs::perms::owner_all);
}

} // namespace
} // namespace segue::library
