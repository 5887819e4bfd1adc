// What a scan finds, keeps, marks and refuses, on small libraries of real files.

#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

#include "library/Database.h"
#include "library/StampRules.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using test::writeAudio;
using test::writeBytes;
using test::writeTags;
namespace fs = std::filesystem;

class ScannerTest : public test::LibraryTest {
  protected:
    ScannerTest() { fs::create_directories(root); }

    static std::vector<std::string> problemPaths(const Library& library) {
        std::vector<std::string> paths;
        const auto problems = library.problems(1000, "")->items;
        for (const ScanProblem& problem : problems)
            paths.push_back(problem.path);
        return paths;
    }
};

TEST_F(ScannerTest, FindsAudioFilesInAllFoldersWhateverTheCaseOfTheExtension) {
    for (const char* name : {"a.wav", "b.FLAC", "x/c.Ogg", "x/y/d.opus", "x/y/e.mp3", "f.aiff"})
        writeAudio(root / name, 1, 4800, 48000);
    fs::copy_file(root / "x/c.Ogg", root / "g.oga");
    fs::copy_file(root / "f.aiff", root / "h.AIF");
    for (const char* name : {"cover.jpg", "notes.txt", "wav", ".hidden.wav", ".trash/i.wav"})
        writeBytes(root / name, "no music");
    const auto library = open();
    const ScanReport report = scan(*library);
    EXPECT_THAT(titles(*library), UnorderedElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
    EXPECT_EQ(report.counts.filesSeen, 8);
    EXPECT_EQ(report.counts.added, 8);
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(library->trackCount(), 8);
}

TEST_F(ScannerTest, SeveralRootsMakeOneLibraryEvenInsideEachOther) {
    writeAudio(dir.path() / "m1/a.wav");
    writeAudio(dir.path() / "m1/inner/b.wav", 2);
    writeAudio(dir.path() / "m2/c.wav", 3);
    const auto library = open({dir.path() / "m1", dir.path() / "m2/", dir.path() / "m1/inner"});
    scan(*library);
    EXPECT_THAT(titles(*library), ElementsAre("a", "b", "c"));
    EXPECT_EQ(scan(*library).counts.filesToRead, 0);
}

TEST_F(ScannerTest, UnchangedFilesAreNotOpenedAgain) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    writeAudio(own.path() / "music/a.wav");
    writeBytes(own.path() / "music/bad.wav", "no music");
    const auto library = Library::open(own.path() / "library.db", {own.path() / "music"});
    ASSERT_TRUE(library);
    scan(**library);
    const ScanReport second = scan(**library);
    EXPECT_EQ(second.counts.filesSeen, 2);
    EXPECT_EQ(second.counts.filesToRead, 0);
    EXPECT_THAT(second.problems, SizeIs(1)) << "the bad file is still known to be bad";
    EXPECT_EQ(second.counts.skipped, 1);
}

TEST_F(ScannerTest, IdsStayAndNewTagsAreTaken) {
    writeAudio(root / "a.flac");
    writeAudio(root / "b.flac", 2);
    const auto library = open();
    scan(*library);
    const TrackId a = idOf(*library, root / "a.flac");
    writeTags(root / "a.flac", {{"TITLE", "New"}});
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.changed, 1);
    EXPECT_EQ(report.counts.filesRead, 1);
    EXPECT_EQ(library->track(a)->title, "New");
    EXPECT_EQ(idOf(*library, root / "a.flac"), a);
}

TEST_F(ScannerTest, AnEditIsNoticedThoughSizeAndTimeAreRestored) {
    writeAudio(root / "a.flac", 1);
    writeTags(root / "a.flac", {{"TITLE", "Before"}});
    std::string bytes = test::readBytes(root / "a.flac");
    const auto library = open();
    scan(*library);
    bytes.replace(bytes.find("Before"), 6, "After!");
    test::editKeepingTime(root / "a.flac", bytes);
    EXPECT_EQ(scan(*library).counts.changed, 1);
    EXPECT_THAT(titles(*library), ElementsAre("After!"));
}

