// What a track sounds like comes back as it was put.

#include "library/Features.h"

#include <map>

#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

class FeaturesTest : public test::ThreeTracks {
  protected:
    static constexpr std::uint32_t kVersion = 7;

    ContentFeatures of(TrackId track, std::vector<float> vector) const {
        ContentFeatures features;
        features.content = *library->refresh(track)->contentId;
        features.vector = std::move(vector);
        return features;
    }
    std::map<TrackId, std::vector<float>> stored(std::uint32_t version) const {
        std::map<TrackId, std::vector<float>> found;
        EXPECT_TRUE(kept.forEachTrack(version, [&](const TrackFeatures& features) {
            found[features.track] = features.vector;
        }));
        return found;
    }

    Features kept{library->access()};
};

TEST_F(FeaturesTest, VectorsComeBackBitForBitAndEmptyOnesAreNone) {
    const std::vector<float> first{1.5F, -0.0F, 3e-30F, 7, -2};
    const std::vector<float> second{0.25F, 4, 5, 6, 1e30F};
    ASSERT_TRUE(kept.put(kVersion, std::vector{of(a, first), of(b, second), of(c, {})}));
    EXPECT_EQ(stored(kVersion), (std::map<TrackId, std::vector<float>>{{a, first}, {b, second}}));
    EXPECT_TRUE(stored(kVersion + 1).empty());
    ASSERT_TRUE(kept.put(kVersion, std::vector{of(a, second)}));
    EXPECT_EQ(stored(kVersion), (std::map<TrackId, std::vector<float>>{{a, second}, {b, second}}));
}

} // namespace
} // namespace segue::library
