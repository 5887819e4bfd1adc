// Problems are sorted by the words of a real scan, so that words that change fail here.
#include "library/ProblemKind.h"

#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;

using ProblemKindTest = test::LibraryTest;

TEST_F(ProblemKindTest, WhatAScanSaysIsSorted) {
    test::writeAudio(root / "music.wav");
    test::writeBytes(root / "empty.flac", "");
    test::writeBytes(root / "letter.ogg", "dear listener, there is no music in this file at all");
    test::writeBytes(root / "broken.flac", "fLaC and nothing that belongs behind it");
    test::writeBytes(root / "cut.wav", "RIFF");
    fs::create_directory(root / "directory.ogg");
    ASSERT_EQ(::mkfifo((root / "pipe.ogg").c_str(), 0600), 0);
    fs::create_symlink(root / "nowhere.flac", root / "gone.flac");
    fs::create_symlink("/usr", root / "out");
    const auto library = open({root, dir.path() / "unmounted"});
    scan(*library);
    std::map<std::string, std::string> kinds;
    const auto problems = library->problems(100, "")->items;
    for (const ScanProblem& problem : problems)
        kinds[fs::path(problem.path).filename()] = nameOf(problemKindOf(problem.reason));
    const std::map<std::string, std::string> wanted{
        {"empty.flac", "empty"}, {"letter.ogg", "format"}, {"broken.flac", "damaged"},
        {"cut.wav", "format"},   {"pipe.ogg", "format"},   {"gone.flac", "link"},
        {"out", "link"},         {"unmounted", "folder"},
    };
    EXPECT_EQ(kinds, wanted);
}

TEST_F(ProblemKindTest, TracksThatAFolderHasLostAreAMatterOfTheFolder) {
    test::writeAudio(root / "a.wav");
    const auto library = open();
    scan(*library);
    fs::rename(root, dir.path() / "disk");
    fs::create_directory(root); // the mount point without the disk
    const ScanReport report = scan(*library);
    ASSERT_EQ(report.problems.size(), 1u);
    EXPECT_EQ(problemKindOf(report.problems[0].reason), ProblemKind::Folder);
}

// A test's user may be allowed to read everything, and nothing edits a file at the right moment.
TEST(ProblemKind, WhatATestCannotBringAboutIsSortedByItsWords) {
    EXPECT_EQ(problemKindOf("open '/m/a.flac': Permission denied"), ProblemKind::Access);
    EXPECT_EQ(problemKindOf("read '/m/a.flac': Input/output error"), ProblemKind::Access);
    EXPECT_EQ(problemKindOf("'/m/a.flac' was edited while it was read"), ProblemKind::Changing);
    EXPECT_EQ(problemKindOf("analysis: decode at frame 8"), ProblemKind::Analysis);
    EXPECT_EQ(problemKindOf("'/m/: the file is empty/a.flac': no audio in it"),
              ProblemKind::Damaged);
    EXPECT_EQ(problemKindOf("something new"), ProblemKind::Other);
    EXPECT_EQ(problemKindOf(""), ProblemKind::Other);
}

} // namespace
} // namespace segue::library
