// What was acknowledged is there after a kill, whatever was being written.

#include <csignal>
#include <sys/wait.h>

#include "library/Favourites.h"
#include "library/PlayQueues.h"
#include "library/Playlists.h"
#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

using KeptThroughKillTest = test::ThreeTracks;

/// Changes one thing after the other for ever, and acknowledges each round through `fd`.
[[noreturn]] void changeForEver(const std::filesystem::path& database,
                                const std::filesystem::path& root, PlaylistId playlist, TrackId a,
                                TrackId b, int fd) {
    const auto library = Library::open(database, {root});
    Playlists playlists((*library)->access());
    PlayQueues queues((*library)->access());
    Favourites favourites((*library)->access());
    for (std::int64_t round = 1;; ++round) {
        const bool done =
            playlists.add({kOnlyUser, playlist, round, {}}, std::vector{a, b}, {}) &&
            queues.put(kOnlyUser, {std::vector<TrackId>(100, a), {0, double(round), "", round}, 0},
                       {}) &&
            favourites.putBookmark(kOnlyUser, {b, double(round), "", round});
        if (!done || ::write(fd, &round, sizeof round) != sizeof round)
            std::_Exit(1);
    }
}

TEST_F(KeptThroughKillTest, NothingAcknowledgedIsLost) {
    const PlaylistId playlist =
        Playlists(library->access()).create(kOnlyUser, {"mine", "", {}, {}}, 1)->id;
    library.reset(); // no connection may cross a fork
    for (const std::int64_t rounds : {1, 7, 20}) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0)
            changeForEver(database, root, playlist, a, b, ends[1]);
        ::close(ends[1]);
        std::int64_t acknowledged = 0;
        std::int64_t round = 0;
        while (acknowledged < rounds && ::read(ends[0], &round, sizeof round) == sizeof round)
            acknowledged = round;
        ::kill(child, SIGKILL);
        while (::read(ends[0], &round, sizeof round) == sizeof round)
            acknowledged = round;
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";

        library = open();
        Playlists playlists(library->access());
        const auto kept = playlists.one(kOnlyUser, playlist);
        ASSERT_TRUE(kept) << kept.error().message;
        EXPECT_EQ(kept->entries % 2, 0) << "half of a change is there";
        EXPECT_GE(kept->entries, 2 * acknowledged);
        const auto queue = PlayQueues(library->access()).of(kOnlyUser);
        EXPECT_GE(queue->place.positionSeconds, static_cast<double>(acknowledged));
        EXPECT_EQ(queue->tracks.size(), 100u);
        const auto bookmark = Favourites(library->access()).bookmark(kOnlyUser, b);
        EXPECT_GE(bookmark->value().positionSeconds, static_cast<double>(acknowledged));
        EXPECT_EQ(Connection::open(database, Access::ReadWrite)
                      .value()
                      ->queryInt("SELECT count(*) FROM pragma_integrity_check WHERE "
                                 "integrity_check = 'ok'"),
                  1);
        std::vector<EntryId> entries;
        const auto all = playlists.entries(kOnlyUser, playlist, {}, 100'000);
        for (const PlaylistEntry& entry : *all)
            entries.push_back(entry.id);
        ASSERT_TRUE(playlists.take({kOnlyUser, playlist, 1, {}}, entries));
        library.reset();
    }
}

} // namespace
} // namespace segue::library
