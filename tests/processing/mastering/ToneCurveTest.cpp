// The graphic equaliser's design meets its gains.

#include <gtest/gtest.h>

#include "processing/mastering/PresetTable.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {
namespace {

TEST(ToneCurve, MeetsItsGainsAtTheCentres) {
    const ToneGains wanted{3, 1.5, -2, 0, 0.5, -1, 4, 2, -3, 1};
    for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
        const auto sections = designTone(rate, wanted);
        for (int band = 0; band < kNumToneBands; ++band)
            EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), rate),
                        wanted[static_cast<std::size_t>(band)], 0.1)
                << rate << " Hz, band " << band;
    }
}

TEST(ToneCurve, LowRatesKeepTheBandsTheyHave) {
    const ToneGains wanted{3, 1.5, -2, 0, 0.5, -1, 4, 2, -3, 1};
    const auto sections = designTone(8000, wanted);
    for (int band = 0; band < 7; ++band)
        EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), 8000),
                    wanted[static_cast<std::size_t>(band)], 0.2)
            << band;
}

TEST(ToneCurve, FlatNeedsNoFilter) {
    EXPECT_TRUE(designTone(44100, ToneGains{}).empty());
}

TEST(PresetTable, ToneFollowsTheTableBetweenItsPoints) {
    const PresetRow& warm = rowOf(Preset::Warm);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 20), 1.5);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 60), 1.5);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 250), 1.0);
    EXPECT_NEAR(presetToneDb(warm, 500), 0.5, 1e-9);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 20000), -1.0);
}

TEST(PresetTable, NamesAreFoundAgain) {
    for (const Preset preset : allPresets())
        EXPECT_EQ(presetOf(nameOf(preset)), preset);
    EXPECT_FALSE(presetOf("Adaptive"));
    EXPECT_FALSE(presetOf(""));
}

} // namespace
} // namespace segue::mastering
