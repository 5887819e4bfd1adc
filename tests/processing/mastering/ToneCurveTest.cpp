// The graphic equaliser's design meets its gains.

#include <cmath>

#include <gtest/gtest.h>

#include "processing/mastering/Preset.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {
namespace {

/// @param bend  0.7: a hill in three octaves; 2.5: hardly two bands alike
ToneGains hillsAndValleys(double bend) {
    ToneGains gains{};
    for (int band = 0; band < kNumToneBands; ++band)
        gains[static_cast<std::size_t>(band)] = 5 * std::sin(band * bend) - 1.5;
    return gains;
}

TEST(ToneCurve, MeetsItsGainsAtTheCentres) {
    for (const double bend : {0.7, 2.5}) {
        const ToneGains wanted = hillsAndValleys(bend);
        for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
            const auto sections = designTone(rate, wanted);
            const double tolerance = sections.size() > 23 ? 0.1 : kToneToleranceDb;
            for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * rate; ++band)
                EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), rate),
                            wanted[static_cast<std::size_t>(band)], tolerance)
                    << rate << " Hz, band " << band;
        }
    }
}

TEST(ToneCurve, IsSmoothBetweenTheCentres) {
    // A tilt of 1.5 dB per octave, what a listener would notice if it came in steps.
    ToneGains wanted{};
    for (int band = 0; band < kNumToneBands; ++band)
        wanted[static_cast<std::size_t>(band)] = 7.5 - 0.5 * band;
    const auto sections = designTone(44100, wanted);
    for (double hz = 22; hz < 16000; hz *= 1.01)
        EXPECT_NEAR(magnitudeDb(sections, hz, 44100), 7.5 - 5 * std::log10(hz / 20), 0.35) << hz;
}

TEST(ToneCurve, ExtremesOfReferenceModeAreMet) {
    ToneGains wanted{};
    for (int band = 0; band < kNumToneBands; ++band)
        wanted[static_cast<std::size_t>(band)] = band < 15 ? 12 : -12;
    const auto sections = designTone(44100, wanted);
    for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * 44100; ++band)
        EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), 44100),
                    wanted[static_cast<std::size_t>(band)], 0.3)
            << band;
}

TEST(ToneCurve, SmoothCurvesNeedHalfTheSections) {
    for (const Preset& preset : builtInPresets()) {
        ToneGains wanted{};
        for (int band = 0; band < kNumToneBands; ++band)
            wanted[static_cast<std::size_t>(band)] = presetToneDb(preset, toneBandHz(band));
        const auto sections = designTone(44100, wanted);
        EXPECT_LE(sections.size(), 16u) << preset.name;
        for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * 44100; ++band)
            EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), 44100),
                        wanted[static_cast<std::size_t>(band)], kToneToleranceDb)
                << preset.name << ", band " << band;
    }
    const std::size_t rough = designTone(44100, hillsAndValleys(0.7)).size();
    EXPECT_GT(rough, 16u);
    EXPECT_LE(rough, 23u);
    EXPECT_GT(designTone(44100, hillsAndValleys(2.5)).size(), 23u);
}

TEST(ToneCurve, FlatNeedsNoFilter) {
    EXPECT_TRUE(designTone(44100, ToneGains{}).empty());
}

} // namespace
} // namespace segue::mastering
