// Pictures and lyrics of tracks, as clients ask for them.
#include <fstream>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

class ArtworkApiTest : public test::ApplicationFixture {
  protected:
    std::string artwork() const { return "/api/tracks/" + long_ + "/artwork"; }
    std::string lyrics() const { return "/api/tracks/" + long_ + "/lyrics"; }
};

TEST_F(ArtworkApiTest, ATrackWithoutAPictureHasAGeneratedOneThatIsRecognised) {
    start();
    const auto answer = fetch(artwork());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "image/svg+xml");
    EXPECT_TRUE(answer.body.starts_with("<svg")) << answer.body;
    const std::string etag = answer.header("etag");
    EXPECT_FALSE(etag.empty());
    EXPECT_EQ(fetch(artwork(), "If-None-Match: " + etag + "\r\n").status, 304);
    EXPECT_EQ(fetch(artwork() + "?size=64", "If-None-Match: " + etag + "\r\n").status, 200);
    EXPECT_EQ(fetch(artwork(), "If-Match: \"another\"\r\n").status, 412);
    // A picture that comes later is another one.
    std::ofstream(music() / "cover.png") << "no picture, but what was found";
    EXPECT_EQ(fetch(artwork(), "If-None-Match: " + etag + "\r\n").status, 200);
}

TEST_F(ArtworkApiTest, WrongParametersAreSaidToBeWrong) {
    start();
    for (const char* size : {"0", "-1", "5000", "big", ""})
        EXPECT_EQ(fetch(artwork() + "?size=" + size).status, 400) << size;
    EXPECT_EQ(fetch("/api/tracks/999999/artwork").status, 404);
    EXPECT_EQ(fetch("/api/tracks/x/lyrics").status, 400);
}

TEST_F(ArtworkApiTest, LyricsAreSyncedOrPlainOrNotThere) {
    start();
    EXPECT_EQ(fetch(lyrics()).status, 404);
    std::ofstream(music() / "long.lrc") << "[00:01.50]One\n[00:03]Two";
    EXPECT_EQ(
        json(lyrics()),
        (Json{{"synced", true},
              {"source", "lrc"},
              {"lines", {{{"ms", 1500}, {"text", "One"}}, {{"ms", 3000}, {"text", "Two"}}}}}));
    std::ofstream(music() / "long.lrc") << "One";
    EXPECT_EQ(json(lyrics())["synced"], false);
    EXPECT_EQ(json(lyrics())["lines"][0]["ms"], nullptr);
}

} // namespace
} // namespace segue::backend
