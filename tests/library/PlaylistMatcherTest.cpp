// The lines of other programs' playlists lead to the tracks they mean, and to nothing else.

#include "library/PlaylistMatcher.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::writeAudio;
using test::writeTags;

class PlaylistMatcherTest : public test::LibraryTest {
  protected:
    PlaylistMatcherTest() {
        write("Jazz/Kind/01.flac", "So What", "Miles", 4);
        write("Jazz/Blue/01.flac", "Blue Train", "Coltrane", 5);
        write("Rock/Björk/jóga.flac", "Jóga", "Björk", 6);
        library = open();
        scan(*library);
        soWhat = idOf(*library, root / "Jazz/Kind/01.flac");
        blue = idOf(*library, root / "Jazz/Blue/01.flac");
        joga = idOf(*library, root / "Rock/Björk/jóga.flac");
    }
    void write(const char* name, const char* title, const char* artist, int seconds) {
        writeAudio(root / name, seconds, seconds * 8000);
        writeTags(root / name, {{"TITLE", title}, {"ARTIST", artist}});
    }

    MatchedLine match(const std::string& text, const std::optional<fs::path>& folder = {}) {
        const auto lines = parsePlaylistText(text, 10).lines;
        EXPECT_EQ(lines.size(), 1u);
        const auto matched = matchPlaylist(library->access(), lines, folder);
        EXPECT_TRUE(matched) << matched.error().message;
        return matched ? matched->at(0) : MatchedLine{};
    }
    void expectMatch(const std::string& text, PlaylistMatch by, TrackId track,
                     const std::optional<fs::path>& folder = {}) {
        const MatchedLine matched = match(text, folder);
        EXPECT_EQ(matched.by, by) << text;
        EXPECT_EQ(matched.track, track) << text;
    }

    std::unique_ptr<Library> library;
    TrackId soWhat = 0, blue = 0, joga = 0;
};

TEST_F(PlaylistMatcherTest, ByName) {
    const std::string absolute = root / "Jazz/Kind/01.flac";
    expectMatch(absolute, PlaylistMatch::Path, soWhat);
    expectMatch("file://" + absolute, PlaylistMatch::Path, soWhat);
    expectMatch("Jazz/Blue/01.flac", PlaylistMatch::Path, blue);
    expectMatch("../Blue/./01.flac", PlaylistMatch::Path, blue, root / "Jazz/Kind");
    expectMatch("01.flac", PlaylistMatch::Path, soWhat, root / "Jazz/Kind");
    expectMatch("Jazz\\Blue\\01.flac", PlaylistMatch::Path, blue);
    expectMatch("Rock/Bj\xF6rk/j\xF3ga.flac", PlaylistMatch::Path, joga); // Latin-1
}

TEST_F(PlaylistMatcherTest, ByTheEndOfTheNameWhereOnlyOneTrackHasIt) {
    expectMatch("/mnt/other/Kind/01.flac", PlaylistMatch::PathEnd, soWhat);
    expectMatch("C:\\Music\\Jazz\\Blue\\01.flac", PlaylistMatch::PathEnd, blue);
    expectMatch("jóga.flac", PlaylistMatch::PathEnd, joga);
    expectMatch("01.flac", PlaylistMatch::None, 0);              // there are two
    expectMatch("/mnt/other/jóga.flac", PlaylistMatch::None, 0); // of three parts one
}

TEST_F(PlaylistMatcherTest, ByArtistTitleAndLength) {
    expectMatch("#EXTINF:5,COLTRANE - blue train\n/x/gone.mp3", PlaylistMatch::Tags, blue);
    expectMatch("#EXTINF:0,Coltrane - Blue Train\nhttp://x/y", PlaylistMatch::Tags, blue);
    expectMatch("#EXTINF:500,Coltrane - Blue Train\n/x/gone.mp3", PlaylistMatch::None, 0);
    expectMatch("#EXTINF:5,Blue Train\n/x/gone.mp3", PlaylistMatch::None, 0);
}

TEST_F(PlaylistMatcherTest, MissingTracksAreMeantToo) {
    fs::remove(root / "Jazz/Blue/01.flac");
    scan(*library);
    expectMatch("Jazz/Blue/01.flac", PlaylistMatch::Path, blue);
}

TEST_F(PlaylistMatcherTest, WhatLiesOutsideIsTheSameAsWhatDoesNotExist) {
    writeAudio(dir.path() / "secret.wav");
    fs::create_symlink(dir.path() / "secret.wav", root / "Jazz/link.wav");
    for (const std::string& line :
         {(dir.path() / "secret.wav").string(), (dir.path() / "none.wav").string(),
          std::string("../secret.wav"), std::string("../none.wav"), std::string("/etc/passwd"),
          std::string("Jazz/link.wav"), std::string("Jazz/none.wav")})
        expectMatch(line, PlaylistMatch::None, 0);
}

} // namespace
} // namespace segue::library
