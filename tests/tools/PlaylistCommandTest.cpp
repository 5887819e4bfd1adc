// `segue playlist` as people run it, beside a server.

#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/backend/ApplicationFixture.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

using test::contentOf;
using test::Ended;
using test::runSegue;
using ::testing::HasSubstr;

class PlaylistCommand : public test::ApplicationFixture {
  protected:
    Ended playlist(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "playlist");
        arguments.insert(arguments.end(), {"--data", (dir_.path() / "data").string()});
        return runSegue(arguments);
    }
    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
};

TEST_F(PlaylistCommand, BringsInListsAndTakesOut) {
    start();
    std::ofstream(file("old.m3u8")) << "#EXTM3U\nmusic/long.wav\nshort.wav\nmusic/gone.wav\n";
    const Ended imported = playlist({"import", file("old.m3u8")});
    EXPECT_EQ(imported.exitCode, 0) << imported.err;
    EXPECT_THAT(imported.out, HasSubstr("old: 2 entries"));
    EXPECT_THAT(imported.err, HasSubstr("old.m3u8:4: no track of the library: music/gone.wav"));
    EXPECT_EQ(json("/api/playlists")["playlists"][0]["name"], "old"); // the server sees it
    const Ended listed = playlist({"list", "--json"});
    EXPECT_EQ(Json::parse(listed.out)["playlists"][0]["entries"], 2);
    EXPECT_THAT(playlist({"list"}).out, HasSubstr("old"));

    EXPECT_EQ(playlist({"export", "OLD", "-o", file("new.m3u8")}).exitCode, 0);
    EXPECT_THAT(contentOf(file("new.m3u8")), HasSubstr("\nmusic/long.wav\n"));
    EXPECT_THAT(playlist({"export", "1"}).out, HasSubstr("\n" + (music() / "short.wav").string()));
    const Ended again = playlist({"import", file("new.m3u8"), "--json"});
    EXPECT_EQ(Json::parse(again.out)["imported"][0]["entries"], 2);
}

TEST_F(PlaylistCommand, NonsenseIsTold) {
    EXPECT_NE(playlist({"list"}).exitCode, 0);
    start();
    EXPECT_EQ(playlist({"import", file("none.m3u8")}).exitCode, 2);
    EXPECT_THAT(playlist({"export", "none"}).err, HasSubstr("no playlist 'none'"));
    EXPECT_EQ(playlist({"import", "a", "b", "--name", "x"}).exitCode, 2);
    EXPECT_EQ(playlist({}).exitCode, 2);
}

} // namespace
} // namespace segue::tools
