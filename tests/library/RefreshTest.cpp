// refresh() never gives the identity of bytes that are no longer on disk, nor of bytes outside the
// library, whatever happens beside it.

#include <thread>

#include "library/Database.h"
#include "tests/library/FileSizeLimit.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;

using test::writeAudio;
namespace fs = std::filesystem;

class RefreshTest : public test::LibraryTest {
  protected:
    RefreshTest() {
        writeAudio(file, 1);
        library = open();
        scan(*library);
        id = idOf(*library, file);
    }

    const fs::path file = root / "a.wav";
    std::unique_ptr<Library> library;
    TrackId id = 0;
};

TEST_F(RefreshTest, KnowsTheContentFromThenOn) {
    EXPECT_FALSE(library->track(id)->contentId);
    const auto track = library->refresh(id);
    ASSERT_TRUE(track) << track.error().message;
    EXPECT_EQ(track->contentId, contentHashOf(file).value());
    EXPECT_EQ(track->stamp, stampOf(file).value());
    EXPECT_EQ(library->track(id)->contentId, track->contentId);
    EXPECT_EQ(open()->track(id)->contentId, track->contentId) << "stored";
}

TEST_F(RefreshTest, AnUnchangedFileIsNotOpenedAgain) {
    const auto before = library->refresh(id);
    // Whoever opens and reads the file moves its access time, if it is old enough.
    const timespec old[2] = {{1, 0}, {0, UTIME_OMIT}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), old, 0), 0);
    const auto settled = library->refresh(id); // setting it changed the file's stamp once
    ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), old, 0), 0);
    ASSERT_TRUE(Connection::open(database, Access::ReadWrite)
                    .value()
                    ->prepare("UPDATE track SET changed_ns = ?1")
                    .bindInt(1, stampOf(file)->changedNs)
                    .run());
    EXPECT_EQ(library->refresh(id)->contentId, before->contentId);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_atim.tv_sec, 1);
    EXPECT_EQ(settled->contentId, before->contentId);
}

TEST_F(RefreshTest, NoticesEditsThatKeepSizeAndTime) {
    const auto before = library->refresh(id);
    writeAudio(dir.path() / "other.wav", 2);
    const std::string other = test::readBytes(dir.path() / "other.wav");
    test::editKeepingTime(file, other);
    const auto after = library->refresh(id);
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_NE(after->contentId, before->contentId);
    EXPECT_EQ(after->contentId, contentHashOf(dir.path() / "other.wav").value());
}

TEST_F(RefreshTest, TakesTheEditedFilesTags) {
    ASSERT_TRUE(library->refresh(id));
    test::writeTags(file, {{"TITLE", "New title"}});
    EXPECT_EQ(library->refresh(id)->title, "New title");
    EXPECT_EQ(library->track(id)->title, "New title");
    EXPECT_EQ(titles(*library, "new TITLE").size(), 1u);
}

TEST_F(RefreshTest, FollowsEveryEditOfALongRow) {
    // Back-to-back edits fall into one tick of the file system's clock.
    for (int seed = 2; seed < 30; ++seed) {
        writeAudio(file, seed);
        EXPECT_EQ(library->refresh(id)->contentId, contentHashOf(file).value()) << seed;
    }
}

TEST_F(RefreshTest, AFileThatIsGoneIsNotFoundAndReturns) {
    ASSERT_TRUE(library->refresh(id));
    fs::rename(file, dir.path() / "aside");
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(library->refresh(id + 1)), ErrorCode::NotFound);
    writeAudio(root / "b.wav", 2);
    scan(*library);
    EXPECT_TRUE(library->track(id)->missing);
    fs::rename(dir.path() / "aside", file);
    const auto back = library->refresh(id);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_FALSE(back->missing);
    EXPECT_EQ(library->trackCount(), 2);
}

TEST_F(RefreshTest, AFileThatBecameSomethingElseIsNotFound) {
    fs::remove(file);
    fs::create_directory(file);
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound);
    fs::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0666), 0);
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound);
}

TEST_F(RefreshTest, ALinkOutOfTheRootsIsNotFound) {
    ASSERT_TRUE(library->refresh(id));
    writeAudio(dir.path() / "private.wav", 3);
    fs::remove(file);
    fs::create_symlink(dir.path() / "private.wav", file);
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound);
}

TEST_F(RefreshTest, AFolderReplacedByALinkOutOfTheRootsIsNotFound) {
    writeAudio(root / "x/b.wav", 2);
    scan(*library);
    const TrackId b = idOf(*library, root / "x/b.wav");
    ASSERT_TRUE(library->refresh(b));
    writeAudio(dir.path() / "private/b.wav", 4);
    fs::remove_all(root / "x");
    fs::create_directory_symlink(dir.path() / "private", root / "x");
    EXPECT_EQ(errorOf(library->refresh(b)), ErrorCode::NotFound);
}

