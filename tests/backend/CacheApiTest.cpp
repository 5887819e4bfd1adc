// GET and DELETE /api/cache on a whole server.

#include <gtest/gtest.h>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using test::eventually;
using test::RawResponse;

class CacheApiTest : public test::ApplicationFixture {
  protected:
    /// Plays it from beginning to end and waits until all of it is kept.
    std::string play(const std::string& id, const std::string& preset, std::int64_t chunks) {
        const RawResponse response = fetch(stream(id, "preset=" + preset));
        EXPECT_EQ(response.status, 200);
        EXPECT_TRUE(eventually([&] { return of(preset)["chunks"] == chunks; })) << preset;
        return response.body;
    }
    Json of(const std::string& preset) const {
        const Json report = json("/api/cache");
        for (const Json& one : report["presets"])
            if (one["preset"] == preset)
                return one;
        return {{"chunks", 0}, {"hits", 0}};
    }
    Json clear(const std::string& query) const {
        const RawResponse response = send("DELETE", "/api/cache" + query, "", "");
        EXPECT_EQ(response.status, 200) << response.body;
        return Json::parse(response.body);
    }
};

TEST_F(CacheApiTest, TellsWhatIsThereForWhomAndWhatItIsGoodFor) {
    start();
    const Json empty = json("/api/cache");
    EXPECT_EQ(empty["all"]["chunks"], 0);
    EXPECT_TRUE(empty["all"]["hitRate"].is_null());
    EXPECT_TRUE(empty["bytesPerMinute"].is_null());
    EXPECT_TRUE(empty["tracks"].empty());

    const std::string first = play(long_, "warm", 3);
    EXPECT_EQ(play(long_, "warm", 3), first);
    play(short_, "live", 1);
    const Json report = json("/api/cache");
    EXPECT_EQ(report["all"]["chunks"], 4);
    EXPECT_EQ(report["all"]["bytes"],
              report["generalBytes"].get<int>() + report["firstChunkBytes"].get<int>());
    EXPECT_NEAR(report["all"]["seconds"].get<double>(), 65.5, 0.01);
    EXPECT_GE(report["all"]["hits"], 3);
    EXPECT_GE(report["all"]["rendersSaved"], 1);
    EXPECT_NE(report["gauge"].get<std::string>().find("in 4 chunks"), std::string::npos);
    ASSERT_EQ(report["tracks"].size(), 2U);
    EXPECT_EQ(report["tracks"][0]["trackId"], long_); // most bytes first
    EXPECT_EQ(report["tracks"][0]["title"], "long");
    EXPECT_EQ(report["tracks"][0]["preset"], "warm");
    EXPECT_EQ(report["tracks"][0]["published"], 3);
    EXPECT_EQ(report["tracks"][1]["trackId"], short_);
    EXPECT_EQ(report["presets"].size(), 2U);
    const Json few = json("/api/cache?limit=1");
    EXPECT_EQ(few["tracks"].size(), 1U);
    EXPECT_EQ(few["tracksLeftOut"], 1);
}

TEST_F(CacheApiTest, ClearsByTrackAndPresetAndWhatIsPlayedNextIsTheSame) {
    start();
    const std::string warm = play(long_, "warm", 3);
    play(long_, "live", 3);
    play(short_, "warm", 4);
    EXPECT_EQ(clear("?preset=bright")["chunks"], 0);
    EXPECT_EQ(clear("?track=" + long_ + "&preset=warm")["chunks"], 3);
    EXPECT_EQ(of("warm")["chunks"], 1);
    EXPECT_EQ(of("live")["chunks"], 3);
    EXPECT_EQ(play(long_, "warm", 4), warm);
    EXPECT_EQ(clear("?track=" + long_)["chunks"], 6);
    const Json last = clear("");
    EXPECT_EQ(last["chunks"], 1);
    EXPECT_GT(last["bytes"], 0);
    EXPECT_EQ(json("/api/cache")["all"]["bytes"], 0);
    EXPECT_GT(json("/api/cache")["all"]["published"], 0); // history stays
}

TEST_F(CacheApiTest, RefusesWhatItDoesNotUnderstandAndWhomItDoesNotKnow) {
    start();
    play(short_, "warm", 1);
    expectProblem(fetch("/api/cache?limit=-1"), 400, "invalid-argument", "limit");
    expectProblem(send("DELETE", "/api/cache?track=x", "", ""), 400, "invalid-argument");
    expectProblem(send("DELETE", "/api/cache?track=99999", "", ""), 404, "not-found");
    const RawResponse foreign =
        ask(test::requestOf("DELETE", "/api/cache", "Origin: http://elsewhere.example\r\n", ""));
    EXPECT_EQ(foreign.status, 403) << foreign.body;
    EXPECT_EQ(json("/api/cache")["all"]["chunks"], 1);
}

} // namespace
} // namespace segue::backend