TEST_F(ScannerTest, AVanishedFileIsMissingAndComesBackWithItsId) {
    writeAudio(root / "a.wav", 1);
    writeAudio(root / "b.wav", 2);
    const auto library = open();
    scan(*library);
    const TrackId a = idOf(*library, root / "a.wav");
    fs::rename(root / "a.wav", dir.path() / "elsewhere.wav");
    EXPECT_EQ(scan(*library).counts.missing, 1);
    EXPECT_THAT(titles(*library), ElementsAre("b"));
    EXPECT_EQ(library->trackCount(), 1);
    EXPECT_TRUE(library->track(a)->missing);
    EXPECT_EQ(errorOf(library->refresh(a)), ErrorCode::NotFound);
    EXPECT_EQ(scan(*library).counts.missing, 0) << "counted once";

    fs::rename(dir.path() / "elsewhere.wav", root / "a.wav");
    EXPECT_EQ(scan(*library).counts.changed, 1);
    EXPECT_EQ(idOf(*library, root / "a.wav"), a);
}

TEST_F(ScannerTest, AnIdIsNeverGivenTwice) {
    writeAudio(root / "keep.wav", 9);
    TrackId last = 0;
    auto library = open();
    for (int i = 1; i <= 3; ++i) {
        const auto path = root / (std::to_string(i) + ".wav");
        writeAudio(path, i, 800 + i); // another size: not a moved file
        scan(*library);
        EXPECT_GT(idOf(*library, path), last);
        last = idOf(*library, path);
        fs::remove(path);
        scan(*library);
        library = open();
    }
}

TEST_F(ScannerTest, ARenamedFileKeepsItsId) {
    writeAudio(root / "x/old.wav", 1);
    writeAudio(root / "x/other.wav", 2);
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "x/old.wav");
    fs::create_directories(root / "y");
    fs::rename(root / "x/old.wav", root / "y/new.wav");
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.moved, 1);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_EQ(report.counts.added, 0);
    EXPECT_EQ(idOf(*library, root / "y/new.wav"), id);
    EXPECT_EQ(library->track(id)->title, "new");
    EXPECT_EQ(library->trackCount(), 2);
}

TEST_F(ScannerTest, ACopyAfterTheOriginalWasDeletedKeepsTheIdWhenTheContentIsKnown) {
    writeAudio(root / "a.wav", 1);
    writeAudio(root / "b.wav", 2);
    const auto library = open();
    scan(*library);
    const TrackId a = idOf(*library, root / "a.wav");
    const auto content = library->refresh(a)->contentId;
    ASSERT_TRUE(content);
    fs::copy_file(root / "a.wav", dir.path() / "copy.wav"); // another inode and time
    fs::remove(root / "a.wav");
    scan(*library);
    writeAudio(root / "z.wav", 3); // same size, other content
    fs::rename(dir.path() / "copy.wav", root / "copy.wav");
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.moved, 1);
    EXPECT_EQ(report.counts.added, 1);
    EXPECT_EQ(idOf(*library, root / "copy.wav"), a);
    EXPECT_EQ(library->track(a)->contentId, content);
}

TEST_F(ScannerTest, ARenamedAndACopiedFileDoNotTakeEachOthersId) {
    writeAudio(root / "m/song.wav", 1);
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "m/song.wav");
    ASSERT_TRUE(library->refresh(id));
    fs::copy_file(root / "m/song.wav", root / "a copy.wav");
    fs::rename(root / "m/song.wav", root / "z moved.wav");
    scan(*library);
    EXPECT_EQ(idOf(*library, root / "z moved.wav"), id);
    EXPECT_NE(idOf(*library, root / "a copy.wav"), id);
}

TEST_F(ScannerTest, AFileOfTheSameSizeIsNotTakenForAMovedOne) {
    writeAudio(root / "a.wav", 1);
    writeAudio(root / "b.wav", 5);
    const auto library = open();
    scan(*library);
    const TrackId a = idOf(*library, root / "a.wav");
    ASSERT_TRUE(library->refresh(a));
    fs::remove(root / "a.wav");
    scan(*library);
    writeAudio(root / "c.wav", 2);
    fs::last_write_time(root / "c.wav", fs::file_time_type::clock::now() - std::chrono::hours(1));
    EXPECT_EQ(scan(*library).counts.added, 1);
    EXPECT_TRUE(library->track(a)->missing);
}

