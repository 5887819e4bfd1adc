// What clients tell of their listening.
#include "backend/PlayRoutes.h"

#include <gtest/gtest.h>

#include "tests/backend/ApplicationFixture.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

TEST(ParsePlay, WithoutABeginningItHasJustEnded) {
    const auto play = parsePlay(R"({"trackId": 7, "secondsHeard": 2.5})", kNow);
    ASSERT_TRUE(play) << play.error().message;
    EXPECT_EQ(play->track, 7);
    EXPECT_EQ(play->startedMs, kNow - 2500);
    EXPECT_EQ(play->source, library::PlaySource::Stream);
    EXPECT_EQ(play->user, library::kOnlyUser);
}

TEST(ParsePlay, EverythingMayBeSaid) {
    const auto play = parsePlay(
        R"({"trackId": "8", "secondsHeard": 0, "startedAtMs": 12345, "source": "web"})", kNow);
    ASSERT_TRUE(play) << play.error().message;
    EXPECT_EQ(play->track, 8);
    EXPECT_EQ(play->startedMs, 12345);
    EXPECT_EQ(play->source, library::PlaySource::Web);
}

TEST(ParsePlay, WhatIsWrongIsNamed) {
    const std::pair<const char*, const char*> bad[] = {
        {"[]", "object"},
        {"{", "object"},
        {R"({"secondsHeard": 1})", "trackId"},
        {R"({"trackId": 1})", "secondsHeard"},
        {R"({"trackId": 0, "secondsHeard": 1})", "trackId"},
        {R"({"trackId": [1], "secondsHeard": 1})", "trackId"},
        {R"({"trackId": 1, "secondsHeard": -1})", "secondsHeard"},
        {R"({"trackId": 1, "secondsHeard": "1"})", "secondsHeard"},
        {R"({"trackId": 1, "secondsHeard": 1, "startedAtMs": 1.5})", "startedAtMs"},
        {R"({"trackId": 1, "secondsHeard": 1, "startedAtMs": 99999999999999})", "startedAtMs"},
        {R"({"trackId": 1, "secondsHeard": 1, "source": "radio"})", "source"},
        {R"({"trackId": 1, "secondsHeard": 1, "user": 2})", "user"},
    };
    for (const auto& [text, named] : bad) {
        const auto play = parsePlay(text, kNow);
        ASSERT_FALSE(play) << text;
        EXPECT_EQ(play.error().code, ErrorCode::InvalidArgument) << text;
        EXPECT_NE(play.error().message.find(named), std::string::npos) << play.error().message;
    }
}

using PlayApiTest = test::ApplicationFixture;

TEST_F(PlayApiTest, APlayShowsInTheTrackOnceItCounts) {
    start();
    const auto play = [&](double seconds) {
        return send(
            "POST", "/api/plays",
            Json{{"trackId", long_}, {"secondsHeard", seconds}, {"startedAtMs", kNow}}.dump());
    };
    EXPECT_EQ(json("/api/tracks/" + long_)["playCount"], 0);
    EXPECT_EQ(json("/api/tracks/" + long_)["lastPlayedAtMs"], nullptr);
    EXPECT_EQ(Json::parse(play(10).body)["counted"], false);
    EXPECT_EQ(Json::parse(play(40).body)["counted"], true); // of 65 s
    EXPECT_EQ(Json::parse(play(65).body)["counted"], true);
    EXPECT_EQ(json("/api/tracks/" + long_)["playCount"], 1);
    const Json page = json("/api/tracks");
    for (const Json& track : page["tracks"]) {
        EXPECT_EQ(track["playCount"], track["id"] == long_ ? 1 : 0);
        EXPECT_EQ(track["lastPlayedAtMs"], track["id"] == long_ ? Json(kNow) : Json(nullptr));
    }
}

TEST_F(PlayApiTest, WhatWasListenedToIsListedPageByPage) {
    start();
    for (int i = 0; i < 3; ++i)
        send("POST", "/api/plays",
             Json{{"trackId", i == 1 ? short_ : long_},
                  {"secondsHeard", 40},
                  {"startedAtMs", kNow + i},
                  {"source", "web"}}
                 .dump());
    const Json first = json("/api/plays?limit=2");
    ASSERT_EQ(first["plays"].size(), 2u);
    EXPECT_EQ(first["plays"][0]["startedAtMs"], kNow + 2);
    EXPECT_EQ(first["plays"][0]["track"]["id"], long_);
    EXPECT_EQ(first["plays"][0]["source"], "web");
    EXPECT_EQ(first["plays"][0]["counted"], true);
    EXPECT_EQ(first["plays"][1]["track"]["id"], short_);
    const Json second = json("/api/plays?limit=2&after=" + first["next"].get<std::string>());
    ASSERT_EQ(second["plays"].size(), 1u);
    EXPECT_EQ(second["plays"][0]["startedAtMs"], kNow);
    EXPECT_EQ(second["next"], nullptr);
    for (const char* wrong : {"after=x", "after=1", "after=1.2.3", "after=", "limit=0"})
        expectProblem(fetch(std::string("/api/plays?") + wrong), 400, "invalid-argument");
}

TEST_F(PlayApiTest, NonsenseIsRefused) {
    start();
    // Whoever walks such a value needs stack for every level.
    expectProblem(
        send("POST", "/api/plays",
             R"({"trackId": )" + std::string(400'000, '[') + std::string(400'000, ']') + "}"),
        400, "invalid-argument", "nested");
    expectProblem(send("POST", "/api/plays", R"({"trackId": 99, "secondsHeard": 1})"), 404,
                  "not-found", "99");
    expectProblem(send("POST", "/api/plays", "{}"), 400, "invalid-argument", "trackId");
    expectProblem(send("POST", "/api/plays", "{}", "text/plain"), 415, "unsupported");
}

} // namespace
} // namespace segue::backend
