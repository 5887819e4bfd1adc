// Playlists as clients make, change, import and export them.
#include <gmock/gmock.h>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using ::testing::HasSubstr;

class PlaylistApiTest : public test::ApplicationFixture {
  protected:
    Json make(const Json& body) const {
        const auto response = send("POST", "/api/playlists", body.dump());
        EXPECT_EQ(response.status, 201) << response.body;
        Json made = Json::parse(response.body);
        EXPECT_EQ(response.header("location"), "/api/playlists/" + made["id"].get<std::string>());
        return made;
    }
    static std::string at(const Json& playlist, const std::string& rest = {}) {
        return "/api/playlists/" + playlist["id"].get<std::string>() + rest;
    }
    test::RawResponse post(const std::string& target, const Json& body,
                           const std::string& ifMatch = {}) const {
        return send("POST", target, body.dump(), "application/json",
                    ifMatch.empty() ? "" : "If-Match: " + ifMatch + "\r\n");
    }
    std::vector<std::string> titles(const Json& playlist) const {
        std::vector<std::string> titles;
        const Json page = json(at(playlist, "/tracks"));
        for (const Json& entry : page["entries"])
            titles.push_back(entry["track"]["title"]);
        return titles;
    }
    std::vector<std::string> entryIds(const Json& playlist) const {
        std::vector<std::string> ids;
        const Json page = json(at(playlist, "/tracks"));
        for (const Json& entry : page["entries"])
            ids.push_back(entry["entryId"]);
        return ids;
    }
};

using Titles = std::vector<std::string>;

TEST_F(PlaylistApiTest, OneIsMadeChangedAndDeleted) {
    start();
    const Json made = make({{"name", "Late"}, {"trackIds", {long_, short_, long_}}});
    EXPECT_EQ(made["entries"], 3);
    EXPECT_EQ(made["smart"], false);
    EXPECT_EQ(made["rules"], nullptr);
    EXPECT_EQ(titles(made), (Titles{"long", "short", "long"}));
    EXPECT_EQ(send("PATCH", at(made), R"({"description": "for reading"})").status, 200);
    const Json now = json(at(made));
    EXPECT_EQ(now["name"], "Late");
    EXPECT_EQ(now["description"], "for reading");
    EXPECT_EQ(json("/api/playlists")["playlists"][0], now);
    EXPECT_EQ(send("DELETE", at(made), "", "").status, 204);
    expectProblem(fetch(at(made)), 404, "not-found");
    EXPECT_EQ(json("/api/playlists")["playlists"], Json::array());
}

TEST_F(PlaylistApiTest, EntriesAreAddedMovedAndRemoved) {
    start();
    const Json made = make({{"name", "mine"}, {"trackIds", {long_}}});
    const auto added = post(at(made, "/tracks"), {{"trackIds", {short_, short_}}});
    ASSERT_EQ(added.status, 200) << added.body;
    const Json ids = Json::parse(added.body)["entryIds"];
    ASSERT_EQ(ids.size(), 2u);
    const auto before = entryIds(made);
    EXPECT_EQ(
        post(at(made, "/tracks/move"), {{"entryIds", {before[0]}}, {"before", nullptr}}).status,
        200);
    EXPECT_EQ(titles(made), (Titles{"short", "short", "long"}));
    EXPECT_EQ(
        post(at(made, "/tracks/move"), {{"entryIds", {before[0]}}, {"before", before[2]}}).status,
        200);
    EXPECT_EQ(entryIds(made), (Titles{before[1], before[0], before[2]}));
    EXPECT_EQ(post(at(made, "/tracks/remove"), {{"entryIds", {before[1], before[2]}}}).status, 200);
    EXPECT_EQ(titles(made), Titles{"long"});
    const Json page =
        json(at(make({{"name", "x"}, {"trackIds", {long_, short_}}}), "/tracks?limit=1"));
    EXPECT_EQ(page["entries"].size(), 1u);
    EXPECT_TRUE(page["next"].is_string());
}

TEST_F(PlaylistApiTest, OfTwoWritersTheSecondIsTold) {
    start();
    const Json made = make({{"name", "mine"}, {"trackIds", {long_}}});
    const std::string first = fetch(at(made)).header("etag");
    EXPECT_EQ(fetch(at(made), "If-None-Match: " + first + "\r\n").status, 304);
    const auto added = post(at(made, "/tracks"), {{"trackIds", {short_}}}, first);
    EXPECT_EQ(added.status, 200);
    expectProblem(post(at(made, "/tracks"), {{"trackIds", {short_}}}, first), 412,
                  "precondition-failed");
    expectProblem(send("DELETE", at(made), "", "", "If-Match: " + first + "\r\n"), 412,
                  "precondition-failed");
    EXPECT_EQ(titles(made), (Titles{"long", "short"}));
    EXPECT_EQ(send("DELETE", at(made), "", "", "If-Match: " + added.header("etag") + "\r\n").status,
              204);
}

TEST_F(PlaylistApiTest, AMissingTrackStaysAndIsShownAsSuch) {
    start();
    const Json made = make({{"name", "mine"}, {"trackIds", {long_, short_}}});
    stop();
    std::filesystem::remove(music() / "short.wav");
    start();
    const Json entries = json(at(made, "/tracks"))["entries"];
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0]["track"]["missing"], false);
    EXPECT_EQ(entries[1]["track"]["missing"], true);
}

