// More like this, and radio, as clients ask for them.
#include <gmock/gmock.h>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

class SimilarApiTest : public test::ApplicationFixture {
  protected:
    SimilarApiTest() {
        // The same music as long.wav, quieter, and two that have nothing to do with it.
        AudioBuffer quiet = test::musicLike(2, 65 * kRateHz, kRateHz);
        for (int c = 0; c < 2; ++c)
            for (std::int64_t n = 0; n < quiet.numFrames(); ++n)
                quiet.channel(c)[n] *= 0.5F;
        test::writeWav(music() / "quiet.wav", std::move(quiet), kRateHz);
        test::writeWav(music() / "noise.wav", test::noise(2, 10 * kRateHz, 0.3), kRateHz);
        test::writeWav(music() / "tone.wav", test::sine(2, 10 * kRateHz, 300, kRateHz), kRateHz);
    }
    std::string idNamed(const std::string& title) const {
        const Json page = json("/api/tracks");
        for (const Json& track : page["tracks"])
            if (track["title"] == title)
                return track["id"];
        return "";
    }
    Json similarTo(const std::string& id) const { return json("/api/tracks/" + id + "/similar"); }
};

TEST_F(SimilarApiTest, TheSameMusicIsNearestHoweverLoud) {
    start();
    const std::string quiet = idNamed("quiet");
    ASSERT_TRUE(test::eventually([&] { return similarTo(quiet)["similar"].size() == 3u; }));
    const Json toLong = similarTo(long_);
    EXPECT_EQ(toLong["analysed"], true);
    EXPECT_EQ(toLong["similar"][0]["track"]["title"], "quiet");
    EXPECT_LT(toLong["similar"][0]["distance"], 0.9);
    EXPECT_GT(toLong["similar"][1]["distance"], toLong["similar"][0]["distance"]);
    EXPECT_EQ(similarTo(quiet)["similar"][0]["track"]["title"], "long");
    EXPECT_EQ(json("/api/tracks/" + long_ + "/similar?limit=1")["similar"].size(), 1u);
    // Half a second is nothing to compare.
    EXPECT_EQ(similarTo(short_), (Json{{"analysed", false}, {"similar", Json::array()}}));
}

TEST_F(SimilarApiTest, RadioGoesOnAsItBegan) {
    start();
    ASSERT_TRUE(test::eventually([&] { return similarTo(long_)["similar"].size() == 3u; }));
    const std::string radio = "/api/radio?track=" + long_;
    const Json whole = json(radio + "&seed=5");
    ASSERT_EQ(whole["tracks"].size(), 3u);
    EXPECT_EQ(whole["seed"], 5);
    EXPECT_EQ(whole["next"], nullptr);
    std::set<std::string> once{long_};
    for (const Json& track : whole["tracks"])
        EXPECT_TRUE(once.insert(track["id"]).second);
    Json page = json(radio + "&seed=5&limit=1");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(page["tracks"][0]["id"], whole["tracks"][static_cast<std::size_t>(i)]["id"]);
        if (i < 2)
            page = json(radio + "&seed=5&limit=1&after=" + page["next"].get<std::string>());
    }
    EXPECT_EQ(page["next"], nullptr);
}

TEST_F(SimilarApiTest, NonsenseIsRefused) {
    start();
    expectProblem(fetch("/api/tracks/99/similar"), 404, "not-found", "99");
    expectProblem(fetch("/api/tracks/x/similar"), 400, "invalid-argument");
    expectProblem(fetch("/api/tracks/" + long_ + "/similar?limit=201"), 400, "invalid-argument",
                  "limit");
    expectProblem(fetch("/api/radio"), 400, "invalid-argument", "track");
    expectProblem(fetch("/api/radio?track=99"), 404, "not-found", "99");
    expectProblem(fetch("/api/radio?track=" + long_ + "&seed=-1"), 400, "invalid-argument", "seed");
    expectProblem(fetch("/api/radio?track=" + long_ + "&after=x"), 400, "invalid-argument",
                  "after");
}

} // namespace
} // namespace segue::backend
