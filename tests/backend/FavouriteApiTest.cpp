// Stars, ratings and bookmarks as clients set and see them.
#include <gtest/gtest.h>

#include "library/Database.h"
#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

class FavouriteApiTest : public test::ApplicationFixture {
  protected:
    std::string of(const std::string& id, const char* what) const {
        return "/api/tracks/" + id + "/" + what;
    }
    Json answerTo(const std::string& method, const std::string& target,
                  const std::string& body = {}) const {
        const auto response = send(method, target, body, body.empty() ? "" : "application/json");
        EXPECT_EQ(response.status, 200) << response.body;
        return Json::parse(response.body);
    }
};

TEST_F(FavouriteApiTest, WhatIsThoughtOfATrackShowsInIt) {
    start();
    EXPECT_EQ(json("/api/tracks/" + long_)["starredAtMs"], nullptr);
    EXPECT_EQ(json("/api/tracks/" + long_)["rating"], nullptr);
    const Json star = answerTo("PUT", of(long_, "star"));
    EXPECT_GT(star["starredAtMs"], 0);
    EXPECT_EQ(answerTo("PUT", of(long_, "rating"), R"({"rating": 4})"),
              (Json{{"trackId", long_}, {"starredAtMs", star["starredAtMs"]}, {"rating", 4}}));
    const Json page = json("/api/tracks");
    for (const Json& track : page["tracks"])
        EXPECT_EQ(track["rating"], track["id"] == long_ ? Json(4) : Json(nullptr));
    EXPECT_EQ(json("/api/tracks/" + long_)["starredAtMs"], star["starredAtMs"]);
    for (const char* filter : {"starred=true", "ratingFrom=4", "starred=true&ratingFrom=1"}) {
        const Json marked = json("/api/tracks?" + std::string(filter));
        ASSERT_EQ(marked["tracks"].size(), 1u) << filter;
        EXPECT_EQ(marked["tracks"][0]["id"], long_) << filter;
    }
    EXPECT_EQ(json("/api/tracks?ratingFrom=5")["tracks"].size(), 0u);
    EXPECT_EQ(answerTo("DELETE", of(long_, "star"))["starredAtMs"], nullptr);
    EXPECT_EQ(answerTo("DELETE", of(long_, "rating"))["rating"], nullptr);
}

TEST_F(FavouriteApiTest, StarsAreListedPageByPage) {
    start();
    answerTo("PUT", of(long_, "star"));
    answerTo("PUT", of(short_, "star"));
    const Json first = json("/api/stars?limit=1");
    ASSERT_EQ(first["tracks"].size(), 1u);
    const Json second = json("/api/stars?limit=1&after=" + first["next"].get<std::string>());
    ASSERT_EQ(second["tracks"].size(), 1u);
    EXPECT_NE(first["tracks"][0]["id"], second["tracks"][0]["id"]);
    EXPECT_EQ(second["next"], nullptr);
}

TEST_F(FavouriteApiTest, ABookmarkIsKeptListedAndForgotten) {
    start();
    expectProblem(fetch(of(long_, "bookmark")), 404, "not-found", "bookmark");
    answerTo("PUT", of(long_, "bookmark"), R"({"positionSeconds": 12.5, "comment": "Größe"})");
    const Json kept = json(of(long_, "bookmark"));
    EXPECT_EQ(kept["positionSeconds"], 12.5);
    EXPECT_EQ(kept["comment"], "Größe");
    const Json all = json("/api/bookmarks");
    ASSERT_EQ(all["bookmarks"].size(), 1u);
    EXPECT_EQ(all["bookmarks"][0]["track"]["title"], "long");
    EXPECT_EQ(send("DELETE", of(long_, "bookmark"), "", "").status, 204);
    EXPECT_EQ(send("DELETE", of(long_, "bookmark"), "", "").status, 204);
    EXPECT_EQ(json("/api/bookmarks")["bookmarks"].size(), 0u);
}

TEST_F(FavouriteApiTest, OthersHearOfIt) {
    start();
    test::RawClient listener(port_);
    listenWith(listener);
    answerTo("PUT", of(long_, "rating"), R"({"rating": 2})");
    answerTo("PUT", of(long_, "bookmark"), R"({"positionSeconds": 1})");
    const std::string heard = until(listener, "event: bookmark");
    EXPECT_NE(heard.find("event: star"), std::string::npos) << heard;
    EXPECT_NE(heard.find(R"("rating":2)"), std::string::npos) << heard;
}

TEST_F(FavouriteApiTest, NonsenseIsRefused) {
    start();
    for (const char* what : {"star", "rating", "bookmark"}) {
        const std::string body = std::string(what) == "rating"     ? R"({"rating": 1})"
                                 : std::string(what) == "bookmark" ? R"({"positionSeconds": 1})"
                                                                   : "";
        const std::string type = body.empty() ? "" : "application/json";
        expectProblem(send("PUT", of("99", what), body, type), 404, "not-found", "99");
        expectProblem(send("DELETE", of("99", what), "", ""), 404, "not-found", "99");
        expectProblem(send("PUT", of("x", what), body, type), 400, "invalid-argument");
    }
    for (const char* body :
         {"{}", "[]", R"({"rating": 0})", R"({"rating": 6})", R"({"rating": 1.5})",
          R"({"rating": "1"})", R"({"stars": 1})", R"({"rating": 1, "rating": 2})",
          R"({"rating": 18446744073709551615})"})
        expectProblem(send("PUT", of(long_, "rating"), body), 400, "invalid-argument", "rating");
    for (const char* body : {"{}", R"({"positionSeconds": -1})", R"({"positionSeconds": "1"})",
                             R"({"positionSeconds": 1, "comment": 7})"})
        expectProblem(send("PUT", of(long_, "bookmark"), body), 400, "invalid-argument",
                      "bookmark");
    expectProblem(send("PUT", of(long_, "rating"), R"({"rating": 1})", "text/plain"), 415,
                  "unsupported");
    expectProblem(fetch("/api/stars?after=1"), 400, "invalid-argument", "after");
    expectProblem(fetch("/api/bookmarks?limit=1001"), 400, "invalid-argument", "limit");
}

TEST_F(FavouriteApiTest, WhileAnotherProcessWritesItIsBusyAndNothingIsLost) {
    start();
    answerTo("PUT", of(long_, "rating"), R"({"rating": 3})");
    auto other =
        library::Connection::open(dir_.path() / "data" / "library.db", library::Access::ReadWrite);
    ASSERT_TRUE(other);
    {
        const auto writing = library::Transaction::begin(**other);
        ASSERT_TRUE(writing);
        expectProblem(send("PUT", of(long_, "rating"), R"({"rating": 5})"), 503, "busy");
        EXPECT_EQ(json("/api/tracks/" + long_)["rating"], 3);
    }
    EXPECT_EQ(answerTo("PUT", of(long_, "rating"), R"({"rating": 5})")["rating"], 5);
}

} // namespace
} // namespace segue::backend