TEST_F(PlaylistApiTest, ASmartOneFindsItsTracksWhenAsked) {
    start();
    const Json rules{{"match", {{"field", "rating"}, {"operator", "gt"}, {"value", 3}}},
                     {"order", {{{"by", "title"}}}}};
    const Json made = make({{"name", "Best"}, {"rules", rules}});
    EXPECT_EQ(made["smart"], true);
    EXPECT_EQ(made["rules"], rules);
    EXPECT_EQ(titles(made), Titles{});
    EXPECT_EQ(send("PUT", "/api/tracks/" + long_ + "/rating", R"({"rating": 5})").status, 200);
    EXPECT_EQ(titles(made), Titles{"long"});
    EXPECT_EQ(send("PATCH", at(made),
                   R"({"rules": {"order": [{"by": "title", "direction": "descending"}]}})")
                  .status,
              200);
    const Json first = json(at(made, "/tracks?limit=1"));
    EXPECT_EQ(first["entries"][0]["track"]["title"], "short");
    EXPECT_EQ(first["entries"][0]["entryId"], nullptr);
    const Json second = json(at(made, "/tracks?limit=1&after=" + first["next"].get<std::string>()));
    EXPECT_EQ(second["entries"][0]["track"]["title"], "long");
    EXPECT_EQ(second["next"], nullptr);
    expectProblem(post(at(made, "/tracks"), {{"trackIds", {long_}}}), 400, "invalid-argument",
                  "smart");
    expectProblem(post("/api/playlists", {{"name", "x"}, {"rules", {{"match", 1}}}}), 400,
                  "invalid-argument", "match");
}

TEST_F(PlaylistApiTest, AFileIsImportedAndWhatFoundNothingIsTold) {
    start();
    const std::string m3u = "#EXTM3U\r\n#PLAYLIST:Old one\r\nlong.wav\r\n" +
                            (music() / "short.wav").string() +
                            "\r\n../secret.wav\r\n/etc/passwd\r\n" + "http://radio/x\r\n";
    const auto response =
        send("POST", "/api/playlists/import", m3u, "application/vnd.apple.mpegurl");
    ASSERT_EQ(response.status, 201) << response.body;
    const Json made = Json::parse(response.body);
    EXPECT_EQ(made["name"], "Old one");
    EXPECT_EQ(made["matched"]["byPath"], 2);
    EXPECT_EQ(made["unmatchedCount"], 3);
    EXPECT_EQ(
        made["unmatched"][0],
        (Json{{"line", 5}, {"text", "../secret.wav"}, {"reason", "no track of the library"}}));
    EXPECT_EQ(made["unmatched"][1]["reason"], made["unmatched"][0]["reason"]);
    EXPECT_EQ(titles(made), (Titles{"long", "short"}));

    const auto relative = fetch(at(made, "/file"));
    EXPECT_EQ(relative.header("content-type"), "application/vnd.apple.mpegurl");
    EXPECT_THAT(relative.header("content-disposition"), HasSubstr("Old one.m3u8"));
    EXPECT_THAT(relative.body, HasSubstr("\nlong.wav\n"));
    const auto absolute = fetch(at(made, "/file?paths=absolute"));
    EXPECT_THAT(absolute.body, HasSubstr("\n" + (music() / "long.wav").string() + "\n"));
    const auto again =
        send("POST", "/api/playlists/import?name=Again", absolute.body, "audio/x-mpegurl");
    EXPECT_EQ(Json::parse(again.body)["name"], "Again");
    EXPECT_EQ(Json::parse(again.body)["matched"]["byPath"], 2);
    expectProblem(send("POST", "/api/playlists/import", m3u, "text/plain"), 415, "unsupported");
}

TEST_F(PlaylistApiTest, NonsenseIsRefused) {
    start();
    const Json made = make({{"name", "mine"}, {"trackIds", {long_}}});
    for (const char* rest : {"", "/tracks", "/file"})
        expectProblem(fetch(std::string("/api/playlists/99") + rest), 404, "not-found", "99");
    expectProblem(fetch("/api/playlists/x"), 400, "invalid-argument", "playlist id");
    expectProblem(post("/api/playlists/99/tracks", {{"trackIds", {long_}}}), 404, "not-found");
    expectProblem(post("/api/playlists", Json::object()), 400, "invalid-argument", "name");
    expectProblem(post("/api/playlists", {{"name", std::string(201, 'x')}}), 400,
                  "invalid-argument", "name");
    expectProblem(post("/api/playlists", {{"name", "x"}, {"trackIds", {"99"}}}), 404, "not-found",
                  "99");
    expectProblem(post("/api/playlists", {{"title", "x"}}), 400, "invalid-argument", "title");
    expectProblem(post(at(made, "/tracks"), {{"trackIds", Json::array()}}), 400, "invalid-argument",
                  "trackIds");
    expectProblem(post(at(made, "/tracks"), {{"trackIds", {long_}}, {"before", "99"}}), 404,
                  "not-found", "99");
    expectProblem(post(at(made, "/tracks/move"), {{"entryIds", {"99"}}}), 404, "not-found", "99");
    expectProblem(post(at(made, "/tracks/remove"), {{"entryIds", {"1"}}, {"before", "2"}}), 400,
                  "invalid-argument", "before");
    expectProblem(fetch(at(made, "/tracks?after=x")), 400, "invalid-argument", "after");
    expectProblem(fetch(at(made, "/file?paths=both")), 400, "invalid-argument", "paths");
    expectProblem(send("POST", "/api/playlists", std::string(200'000, '[')), 400,
                  "invalid-argument", "nested");
    EXPECT_EQ(json("/api/playlists")["playlists"].size(), 1u);
}

TEST_F(PlaylistApiTest, OthersHearOfIt) {
    start();
    test::RawClient listener(port_);
    listenWith(listener);
    const Json made = make({{"name", "mine"}});
    send("DELETE", at(made), "", "");
    EXPECT_THAT(until(listener, "removed"), HasSubstr(R"("change":"created")"));
}

} // namespace
} // namespace segue::backend
