// The true-peak detector against known signals, and the limiter's ceiling against a finer meter
// than its own.

#include <gtest/gtest.h>

#include "processing/dsp/TruePeakLimiter.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

/// Largest magnitude between samples by a 64-tap windowed sinc at 16 points per sample: independent
/// of the detector.
double fineTruePeak(const float* x, std::int64_t n) {
    constexpr int kHalf = 32;
    constexpr int kPoints = 16;
    double kernel[kPoints][2 * kHalf];
    for (int p = 0; p < kPoints; ++p)
        for (int k = 0; k < 2 * kHalf; ++k) {
            const double t = k - (kHalf - 1) - static_cast<double>(p) / kPoints;
            const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * t / kHalf);
            kernel[p][k] =
                (t == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t)) * window;
        }
    double largest = 0;
    for (std::int64_t i = kHalf; i + kHalf < n; ++i) {
        if (std::abs(x[i]) < 0.4 * largest && std::abs(x[i + 1]) < 0.4 * largest)
            continue;
        for (const auto& phase : kernel) {
            double sum = 0;
            for (int k = 0; k < 2 * kHalf; ++k)
                sum += phase[k] * x[i - (kHalf - 1) + k];
            largest = std::max(largest, std::abs(sum));
        }
    }
    return largest;
}

double detectorPeakDb(const AudioBuffer& audio) {
    double largest = 0;
    for (std::int64_t at = 0; at + 31 <= audio.numFrames(); at += TruePeakDetector::kGroupFrames)
        largest = std::max(largest,
                           static_cast<double>(TruePeakDetector::groupPeak(audio.channel(0) + at)));
    return test::toDb(largest);
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
        AudioBuffer middle(1, 2048);
        std::copy_n(tone.channel(0) + 1024, 2048, middle.channel(0));
        EXPECT_LT(detectorPeakDb(middle), c.expectDbtp + 0.2);
        EXPECT_GT(detectorPeakDb(middle), c.expectDbtp - 0.4);
    }
}

/// Noise that falls off towards the Nyquist frequency as music does; white noise has peaks between
/// the points of any fourfold meter.
AudioBuffer softNoise(std::int64_t numFrames) {
    AudioBuffer audio = test::noise(2, numFrames, 1.0);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = numFrames - 1; n >= 2; --n)
            audio.channel(c)[n] = 0.25f * audio.channel(c)[n] + 0.5f * audio.channel(c)[n - 1] +
                                  0.25f * audio.channel(c)[n - 2];
    return audio;
}

class LimiterCeiling : public testing::TestWithParam<int> {};

TEST_P(LimiterCeiling, HoldsOnNoiseTonesAndMusic) {
    const int rate = GetParam();
    // This meter has sixteen points per sample, the limiter four: dense noise shows the difference
    // most.
    for (int signal = 0; signal < 4; ++signal) {
        const std::int64_t frames = 2 * rate;
        AudioBuffer audio = signal == 0   ? softNoise(frames)
                            : signal == 1 ? test::musicLike(2, frames, rate)
                            : signal == 2 ? test::sine(2, frames, 0.21 * rate, rate, 0.9)
                                          : test::sine(2, frames, 60, rate, 0.9);
        TruePeakLimiter limiter;
        limiter.configure({-1, 9, 4, 100});
        limiter.prepare({rate, 2, static_cast<int>(frames)});
        limiter.process(audio.block());
        for (int c = 0; c < 2; ++c)
            EXPECT_LT(test::toDb(fineTruePeak(audio.channel(c), frames)),
                      -1 + (signal == 0 ? 0.2 : 0.05))
                << rate << " signal " << signal;
        EXPECT_GT(test::toDb(fineTruePeak(audio.channel(0), frames)), -1.6)
            << rate << " signal " << signal;
    }
}

INSTANTIATE_TEST_SUITE_P(Rates, LimiterCeiling, testing::Values(44100, 48000, 96000));

TEST(TruePeakLimiter, BelowTheCeilingItOnlyDelays) {
    TruePeakLimiter limiter;
    limiter.configure({-1, 0, 4, 100});
    limiter.prepare({44100, 2, 20000});
    const AudioBuffer input = test::noise(2, 20000, 0.3);
    AudioBuffer audio = test::noise(2, 20000, 0.3);
    limiter.process(audio.block());
    const int latency = limiter.latencyFrames();
    for (std::int64_t n = latency; n < 20000; ++n)
        ASSERT_EQ(audio.channel(1)[n], input.channel(1)[n - latency]);
}

TEST(TruePeakLimiter, OneChannelsPeakTurnsAllChannelsDown) {
    TruePeakLimiter limiter;
    limiter.configure({-1, 12, 4, 100});
    limiter.prepare({44100, 2, 44100});
    AudioBuffer audio = test::sine(2, 44100, 300, 44100, 0.1);
    AudioBuffer loud = test::sine(1, 44100, 300, 44100, 0.9);
    std::copy_n(loud.channel(0), 44100, audio.channel(0));
    limiter.process(audio.block());
    for (int n = 10000; n < 44100; ++n)
        ASSERT_NEAR(audio.channel(1)[n], audio.channel(0)[n] / 9, 1e-5);
}

} // namespace
} // namespace segue::dsp
