// The next track is there before it is asked for, and looking ahead never fills the cache.
#include "backend/Prefetch.h"

#include <gtest/gtest.h>

#include <sndfile.h>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using test::eventually;

TEST(PrefetchPolicy, LooksAheadAsFarAsTheCacheKeepsIt) {
    constexpr std::int64_t kChunk = 5'500'000;
    constexpr std::int64_t kCache = std::int64_t{1} << 30;
    EXPECT_EQ(PrefetchPolicy::chunksAhead(kCache, 1, kChunk), 4);
    EXPECT_EQ(PrefetchPolicy::chunksAhead(kCache, 24, kChunk), 4);
    EXPECT_EQ(PrefetchPolicy::chunksAhead(kCache, 40, kChunk), 2);
    EXPECT_EQ(PrefetchPolicy::chunksAhead(kCache, 2000, kChunk), 1);
    EXPECT_EQ(PrefetchPolicy::chunksAhead(0, 1, kChunk), 1);
    EXPECT_EQ(PrefetchPolicy::chunksAhead(kCache, 0, 0), 4);
}

class PrefetchTest : public test::ApplicationFixture {
  protected:
    /// Two seconds of a tagged song.
    void writeSong(const std::string& album, int number) const {
        const AudioBuffer audio = test::noise(1, kRateHz * 2, 0.1 + 0.01 * number);
        SF_INFO info{};
        info.samplerate = kRateHz;
        info.channels = 1;
        info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
        const auto path = music() / (album + std::to_string(number) + ".flac");
        SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
        ASSERT_NE(file, nullptr);
        sf_set_string(file, SF_STR_ALBUM, album.c_str());
        sf_set_string(file, SF_STR_ARTIST, "Somebody");
        sf_set_string(file, SF_STR_TITLE, (album + std::to_string(number)).c_str());
        sf_set_string(file, SF_STR_TRACKNUMBER, std::to_string(number).c_str());
        EXPECT_EQ(sf_writef_float(file, audio.channel(0), audio.numFrames()), audio.numFrames());
        sf_close(file);
    }
    std::string idOf(const std::string& title) const {
        const Json page = json("/api/tracks");
        for (const Json& track : page["tracks"])
            if (track["title"] == title)
                return track["id"];
        return "0";
    }
    bool isWarm(const std::string& id) const {
        return json("/api/player/chunks/" + id)["chunks"][0] == "ready";
    }
};

TEST_F(PrefetchTest, TheTrackThatThePlayerNamesIsThereWhenItIsAskedFor) {
    start();
    EXPECT_EQ(fetch(stream(short_, "next=" + long_)).status, 200);
    EXPECT_TRUE(eventually([&] { return isWarm(long_); }));
    // In the voice that plays.
    EXPECT_EQ(fetch(stream(short_, "preset=warm&next=" + long_)).status, 200);
    EXPECT_TRUE(eventually([&] {
        return json("/api/player/chunks/" + long_ + "?preset=warm")["chunks"][0] == "ready";
    }));
    EXPECT_EQ(json("/api/player/chunks/" + long_ + "?preset=warm")["chunks"][1], "none");
}

TEST_F(PrefetchTest, WithoutANameItIsTheNextOfTheAlbum) {
    for (const int number : {1, 2, 3})
        writeSong("One", number);
    writeSong("Two", 1);
    start();
    EXPECT_EQ(fetch(stream(idOf("One2"))).status, 200);
    EXPECT_TRUE(eventually([&] { return isWarm(idOf("One3")); }));
    EXPECT_FALSE(isWarm(idOf("One1")));
}

TEST_F(PrefetchTest, TheLastOfAnAlbumIsFollowedByNothing) {
    auto library = library::Library::open(dir_.path() / "l.db", {music()});
    ASSERT_TRUE(library);
    for (const int number : {1, 2})
        writeSong("One", number);
    writeSong("Two", 1);
    const std::atomic<bool> cancel{false};
    ASSERT_TRUE((*library)->scan({}, cancel));
    std::map<std::string, library::Track> byTitle;
    const auto all = (*library)->tracks({});
    ASSERT_TRUE(all);
    for (const library::Track& track : *all)
        byTitle.emplace(track.title, track);
    const auto next = [&](const std::string& title) {
        return PrefetchPolicy::nextOfAlbum(**library, byTitle.at(title)).value();
    };
    EXPECT_EQ(next("One1"), byTitle.at("One2").id);
    EXPECT_EQ(next("One2"), std::nullopt);
    EXPECT_EQ(next("Two1"), std::nullopt);
    EXPECT_EQ(next("long"), std::nullopt); // of no album
}

TEST_F(PrefetchTest, ANextThatIsNoTrackIsRefusedOrForgotten) {
    start();
    expectProblem(fetch(stream(short_, "next=song")), 400, "invalid-argument", "next");
    EXPECT_EQ(fetch(stream(short_, "next=99")).status, 200);
    EXPECT_EQ(fetch(stream(short_, "next=" + short_)).status, 200);
}

} // namespace
} // namespace segue::backend
