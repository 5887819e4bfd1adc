// The nearest are the nearest, and what is made of them to play repeats nothing.
#include "backend/SimilarityIndex.h"

#include <cmath>
#include <random>
#include <set>

#include <gmock/gmock.h>

namespace segue::backend {
namespace {

using library::TrackFeatures;
using library::TrackId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kDimensions = analysis::kNumFeatures;

/// So many tracks at random places, `perAlbum` of them on one album each.
std::vector<TrackFeatures> someTracks(int count, int perAlbum) {
    std::mt19937 random(5);
    std::normal_distribution<float> values(0, 3);
    std::vector<TrackFeatures> tracks;
    for (int i = 0; i < count; ++i) {
        TrackFeatures one{100 + i,
                          static_cast<std::uint64_t>(1 + i / perAlbum),
                          static_cast<std::uint64_t>(1000 + i),
                          {}};
        for (std::size_t d = 0; d < kDimensions; ++d)
            one.vector.push_back(values(random));
        tracks.push_back(std::move(one));
    }
    return tracks;
}

SimilarityIndex indexOf(const std::vector<TrackFeatures>& tracks) {
    SimilarityIndex index;
    for (const TrackFeatures& one : tracks)
        index.add(one);
    index.complete();
    return index;
}

std::vector<TrackId> idsOf(const std::vector<SimilarityIndex::Neighbour>& neighbours) {
    std::vector<TrackId> ids;
    for (const auto& one : neighbours)
        ids.push_back(one.track);
    return ids;
}

TEST(SimilarityIndex, FindsTheNearestInOrder) {
    // Along a line, so that who is near is plain.
    std::vector<TrackFeatures> tracks;
    for (const int at : {0, 50, 10, 11, 13})
        tracks.push_back({at, 0, static_cast<std::uint64_t>(at + 1),
                          std::vector<float>(kDimensions, static_cast<float>(at))});
    const SimilarityIndex index = indexOf(tracks);
    EXPECT_THAT(idsOf(*index.nearest(11, 3)), ElementsAre(10, 13, 0));
    EXPECT_THAT(idsOf(*index.nearest(50, 9)), ElementsAre(13, 11, 10, 0));
    EXPECT_THAT(*index.nearest(50, 0), IsEmpty());
    EXPECT_FALSE(index.nearest(51, 3));
    const auto near = *index.nearest(11, 2);
    EXPECT_NEAR(near[1].distance, 2 * near[0].distance, 1e-4);
}

TEST(SimilarityIndex, AgreesWithASortOfAll) {
    const auto tracks = someTracks(533, 10); // no multiple of a block
    const SimilarityIndex index = indexOf(tracks);
    const auto all = *index.nearest(150, 1000);
    ASSERT_EQ(all.size(), 532u);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.distance < b.distance;
    }));
    const auto few = *index.nearest(150, 20);
    EXPECT_EQ(idsOf(few), idsOf({all.begin(), all.begin() + 20}));
}

TEST(SimilarityIndex, ADimensionCountsByItsSpreadNotByItsUnit) {
    auto tracks = someTracks(1000, 10);
    const auto before = *indexOf(tracks).nearest(100, 30);
    for (TrackFeatures& one : tracks)
        one.vector[3] *= 1000;
    const auto after = *indexOf(tracks).nearest(100, 30);
    std::set<TrackId> both;
    for (const auto& one : before)
        for (const auto& other : after)
            if (one.track == other.track)
                both.insert(one.track);
    EXPECT_GT(both.size(), 20u);
}

TEST(SimilarityIndex, WhatIsPlayedIsNeverTheSameRecordingNorOneAlbumInARow) {
    auto tracks = someTracks(300, 30);
    for (std::size_t i = 0; i < tracks.size(); ++i)
        tracks[i].recording = 1 + i / 2; // each twice
    const SimilarityIndex index = indexOf(tracks);
    std::map<TrackId, TrackFeatures> known;
    for (const TrackFeatures& one : tracks)
        known[one.track] = one;
    std::vector<std::vector<TrackId>> lists{idsOf(*index.similar(100, 40))};
    for (const std::uint64_t seed : {0, 1, 2})
        lists.push_back(*index.radio(100, seed, 100));
    for (const auto& list : lists) {
        std::set<std::uint64_t> recordings{known[100].recording};
        std::uint64_t album = known[100].album;
        for (std::size_t i = 0; i < list.size(); ++i) {
            EXPECT_TRUE(recordings.insert(known[list[i]].recording).second);
            if (i < 35) { // while there is a choice
                EXPECT_NE(known[list[i]].album, album);
            }
            album = known[list[i]].album;
        }
    }
    EXPECT_EQ(lists[0].size(), 40u);
}

TEST(SimilarityIndex, WhereAllThatIsNearIsOfOneAlbumThatIsPlayed) {
    std::vector<TrackFeatures> tracks;
    for (const int at : {0, 10, 11, 13, 100})
        tracks.push_back({at, at == 100 ? 2U : 1U, static_cast<std::uint64_t>(at + 1),
                          std::vector<float>(kDimensions, static_cast<float>(at))});
    EXPECT_THAT(idsOf(*indexOf(tracks).similar(10, 9)), ElementsAre(11, 13, 0, 100));
}

TEST(SimilarityIndex, RadioIsThatOfItsSeedAndStaysNear) {
    const auto tracks = someTracks(3000, 10);
    const SimilarityIndex index = indexOf(tracks);
    const auto one = *index.radio(100, 1, 100);
    EXPECT_EQ(*index.radio(100, 1, 100), one);
    EXPECT_NE(*index.radio(100, 2, 100), one);
    EXPECT_EQ(one.size(), 100u);
    const auto near = idsOf(*index.nearest(100, 400));
    for (const TrackId track : one)
        EXPECT_NE(std::find(near.begin(), near.end(), track), near.end());
}

TEST(SimilarityIndex, WhatCannotBeComparedIsLeftOut) {
    SimilarityIndex index;
    index.add({1, 0, 1, {}});
    index.add({2, 0, 1, std::vector<float>(kDimensions + 1)});
    index.complete();
    EXPECT_EQ(index.size(), 0u);
    EXPECT_FALSE(index.radio(1, 0, 5));
    index.add({3, 0, 3, std::vector<float>(kDimensions)});
    index.add({3, 0, 3, std::vector<float>(kDimensions)});
    index.complete();
    EXPECT_EQ(index.size(), 1u);
    EXPECT_THAT(*index.similar(3, 5), IsEmpty());
}

} // namespace
} // namespace segue::backend
