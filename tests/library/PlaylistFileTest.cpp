#include <gmock/gmock.h>

#include "library/PlaylistFile.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PlaylistFile, NamesAreRelativeToItsFolder) {
    EXPECT_THAT(parsePlaylist("#EXTM3U\n#EXTINF:12,Song\na.flac\r\n../b/c.ogg\n\n/x/./d.wav",
                              "/music/lists"),
                ElementsAre("/music/lists/a.flac", "/music/b/c.ogg", "/x/d.wav"));
}

TEST(PlaylistFile, FileAddressesAreFilesAndOthersAreNot) {
    EXPECT_THAT(parsePlaylist("file:///m/a%20b%2.ogg\nhttp://radio/x\nfile://host/y", "/l"),
                ElementsAre("/m/a b%2.ogg"));
}

TEST(PlaylistFile, AByteOrderMarkIsNoPartOfAName) {
    EXPECT_THAT(parsePlaylist("\xEF\xBB\xBF"
                              "a.ogg",
                              "/l"),
                ElementsAre("/l/a.ogg"));
}

TEST(PlaylistFile, NothingComesOfNothing) {
    EXPECT_THAT(parsePlaylist("", "/l"), IsEmpty());
    EXPECT_THAT(parsePlaylist(" \r\n\t\n#", "/l"), IsEmpty());
    EXPECT_THAT(parsePlaylist(std::string_view("a\0b", 3), "/l"), IsEmpty());
}

TEST(PlaylistFile, IsReadFromDiskOrTellsWhyNot) {
    const segue::test::TempDir dir;
    test::writeBytes(dir.path() / "mine.m3u8", "a.ogg\n");
    const auto files = readPlaylist(dir.path() / "mine.m3u8");
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_THAT(*files, ElementsAre(dir.path() / "a.ogg"));
    const auto none = readPlaylist(dir.path() / "none.m3u8");
    EXPECT_EQ(test::errorOf(none), ErrorCode::NotFound);
}

} // namespace
} // namespace segue::library
