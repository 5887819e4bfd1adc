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

TEST(PlaylistText, SaysWhatIsKnownOfEachEntry) {
    const auto text = parsePlaylistText("\xEF\xBB\xBF#EXTM3U\r\n#PLAYLIST: Late night \r\n"
                                        "#EXTINF:241.5 tvg-id=\"x\",Miles Davis - So What\r\n"
                                        "jazz/so what.flac\r\n\r\n"
                                        "#EXTINF:-1,Radio\nhttp://radio/x\n"
                                        "  /abs.ogg\n",
                                        100);
    EXPECT_EQ(text.name, "Late night");
    ASSERT_EQ(text.lines.size(), 3u);
    EXPECT_EQ(text.lines[0].number, 4);
    EXPECT_EQ(text.lines[0].path, "jazz/so what.flac");
    EXPECT_EQ(text.lines[0].artist, "Miles Davis");
    EXPECT_EQ(text.lines[0].title, "So What");
    EXPECT_EQ(text.lines[0].seconds, 241.5);
    EXPECT_EQ(text.lines[1].path, "");
    EXPECT_EQ(text.lines[1].text, "http://radio/x");
    EXPECT_EQ(text.lines[1].title, "Radio");
    EXPECT_EQ(text.lines[1].seconds, 0);
    EXPECT_EQ(text.lines[2].number, 8);
    EXPECT_EQ(text.lines[2].path, "/abs.ogg");
    EXPECT_EQ(text.lines[2].title, "");
}

TEST(PlaylistText, Latin1IsReadAsSuch) {
    const auto text = parsePlaylistText("#EXTINF:1,Bj\xF6rk - J\xF3ga\nBj\xF6rk.mp3", 100);
    ASSERT_EQ(text.lines.size(), 1u);
    EXPECT_EQ(text.lines[0].artist, "Björk");
    EXPECT_EQ(text.lines[0].title, "Jóga");
    EXPECT_EQ(text.lines[0].path, "Bj\xF6rk.mp3"); // the file system's bytes
}

TEST(PlaylistText, IsBounded) {
    std::string text;
    for (int i = 0; i < 50; ++i)
        text += "a\n";
    EXPECT_EQ(parsePlaylistText(text, 10).lines.size(), 10u);
}

TEST(PlaylistText, WhatIsWrittenIsReadAgain) {
    const std::vector<std::string> paths{"/m/a b.flac",  "a.ogg",       "#1.ogg",
                                         " x.ogg",       "/m/%41.ogg",  "/m/a\nb",
                                         "/m/x://y.ogg", "/m/\xFF.mp3", "../up/z.mp3"};
    std::vector<PlaylistItem> items;
    for (const std::string& path : paths)
        items.push_back({path, "Who - Ever", "What\nEver", 61.6});
    items.push_back({"a\nb", "", "cannot be written", 1});
    const auto read = parsePlaylistText(playlistText("My\nlist", items), 100);
    EXPECT_EQ(read.name, "My list");
    ASSERT_EQ(read.lines.size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
        EXPECT_EQ(std::filesystem::path(read.lines[i].path).lexically_normal(),
                  std::filesystem::path(paths[i]).lexically_normal());
        EXPECT_EQ(read.lines[i].seconds, 62);
    }
}

} // namespace
} // namespace segue::library
