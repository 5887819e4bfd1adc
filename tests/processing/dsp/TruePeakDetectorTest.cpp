// The true-peak detector against known signals and a finer meter.

#include <gtest/gtest.h>

#include "processing/dsp/TruePeakDetector.h"
#include "tests/processing/dsp/FineTruePeak.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

constexpr float kEverything = 0;

double peakDb(const AudioBuffer& audio) {
    float largest = 0;
    for (std::int64_t at = 0; at + TruePeakDetector::kWindowFrames <= audio.numFrames();
         at += TruePeakDetector::kGroupFrames)
        largest = std::max(largest, TruePeakDetector::groupPeak(audio.channel(0) + at, largest));
    return test::toDb(static_cast<double>(largest));
}

AudioBuffer middleOf(const AudioBuffer& audio, std::int64_t from, std::int64_t numFrames) {
    AudioBuffer middle(1, numFrames);
    std::copy_n(audio.channel(0) + from, numFrames, middle.channel(0));
    return middle;
}

TEST(TruePeakDetector, MeetsEbuTech3341Cases15To19) {
    constexpr int kRate = 48000;
    const double pi = std::numbers::pi;
    struct Case {
        double divisor, amplitude, phase, expectDbtp;
    };
    for (const Case& c :
         {Case{4, 0.50, 0, -6.0}, Case{4, 0.50, pi / 4, -6.0}, Case{6, 0.50, pi / 3, -6.0},
          Case{8, 0.50, 67.5 * pi / 180, -6.0}, Case{4, 1.41, pi / 4, 3.0}}) {
        const AudioBuffer tone =
            test::sine(1, 4096, kRate / c.divisor, kRate, c.amplitude, c.phase);
        // Away from the ends: the standard's signals fade in and out.
        const double measured = peakDb(middleOf(tone, 1024, 2048));
        EXPECT_LT(measured, c.expectDbtp + 0.1);
        EXPECT_GT(measured, c.expectDbtp - 0.1);
    }
}

TEST(TruePeakDetector, ReadsAToneOfAnyPhaseUpToNearTheNyquistFrequency) {
    // Forty periods or halves and thirds of them in the same number of frames: few different
    // phases, so that a peak stays between the points for the whole tone.
    for (const double frequency : {0.01, 0.1, 0.125, 0.2, 0.25, 1.0 / 3, 0.35, 0.375, 0.4, 0.45})
        for (int phase = 0; phase < 32; ++phase) {
            const AudioBuffer tone = test::sine(1, 512, frequency, 1, 0.5, phase * 0.1);
            const double error = peakDb(tone) - test::toDb(0.5);
            EXPECT_LT(error, 0.06) << frequency << " of the rate, phase " << phase;
            EXPECT_GT(error, frequency <= 1.0 / 3 ? -0.09 : -0.13)
                << frequency << " of the rate, phase " << phase;
        }
}

TEST(TruePeakDetector, AgreesWithAFinerMeterOnNoise) {
    for (unsigned part = 0; part < 8; ++part) {
        const AudioBuffer noise = middleOf(test::softNoise(16384), 2048 * part, 2048);
        const double fine = test::toDb(test::fineTruePeak(noise.channel(0), 2048));
        EXPECT_NEAR(peakDb(noise), fine, 0.1) << part;
    }
}

TEST(TruePeakDetector, TheThresholdOnlySavesWork) {
    const AudioBuffer noise = test::softNoise(65536);
    int above = 0;
    for (std::int64_t at = 0; at + TruePeakDetector::kWindowFrames <= noise.numFrames(); at += 16) {
        const float* x = noise.channel(0) + at;
        const float whole = TruePeakDetector::groupPeak(x, kEverything);
        for (const float threshold : {0.3f, 0.6f, 0.9f}) {
            const float peak = TruePeakDetector::groupPeak(x, threshold);
            ASSERT_LE(peak, whole) << at;
            if (whole > 1.01f * threshold) {
                ASSERT_EQ(peak, whole) << at;
                ++above;
            }
        }
    }
    EXPECT_GT(above, 100);
}

TEST(TruePeakDetector, FindsTheSampleItselfAndNothingInSilence) {
    AudioBuffer click(1, TruePeakDetector::kWindowFrames);
    EXPECT_EQ(TruePeakDetector::groupPeak(click.channel(0), kEverything), 0.0f);
    click.channel(0)[TruePeakDetector::kDelayFrames + 5] = -0.7f;
    EXPECT_EQ(TruePeakDetector::groupPeak(click.channel(0), kEverything), 0.7f);
}

} // namespace
} // namespace segue::dsp