TEST_F(ScannerTest, ARootThatIsNotThereKeepsItsTracks) {
    const auto second = dir.path() / "usb";
    writeAudio(root / "a.wav", 1);
    writeAudio(second / "b.wav", 2);
    const auto library = open({root, second});
    scan(*library);
    const TrackId b = idOf(*library, second / "b.wav");
    fs::rename(second, dir.path() / "unplugged");
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.missing, 0);
    ASSERT_THAT(report.problems, SizeIs(1));
    EXPECT_EQ(report.problems[0].path, second.string());
    EXPECT_THAT(titles(*library), ElementsAre("a", "b"));
    fs::rename(dir.path() / "unplugged", second);
    EXPECT_EQ(scan(*library).counts.filesToRead, 0);
    EXPECT_EQ(idOf(*library, second / "b.wav"), b);
    EXPECT_THAT(problemPaths(*library), IsEmpty());
}

TEST_F(ScannerTest, ARootThatIsSuddenlyEmptyKeepsItsTracks) {
    writeAudio(root / "a.wav");
    const auto library = open();
    scan(*library);
    fs::rename(root, dir.path() / "disk");
    fs::create_directory(root); // the mount point without the disk
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_THAT(titles(*library), ElementsAre("a"));
    ASSERT_THAT(report.problems, SizeIs(1));
    EXPECT_THAT(report.problems[0].reason, HasSubstr("1 tracks"));
    EXPECT_THAT(problemPaths(*library), ElementsAre(root.string()));
}

TEST_F(ScannerTest, AnEmptiedFolderInsideARootIsBelieved) {
    writeAudio(root / "x/a.wav", 1);
    writeAudio(root / "b.wav", 2);
    const auto library = open();
    scan(*library);
    fs::remove(root / "x/a.wav");
    EXPECT_EQ(scan(*library).counts.missing, 1);
}

TEST_F(ScannerTest, AFolderThatCannotBeReadKeepsItsTracks) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    const auto music = own.path() / "music";
    writeAudio(music / "locked/a.wav", 1);
    writeAudio(music / "open/b.wav", 2);
    const auto library = Library::open(own.path() / "library.db", {music});
    ASSERT_TRUE(library);
    scan(**library);
    fs::permissions(music / "locked", fs::perms::none);
    const ScanReport report = scan(**library);
    fs::permissions(music / "locked", fs::perms::owner_all);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_THAT(titles(**library), ElementsAre("a", "b"));
    ASSERT_THAT(report.problems, SizeIs(1));
    EXPECT_EQ(report.problems[0].path, (music / "locked").string());
    EXPECT_THAT(scan(**library).problems, IsEmpty());
}

TEST_F(ScannerTest, AFileThatMayNotBeReadIsTriedAgainByEachScan) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    const auto music = own.path() / "music";
    writeAudio(music / "a.wav");
    fs::permissions(music / "a.wav", fs::perms::none);
    const auto library = Library::open(own.path() / "library.db", {music});
    ASSERT_TRUE(library);
    EXPECT_THAT(scan(**library).problems, SizeIs(1));
    EXPECT_EQ(scan(**library).counts.filesToRead, 1);
    fs::permissions(music / "a.wav", fs::perms::owner_all);
    EXPECT_THAT(scan(**library).problems, IsEmpty());
    EXPECT_THAT(titles(**library), ElementsAre("a"));
}

