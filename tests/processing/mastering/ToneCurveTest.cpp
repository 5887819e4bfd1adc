// The graphic equaliser's design meets its gains.

#include <cmath>

#include <gtest/gtest.h>

#include "processing/mastering/Preset.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {
namespace {

ToneGains hillsAndValleys() {
    ToneGains gains{};
    for (int band = 0; band < kNumToneBands; ++band)
        gains[static_cast<std::size_t>(band)] = 5 * std::sin(band * 0.7) - 1.5;
    return gains;
}

TEST(ToneCurve, MeetsItsGainsAtTheCentres) {
    const ToneGains wanted = hillsAndValleys();
    for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
        const auto sections = designTone(rate, wanted);
        for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * rate; ++band)
            EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), rate),
                        wanted[static_cast<std::size_t>(band)], 0.1)
                << rate << " Hz, band " << band;
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
    EXPECT_GT(designTone(44100, hillsAndValleys()).size(), 16u);
}

TEST(ToneCurve, CurvesWithSomeBendsNeedFewerSections) {
    ToneGains wanted{}; // a hill in three and a half octaves
    for (int band = 0; band < kNumToneBands; ++band)
        wanted[static_cast<std::size_t>(band)] = 3 * std::sin(0.6 * band);
    const auto sections = designTone(44100, wanted);
    EXPECT_GT(sections.size(), 15u);
    EXPECT_LE(sections.size(), 23u);
    for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * 44100; ++band)
        EXPECT_NEAR(magnitudeDb(sections, toneBandHz(band), 44100),
                    wanted[static_cast<std::size_t>(band)], 0.1)
            << band;
}

TEST(ToneCurve, FlatNeedsNoFilter) {
    EXPECT_TRUE(designTone(44100, ToneGains{}).empty());
}

} // namespace
} // namespace segue::mastering
