// The catalogue over HTTP.
#include "backend/CatalogRoutes.h"

#include <gtest/gtest.h>

#include "tests/backend/ApplicationFixture.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using CatalogApiTest = test::ApplicationFixture;
using segue::test::RawResponse;
using segue::test::requestOf;

TEST(ParseTrackListing, WhatIsWrongIsNamed) {
    for (const auto& [name, value] :
         {std::pair{"sort", "size"}, std::pair{"order", "up"}, std::pair{"played", "yes"},
          std::pair{"role", "dancer"}, std::pair{"artist", "x"}, std::pair{"genre", "-1"},
          std::pair{"album", "1.5"}, std::pair{"yearFrom", "soon"}, std::pair{"limit", "0"},
          std::pair{"seed", "-1"}, std::pair{"skip", "-1"}, std::pair{"count", "yes"},
          std::pair{"starred", "yes"}, std::pair{"ratingFrom", "6"}}) {
        const auto listing =
            parseTrackListing([wrong = name, value = value](const std::string& asked) {
                return asked == wrong ? std::optional<std::string>(value) : std::nullopt;
            });
        ASSERT_FALSE(listing) << name;
        EXPECT_EQ(listing.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(listing.error().message.find(name), std::string::npos) << listing.error().message;
    }
}

TEST_F(CatalogApiTest, TracksComeInTheOrderAskedForAndPageByPage) {
    start();
    const Json down = json("/api/tracks?sort=duration&order=desc&limit=1");
    ASSERT_EQ(down["tracks"].size(), 1u);
    EXPECT_EQ(down["tracks"][0]["title"], "long");
    EXPECT_EQ(down["total"], 2);
    ASSERT_TRUE(down["next"].is_string());
    const Json rest = json("/api/tracks?sort=duration&order=desc&limit=1&after=" +
                           down["next"].get<std::string>());
    EXPECT_EQ(rest["tracks"][0]["title"], "short");
    EXPECT_TRUE(rest["next"].is_null());
    EXPECT_EQ(fetch("/api/tracks?sort=title&after=" + down["next"].get<std::string>()).status, 400);
    EXPECT_EQ(json("/api/tracks?played=ever")["tracks"].size(), 0u);
    EXPECT_EQ(json("/api/tracks?starred=true")["tracks"].size(), 0u);
    EXPECT_EQ(json("/api/tracks?ratingFrom=1")["tracks"].size(), 0u);
    EXPECT_EQ(json("/api/tracks?sort=random&seed=4")["tracks"].size(), 2u);
}

TEST_F(CatalogApiTest, AListIsEnteredInItsMiddleAndCountedWhenAsked) {
    start();
    const Json second = json("/api/tracks?sort=duration&order=desc&skip=1&count=true");
    ASSERT_EQ(second["tracks"].size(), 1u);
    EXPECT_EQ(second["tracks"][0]["title"], "short");
    EXPECT_EQ(second["matching"], 2);
    EXPECT_FALSE(json("/api/tracks?sort=duration").contains("matching"));
    EXPECT_EQ(json("/api/tracks?played=ever&count=true")["matching"], 0);
    for (const std::string list : {"albums", "artists", "genres"}) {
        const Json page = json("/api/" + list + "?count=true");
        EXPECT_EQ(page["matching"], page[list].size()) << list;
        EXPECT_EQ(json("/api/" + list + "?skip=100000")[list].size(), 0u) << list;
    }
    EXPECT_EQ(fetch("/api/tracks?sort=random&skip=1").status, 400);
}

TEST_F(CatalogApiTest, ATrackTellsAllAndIsKnownByItsTag) {
    start();
    const Json track = json("/api/tracks/" + long_);
    for (const char* field : {"artists", "genres", "replayGain", "musicBrainz", "albumId", "bpm"})
        EXPECT_TRUE(track.contains(field)) << field;
    const RawResponse first = fetch("/api/tracks?sort=title");
    ASSERT_NE(first.header("etag"), "");
    const RawResponse again =
        fetch("/api/tracks?sort=title", "If-None-Match: " + first.header("etag") + "\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
}

TEST_F(CatalogApiTest, SearchFindsAndListsAreThere) {
    start();
    const Json found = json("/api/search?q=lon");
    ASSERT_EQ(found["tracks"].size(), 1u);
    EXPECT_EQ(found["tracks"][0]["id"], long_);
    EXPECT_EQ(json("/api/search?q=%22*(")["tracks"].size(), 0u);
    EXPECT_EQ(json("/api/search")["tracks"].size(), 0u);
    EXPECT_TRUE(json("/api/albums")["albums"].is_array());
    EXPECT_TRUE(json("/api/artists?role=composer")["artists"].is_array());
    EXPECT_TRUE(json("/api/genres?sort=tracks")["genres"].is_array());
    EXPECT_EQ(fetch("/api/albums/77").status, 404);
    EXPECT_EQ(fetch("/api/artists/77").status, 404);
    EXPECT_EQ(fetch("/api/albums?sort=colour").status, 400);
    EXPECT_EQ(fetch("/api/search?limit=1000").status, 400);
    EXPECT_EQ(ask(requestOf("POST", "/api/library/scan?depth=deep")).status, 400);
}

} // namespace
} // namespace segue::backend