TEST_F(ScannerTest, TracksOfARootThatIsNoLongerGivenAreHiddenAndKept) {
    const auto second = dir.path() / "second";
    writeAudio(root / "a.wav", 1);
    writeAudio(second / "b.wav", 2);
    auto library = open({root, second});
    scan(*library);
    const TrackId b = idOf(*library, second / "b.wav");

    library = open({root});
    EXPECT_THAT(titles(*library), ElementsAre("a"));
    EXPECT_EQ(library->trackCount(), 1);
    EXPECT_TRUE(library->track(b)->missing);
    EXPECT_EQ(errorOf(library->refresh(b)), ErrorCode::NotFound);
    EXPECT_THAT(library->withoutAnalysis(1, 10).value(), SizeIs(1));
    EXPECT_EQ(scan(*library).counts.missing, 0);

    library = open({root, second});
    EXPECT_THAT(titles(*library), ElementsAre("a", "b"));
    EXPECT_EQ(idOf(*library, second / "b.wav"), b);
}

TEST_F(ScannerTest, ARootThatWasRenamedKeepsItsIds) {
    writeAudio(root / "a.wav");
    auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "a.wav");
    fs::rename(root, dir.path() / "musik");
    library = open({dir.path() / "musik"});
    EXPECT_EQ(scan(*library).counts.moved, 1);
    EXPECT_EQ(idOf(*library, dir.path() / "musik/a.wav"), id);
}

TEST_F(ScannerTest, AWiderOrNarrowerRootShowsItsTracksWithoutAScan) {
    writeAudio(root / "x/a.wav", 1);
    writeAudio(root / "b.wav", 2);
    writeAudio(root / "x-ray/c.wav", 3); // shares the first letters only
    scan(*open({root}));
    EXPECT_THAT(titles(*open({root / "x"})), ElementsAre("a"));
    EXPECT_THAT(titles(*open({root})), ElementsAre("a", "b", "c"));
}

TEST_F(ScannerTest, LinksThatLoopAreWalkedOnce) {
    writeAudio(root / "x/a.wav");
    fs::create_directory_symlink(root, root / "x/back");
    fs::create_directory_symlink("self", root / "self");
    fs::create_directory_symlink(root / "x", root / "0 first by name");
    const auto library = open();
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.filesSeen, 1);
    EXPECT_EQ(idOf(*library, root / "x/a.wav"), list(*library).at(0).id);
}

TEST_F(ScannerTest, LinksWithinTheRootsAreFollowedToWhatIsFoundNowhereElse) {
    writeAudio(root / ".store/a.wav", 1);
    writeAudio(root / "real.wav", 2);
    fs::create_directory_symlink(root / ".store", root / "album");
    fs::create_symlink(root / "real.wav", root / "again.wav");
    const auto library = open();
    scan(*library);
    EXPECT_THAT(titles(*library), ElementsAre("a", "real"));
    EXPECT_TRUE(library->refresh(idOf(*library, root / "album/a.wav")));
}

TEST_F(ScannerTest, LinksOutOfTheRootsAreProblems) {
    writeAudio(dir.path() / "private/a.wav");
    fs::create_symlink(dir.path() / "private/a.wav", root / "a.wav");
    fs::create_directory_symlink(dir.path() / "private", root / "p");
    fs::create_symlink(dir.path() / "gone.wav", root / "gone.wav");
    const auto library = open();
    const ScanReport report = scan(*library);
    EXPECT_EQ(library->trackCount(), 0);
    EXPECT_THAT(report.problems, SizeIs(3));
}

TEST_F(ScannerTest, ARootMayBeALinkItself) {
    writeAudio(dir.path() / "disk/a.wav");
    fs::create_directory_symlink(dir.path() / "disk", dir.path() / "link");
    const auto library = open({dir.path() / "link"});
    scan(*library);
    ASSERT_EQ(library->trackCount(), 1);
    EXPECT_EQ(list(*library)[0].path, dir.path() / "link/a.wav");
    EXPECT_TRUE(library->refresh(list(*library)[0].id));
}

