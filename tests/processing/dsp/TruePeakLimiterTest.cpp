// The limiter's ceiling against a finer meter than its own.

#include <gtest/gtest.h>

#include "processing/dsp/TruePeakLimiter.h"
#include "tests/processing/dsp/FineTruePeak.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

class LimiterCeiling : public testing::TestWithParam<int> {};

TEST_P(LimiterCeiling, HoldsOnNoiseTonesAndMusic) {
    const int rate = GetParam();
    // This meter has sixteen points per sample, the limiter four: dense noise shows the difference
    // most.
    for (int signal = 0; signal < 4; ++signal) {
        const std::int64_t frames = 2 * rate;
        AudioBuffer audio = signal == 0   ? test::softNoise(frames)
                            : signal == 1 ? test::musicLike(2, frames, rate)
                            : signal == 2 ? test::sine(2, frames, 0.21 * rate, rate, 0.9)
                                          : test::sine(2, frames, 60, rate, 0.9);
        TruePeakLimiter limiter;
        limiter.configure({-1, 9, 4, 100});
        limiter.prepare({rate, 2, static_cast<int>(frames)});
        limiter.process(audio.block());
        for (int c = 0; c < 2; ++c)
            EXPECT_LT(test::toDb(test::fineTruePeak(audio.channel(c), frames)),
                      -1 + (signal == 0 ? 0.2 : 0.05))
                << rate << " signal " << signal;
        EXPECT_GT(test::toDb(test::fineTruePeak(audio.channel(0), frames)), -1.6)
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
