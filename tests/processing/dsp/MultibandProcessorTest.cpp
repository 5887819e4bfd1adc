// What the multiband stage does to levels, width and purity of a tone.

#include <gtest/gtest.h>

#include "processing/dsp/MultibandProcessor.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

constexpr int kRate = 44100;

double toneLevelDb(const float* x, std::int64_t n, double hz) {
    double re = 0, im = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        re += x[i] * std::cos(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate);
        im += x[i] * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate);
    }
    return test::toDb(2 * std::hypot(re, im) / static_cast<double>(n));
}

MultibandSettings settings(double thresholdDb, double ratio) {
    MultibandSettings s;
    for (BandSettings& band : s.bands)
        band = {thresholdDb, ratio, 20, 200, 0, 1};
    return s;
}

void process(const MultibandSettings& s, ChannelLayout layout, AudioBuffer& audio) {
    MultibandProcessor stage;
    stage.configure(s, layout);
    stage.prepare({kRate, audio.numChannels(), static_cast<int>(audio.numFrames())});
    stage.process(audio.block());
}

TEST(MultibandProcessor, TenDbMoreInIsTenOverRatioMoreOut) {
    for (const double ratio : {1.0, 1.5, 2.0}) {
        AudioBuffer soft = test::sine(2, 3 * kRate, 346, kRate, 0.158113883);
        AudioBuffer loud = test::sine(2, 3 * kRate, 346, kRate, 0.5);
        process(settings(-30, ratio), ChannelLayout::Plain, soft);
        process(settings(-30, ratio), ChannelLayout::Plain, loud);
        const double rise = toneLevelDb(loud.channel(0) + 2 * kRate, kRate, 346) -
                            toneLevelDb(soft.channel(0) + 2 * kRate, kRate, 346);
        EXPECT_NEAR(rise, 10 / ratio, 0.35) << ratio;
    }
}

TEST(MultibandProcessor, LeavesWhatIsBelowTheThreshold) {
    AudioBuffer tone = test::sine(2, 2 * kRate, 400, kRate, 0.01);
    process(settings(-30, 4), ChannelLayout::Plain, tone);
    EXPECT_NEAR(toneLevelDb(tone.channel(0) + kRate, kRate, 400), -40, 0.01);
}

TEST(MultibandProcessor, SideGainNarrowsOnlyTheSide) {
    MultibandSettings s = settings(0, 1);
    s.bands[0].sideGain = 0;
    AudioBuffer low = test::sine(2, 2 * kRate, 40, kRate, 0.25);
    process(s, ChannelLayout::MidSide, low);
    EXPECT_NEAR(toneLevelDb(low.channel(0) + kRate, kRate, 40), -12.04, 0.01);
    EXPECT_LT(toneLevelDb(low.channel(1) + kRate, kRate, 40), -48);
}

TEST(MultibandProcessor, CompressedToneStaysPure) {
    AudioBuffer tone = test::sine(2, 4 * kRate, 1000, kRate, 0.5);
    process(settings(-30, 2), ChannelLayout::Plain, tone);
    const float* settled = tone.channel(0) + 3 * kRate;
    const double level = toneLevelDb(settled, kRate, 1000);
    double total = 0;
    for (int i = 0; i < kRate; ++i)
        total += static_cast<double>(settled[i]) * settled[i];
    const double fundamental = std::pow(10, level / 10) / 2;
    EXPECT_LT(10 * std::log10(std::max(total / kRate - fundamental, 1e-20) / fundamental), -80);
}

TEST(MultibandProcessor, EvenHarmonicsAddTheSecondAndNoOffset) {
    MultibandSettings s = settings(0, 1);
    s.evenHarmonics = 0.1;
    AudioBuffer tone = test::sine(2, 2 * kRate, 500, kRate, 0.5);
    process(s, ChannelLayout::MidSide, tone);
    // k a^2 / 2 at twice the frequency: -38.06 dBFS.
    EXPECT_NEAR(toneLevelDb(tone.channel(0) + kRate, kRate, 1000), -38.06, 0.3);
    EXPECT_LT(toneLevelDb(tone.channel(0) + kRate, kRate, 1500), -100);
    double mean = 0;
    for (int i = 0; i < kRate; ++i)
        mean += tone.channel(0)[kRate + i];
    EXPECT_LT(std::abs(mean / kRate), 1e-4);
}

} // namespace
} // namespace segue::dsp