TEST_F(ScannerTest, WhatIsNoReadableAudioFileIsAProblemAndNoTrack) {
    writeAudio(root / "good.wav");
    writeBytes(root / "empty.flac", "");
    writeBytes(root / "text.mp3", "this is no music");
    ASSERT_EQ(::mkfifo((root / "pipe.ogg").c_str(), 0666), 0);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string socketPath = root / "s.wav";
    ASSERT_LT(socketPath.size(), sizeof address.sun_path);
    socketPath.copy(address.sun_path, socketPath.size());
    ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
    fs::create_directory(root / "folder.flac");

    auto library = open();
    const ScanReport report = scan(*library);
    EXPECT_THAT(titles(*library), ElementsAre("good"));
    EXPECT_THAT(report.problems, SizeIs(4));
    const auto expected = ElementsAre((root / "empty.flac").string(), (root / "pipe.ogg").string(),
                                      (root / "s.wav").string(), (root / "text.mp3").string());
    EXPECT_THAT(problemPaths(*library), expected);
    library = open();
    EXPECT_THAT(problemPaths(*library), expected) << "problems survive a restart";
    fs::remove(root / "empty.flac");
    writeAudio(root / "text.mp3", 1, 4800, 48000);
    scan(*library);
    EXPECT_THAT(problemPaths(*library), SizeIs(2));
    EXPECT_EQ(library->trackCount(), 2);
}

TEST_F(ScannerTest, ATrackEditedIntoRubbishIsMissingUntilItIsMended) {
    writeAudio(root / "a.wav");
    const std::string good = test::readBytes(root / "a.wav");
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "a.wav");
    writeBytes(root / "a.wav", "rubbish");
    EXPECT_EQ(scan(*library).counts.skipped, 1);
    EXPECT_EQ(library->trackCount(), 0);
    EXPECT_EQ(scan(*library).counts.filesToRead, 0);
    EXPECT_EQ(errorOf(library->refresh(id)), ErrorCode::Unsupported);
    writeBytes(root / "a.wav", good);
    EXPECT_EQ(scan(*library).counts.changed, 1);
    EXPECT_EQ(idOf(*library, root / "a.wav"), id);
    EXPECT_THAT(problemPaths(*library), IsEmpty());
}

TEST_F(ScannerTest, NamesOfAnyBytesAreKeptAndShownAsValidText) {
    const std::string name = "\xFF\xFE line\nbreak 'quote\" \xC3.wav";
    writeAudio(root / name);
    writeBytes(root / "bad \xFF.wav", "no music");
    auto library = open();
    const ScanReport report = scan(*library);
    ASSERT_EQ(library->trackCount(), 1);
    EXPECT_EQ(list(*library)[0].path.native(), (root / name).native());
    EXPECT_TRUE(library->refresh(list(*library)[0].id));
    ASSERT_THAT(report.problems, SizeIs(1));
    EXPECT_EQ(report.problems[0].path, (root / "bad \xEF\xBF\xBD.wav").native());
    EXPECT_THAT(report.problems[0].reason, ::testing::Not(HasSubstr("\xFF")));
    EXPECT_EQ(scan(*library).counts.filesToRead, 0);
}

TEST_F(ScannerTest, OneScanAtATimeAmongAllLibrariesOnTheDatabase) {
    writeAudio(root / "a.wav");
    const auto library = open();
    const auto other = open();
    const std::atomic<bool> cancel{false};
    int asked = 0;
    const auto report = library->scan(
        [&](const ScanProgress&) {
            ++asked;
            for (Library* second : {library.get(), other.get()})
                EXPECT_EQ(errorOf(second->scan({}, cancel)), ErrorCode::Busy);
        },
        cancel);
    EXPECT_TRUE(report);
    EXPECT_GT(asked, 0);
    EXPECT_TRUE(other->scan({}, cancel));
}

TEST_F(ScannerTest, ACancelledScanKeepsWhatItReadAndMarksNothingMissing) {
    writeAudio(root / "gone.wav", 1, 900);
    const auto library = open();
    scan(*library);
    fs::remove(root / "gone.wav");
    writeAudio(root / "0.wav");
    for (int i = 1; i < 600; ++i)
        fs::copy_file(root / "0.wav", root / (std::to_string(i) + ".wav"));
    std::atomic<bool> cancel{false};
    const auto report = library->scan(
        [&](const ScanProgress& progress) { cancel = progress.filesRead > 0; }, cancel);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->cancelled);
    EXPECT_GT(report->counts.added, 0);
    EXPECT_LT(report->counts.added, 600);
    EXPECT_EQ(report->counts.missing, 0);
    EXPECT_EQ(library->trackCount(), 1 + report->counts.added);
    const ScanReport rest = scan(*library);
    EXPECT_EQ(rest.counts.added, 600 - report->counts.added);
    EXPECT_EQ(library->trackCount(), 600);

    cancel = true;
    EXPECT_TRUE(library->scan({}, cancel)->cancelled);
    EXPECT_EQ(library->trackCount(), 600);
}