TEST_F(RefreshTest, ARowThatNamesAPathOutsideIsNotFound) {
    writeAudio(dir.path() / "private.wav", 1);
    for (const std::string& path : {(dir.path() / "private.wav").string(),
                                    (root / "../private.wav").string(), std::string("a.wav")}) {
        ASSERT_TRUE(Connection::open(database, Access::ReadWrite)
                        .value()
                        ->prepare("UPDATE track SET path = ?1")
                        .bindBlob(1, path)
                        .run());
        EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::NotFound) << path;
    }
}

TEST_F(RefreshTest, AnotherDeviceNumberIsNotAnEdit) {
    const auto before = library->refresh(id);
    ASSERT_TRUE(Connection::open(database, Access::ReadWrite)
                    .value()
                    ->execute("UPDATE track SET device = device + 1"));
    EXPECT_EQ(scan(*library).counts.filesToRead, 0);
    EXPECT_EQ(library->track(id)->contentId, before->contentId);
    EXPECT_EQ(library->track(id)->stamp, before->stamp);
}

TEST_F(RefreshTest, ManyAtOnceAgreeOnTheBytesOnDisk) {
    for (int round = 0; round < 5; ++round) {
        writeAudio(file, 10 + round, 40'000);
        const auto expected = contentHashOf(file).value();
        std::vector<std::thread> threads;
        for (int i = 0; i < 6; ++i)
            threads.emplace_back([&] {
                const auto track = library->refresh(id);
                ASSERT_TRUE(track) << track.error().message;
                EXPECT_EQ(track->contentId, expected);
            });
        for (std::thread& thread : threads)
            thread.join();
    }
}

TEST_F(RefreshTest, StaysTrueWhileScansAndEditsGoOn) {
    std::atomic<bool> stop{false};
    std::thread scanner([&] {
        while (!stop)
            scan(*library);
    });
    std::thread reader([&] {
        while (!stop) {
            const auto track = library->refresh(id);
            if (!track) {
                EXPECT_NE(track.error().code, ErrorCode::Internal) << track.error().message;
            }
        }
    });
    for (int seed = 2; seed < 25; ++seed) {
        // Replaced as a whole, so that no half-written file is ever seen.
        writeAudio(dir.path() / "next.wav", seed);
        fs::rename(dir.path() / "next.wav", file);
        const auto track = library->refresh(id);
        ASSERT_TRUE(track) << track.error().message;
        EXPECT_EQ(track->contentId, contentHashOf(file).value());
    }
    stop = true;
    scanner.join();
    reader.join();
}

TEST_F(RefreshTest, WhenTheDatabaseCannotBeWrittenReadingAndRefreshingGoOn) {
    const auto before = library->refresh(id);
    writeAudio(file, 2);
    const Hash128 now = contentHashOf(file).value();
    writeAudio(root / "b.wav", 3);
    {
        const test::FileSizeLimit full(1);
        EXPECT_FALSE(library->putAnalysis(now, 1, AnalysisKind::Full, std::string(100'000, 'x')));
        EXPECT_FALSE(library->scan({}, std::atomic<bool>{false}));
        for (int i = 0; i < 2; ++i) {
            const auto track = library->refresh(id);
            ASSERT_TRUE(track) << track.error().message;
            EXPECT_EQ(track->contentId, now);
        }
        EXPECT_EQ(titles(*library).size(), 1u);
        EXPECT_EQ(library->track(id)->contentId, before->contentId);
    }
    EXPECT_TRUE(library->putAnalysis(now, 1, AnalysisKind::Full, "x"));
    EXPECT_EQ(scan(*library).counts.added, 1);
    EXPECT_TRUE(library->refresh(idOf(*library, root / "b.wav")));
    EXPECT_EQ(library->refresh(id)->contentId, now);
    EXPECT_EQ(library->track(id)->contentId, now);
}

TEST(ReadOnlyLibrary, ServesWhatItHas) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    const auto database = own.path() / "data/library.db";
    writeAudio(own.path() / "music/a.wav");
    const auto writer = Library::open(database, {own.path() / "music"});
    ASSERT_TRUE((*writer)->scan({}, std::atomic<bool>{false}));
    for (const auto& entry : fs::directory_iterator(database.parent_path()))
        fs::permissions(entry, fs::perms::owner_read);
    fs::permissions(database.parent_path(), fs::perms::owner_read | fs::perms::owner_exec);

    const auto library = Library::open(database, {own.path() / "music"});
    ASSERT_TRUE(library) << library.error().message;
    const auto tracks = (*library)->tracks({});
    ASSERT_TRUE(tracks) << tracks.error().message;
    ASSERT_EQ(tracks->size(), 1u);
    EXPECT_TRUE((*library)->refresh(tracks->at(0).id));
    EXPECT_EQ(errorOf((*library)->putAnalysis({1, 2}, 1, AnalysisKind::Full, "x")), ErrorCode::Io);
    fs::permissions(database.parent_path(), fs::perms::owner_all);
}

} // namespace
} // namespace segue::library