TEST_F(ScannerTest, ProgressEndsAtTheReport) {
    writeAudio(root / "a.wav", 1);
    writeBytes(root / "b.wav", "no music");
    const auto library = open();
    ScanProgress last;
    const std::atomic<bool> cancel{false};
    const auto report =
        library->scan([&](const ScanProgress& progress) { last = progress; }, cancel);
    EXPECT_EQ(last.filesSeen, 2);
    EXPECT_EQ(last.filesToRead, 2);
    EXPECT_EQ(last.filesRead, 2);
    EXPECT_EQ(last.added, 1);
    EXPECT_EQ(last.skipped, 1);
    EXPECT_EQ(report->counts.skipped, 1);
}

TEST_F(ScannerTest, AFileThatWasMovedAndEditedKeepsItsId) {
    writeAudio(root / "a/1.flac");
    writeTags(root / "a/1.flac", {{"TITLE", "Before"}});
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "a/1.flac");
    if (!birthOf(root / "a/1.flac"))
        GTEST_SKIP() << "this file system does not tell when a file was made";
    fs::create_directories(root / "b");
    fs::rename(root / "a/1.flac", root / "b/2.flac");
    writeTags(root / "b/2.flac", {{"TITLE", "After"}});
    const ScanReport report = scan(*library);
    EXPECT_EQ(report.counts.moved, 1);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_EQ(idOf(*library, root / "b/2.flac"), id);
    EXPECT_EQ(library->track(id)->title, "After");
}

class FolderScanTest : public ScannerTest {
  protected:
    static ScanReport scanFolders(Library& library) {
        const std::atomic<bool> cancel{false};
        auto report = library.scan({}, cancel, {.depth = ScanDepth::Folders});
        if (!report)
            ADD_FAILURE() << report.error().message;
        return report.value_or(ScanReport{});
    }

    /// Scans until all folders have been the same for long enough to be believed.
    void settle(Library& library) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        const auto db = Connection::open(database, Access::ReadOnly).value();
        do
            scan(library);
        while (db->queryInt("SELECT count(*) FROM folder WHERE settled = 0").value() > 0 &&
               std::chrono::steady_clock::now() < deadline);
        ASSERT_EQ(db->queryInt("SELECT count(*) FROM folder WHERE settled = 0").value(), 0);
    }
};

TEST_F(FolderScanTest, BelievesFoldersThatAreTheSameAndLooksIntoTheOthers) {
    for (const char* name : {"a/1.wav", "a/deep/2.wav", "b/3.wav", "b/bad.wav"})
        writeAudio(root / name, name[2]);
    writeBytes(root / "b/bad.wav", "no music");
    const auto library = open();
    scan(*library);
    settle(*library);
    writeAudio(root / "a/1.wav", 9); // in place
    ScanReport report = scanFolders(*library);
    EXPECT_EQ(report.counts.filesToRead, 0) << "an edit in place is not looked for";
    EXPECT_EQ(report.counts.filesSeen, 3);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_EQ(report.counts.skipped, 1) << "what is bad is still known to be bad";
    EXPECT_THAT(library->problems(10, "")->items, SizeIs(1));
    EXPECT_EQ(scan(*library).counts.changed, 1);
    // What comes and goes is found, however deep.
    writeAudio(root / "a/deep/new.wav", 20);
    fs::remove(root / "b/3.wav");
    report = scanFolders(*library);
    EXPECT_EQ(report.counts.added, 1);
    EXPECT_EQ(report.counts.missing, 1);
    EXPECT_EQ(library->trackCount(), 3);
    scanFolders(*library);
    EXPECT_EQ(library->trackCount(), 3);
}

TEST_F(FolderScanTest, AFolderThatGoesAndComesBackIsReadAnew) {
    writeAudio(root / "a/1.wav", 1);
    writeAudio(root / "b/2.wav", 2);
    const auto library = open();
    scan(*library);
    settle(*library);
    fs::rename(root / "a", dir.path() / "away");
    EXPECT_EQ(scanFolders(*library).counts.missing, 1);
    EXPECT_THAT(library->problems(10, "")->items, IsEmpty());
    EXPECT_THAT(scanFolders(*library).problems, IsEmpty());
    fs::rename(dir.path() / "away", root / "a");
    EXPECT_EQ(scanFolders(*library).counts.changed, 1);
    EXPECT_EQ(library->trackCount(), 2);
}

TEST_F(FolderScanTest, ARootThatIsNotThereKeepsItsTracks) {
    writeAudio(root / "a/1.wav", 1);
    const auto library = open();
    scan(*library);
    settle(*library);
    fs::rename(root, dir.path() / "unplugged");
    EXPECT_EQ(scanFolders(*library).counts.missing, 0);
    fs::create_directory(root);
    EXPECT_EQ(scanFolders(*library).counts.missing, 0);
    fs::remove(root);
    fs::rename(dir.path() / "unplugged", root);
    EXPECT_EQ(scanFolders(*library).counts.missing, 0);
    EXPECT_EQ(library->trackCount(), 1);
}

class ChangedFoldersTest : public FolderScanTest {
  protected:
    static ScanReport scanIn(Library& library, std::vector<ChangedFolder> folders) {
        const std::atomic<bool> cancel{false};
        auto report =
            library.scan({}, cancel, {.depth = ScanDepth::Folders, .folders = std::move(folders)});
        if (!report)
            ADD_FAILURE() << report.error().message;
        return report.value_or(ScanReport{});
    }
};

TEST_F(ChangedFoldersTest, OnlyTheyAreLookedAt) {
    for (const char* name : {"a/1.wav", "a/deep/2.wav", "b/3.wav", "4.wav"})
        writeAudio(root / name, name[0]);
    writeBytes(root / "b/bad.wav", "no music");
    const auto library = open();
    scan(*library);
    settle(*library);
    for (const char* name : {"a/1.wav", "a/deep/2.wav", "b/3.wav"})
        writeAudio(root / name, 100 + name[0], 1600);
    writeBytes(root / "a/bad.wav", "none either");
    writeAudio(root / "b/new.wav", 7);
    fs::remove(root / "4.wav");
    ScanReport report = scanIn(*library, {{root / "a", Below::No}, {root / "a", Below::No}});
    EXPECT_EQ(report.counts.filesSeen, 2);
    EXPECT_EQ(report.counts.changed, 1);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_THAT(library->problems(10, "")->items, SizeIs(2)) << "those elsewhere are not forgotten";
    report = scanIn(*library, {{root / "a", Below::Yes}, {root / "a/deep", Below::No}});
    EXPECT_EQ(report.counts.filesSeen, 3);
    EXPECT_EQ(report.counts.changed, 1);
    fs::remove(root / "b/bad.wav");
    report = scanIn(*library, {{root / "b", Below::No}, {root, Below::No}});
    EXPECT_EQ(report.counts.changed, 1);
    EXPECT_EQ(report.counts.added, 1);
    EXPECT_EQ(report.counts.missing, 1);
    EXPECT_THAT(library->problems(10, "")->items, SizeIs(1));
    EXPECT_EQ(library->trackCount(), 4);
    // A scan of everything finds nothing that they left wrong.
    report = scanFolders(*library);
    EXPECT_EQ(report.counts.filesToRead + report.counts.missing, 0);
    EXPECT_EQ(report.counts.filesSeen, 5);
    report = scan(*library);
    EXPECT_EQ(report.counts.filesToRead + report.counts.missing, 0);
    EXPECT_EQ(library->trackCount(), 4);
}

TEST_F(ChangedFoldersTest, AFolderThatIsGoneIsFollowedAndAMoveKeepsIds) {
    writeAudio(root / "a/deep/1.wav", 1);
    writeAudio(root / "b/2.wav", 2);
    writeAudio(root / "c/3.wav", 3);
    const auto library = open();
    scan(*library);
    const TrackId one = idOf(*library, root / "a/deep/1.wav");
    fs::rename(root / "a", root / "c/a");
    ScanReport report = scanIn(*library, {{root / "a", Below::Yes}, {root / "c/a", Below::Yes}});
    EXPECT_EQ(report.counts.moved, 1);
    EXPECT_EQ(report.counts.missing, 0);
    EXPECT_EQ(idOf(*library, root / "c/a/deep/1.wav"), one);
    fs::rename(root / "c/a", dir.path() / "away");
    EXPECT_EQ(scanIn(*library, {{root / "c/a", Below::Yes}}).counts.missing, 1);
    fs::rename(dir.path() / "away/deep/1.wav", root / "b/other.wav");
    report = scanIn(*library, {{root / "b", Below::No}});
    EXPECT_EQ(report.counts.moved, 1) << "it was missing";
    EXPECT_EQ(idOf(*library, root / "b/other.wav"), one);
    EXPECT_EQ(library->trackCount(), 3);
}

TEST_F(ChangedFoldersTest, WhatMayNotBeMountedKeepsItsTracks) {
    writeAudio(root / "a/1.wav", 1);
    const auto library = open();
    scan(*library);
    const std::vector<ChangedFolder> changed{{root / "a", Below::Yes}, {root, Below::No}};
    fs::rename(root, dir.path() / "unplugged");
    EXPECT_EQ(scanIn(*library, changed).counts.missing, 0);
    EXPECT_THAT(library->problems(10, "")->items, SizeIs(1));
    fs::create_directory(root);
    EXPECT_EQ(scanIn(*library, changed).counts.missing, 0);
    EXPECT_THAT(library->problems(10, "")->items, SizeIs(1));
    EXPECT_EQ(library->trackCount(), 1);
    fs::remove(root);
    fs::rename(dir.path() / "unplugged", root);
    EXPECT_EQ(scanIn(*library, changed).counts.filesSeen, 1);
    EXPECT_THAT(library->problems(10, "")->items, IsEmpty());
}

TEST_F(ChangedFoldersTest, WhereLinksAreAllIsScanned) {
    writeAudio(root / "a/1.wav", 1);
    writeAudio(root / ".hidden/2.wav", 2);
    fs::create_directory_symlink(root / ".hidden", root / "a/link");
    const auto library = open();
    scan(*library);
    EXPECT_EQ(library->trackCount(), 2);
    writeAudio(root / "b/3.wav", 3);
    writeAudio(root / ".hidden/4.wav", 4);
    EXPECT_EQ(scanIn(*library, {{root / "a", Below::No}}).counts.added, 2);
    fs::remove(root / ".hidden/4.wav");
    EXPECT_EQ(scanIn(*library, {{root / "a/link", Below::No}}).counts.missing, 1);
    EXPECT_EQ(library->trackCount(), 3);
}

TEST_F(ChangedFoldersTest, NoPathLeadsOutOfTheRoots) {
    writeAudio(root / "a/1.wav", 1);
    writeAudio(dir.path() / "outside/2.wav", 2);
    const auto library = open();
    scan(*library);
    EXPECT_EQ(scanIn(*library, {{dir.path() / "outside", Below::Yes}}).counts.filesSeen, 0);
    EXPECT_EQ(library->trackCount(), 1);
}

TEST_F(ScannerTest, ALibraryWithoutRootsIsEmpty) {
    const auto library = open(std::vector<fs::path>{});
    EXPECT_EQ(scan(*library).counts.filesSeen, 0);
    EXPECT_EQ(library->trackCount(), 0);
    EXPECT_THAT(list(*library), IsEmpty());
    EXPECT_THAT(library->withoutAnalysis(1, 10).value(), IsEmpty());
    EXPECT_THAT(library->problems(10, "")->items, IsEmpty());
}

} // namespace
} // namespace segue::library
