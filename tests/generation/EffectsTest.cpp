#include "generation/Effects.h"

#include <gtest/gtest.h>

#include "generation/Random.h"

namespace segue::generation {
namespace {

double energy(Bus& bus, double fromSeconds, double toSeconds) {
    double sum = 0;
    for (std::int64_t i = framesOf(fromSeconds); i < framesOf(toSeconds); ++i)
        sum += static_cast<double>(bus.left()[i]) * bus.left()[i] +
               static_cast<double>(bus.right()[i]) * bus.right()[i];
    return sum;
}

TEST(Reverb, FallsBySixtyDecibelsInItsTimeAndIsWide) {
    Bus dry(4.0);
    dry.left()[0] = dry.right()[0] = 1.0f;
    Bus wet = reverberated(dry, {.seconds = 1.5, .dampingHz = 16'000, .predelaySeconds = 0.01});
    EXPECT_EQ(energy(wet, 0, 0.01), 0.0);
    const double early = energy(wet, 0.2, 0.4);
    const double late = energy(wet, 1.7, 1.9);
    EXPECT_GT(early, 0.0);
    EXPECT_NEAR(10.0 * std::log10(late / early), -60.0, 9.0);
    double side = 0;
    double mid = 0;
    for (std::int64_t i = 0; i < wet.frames(); ++i) {
        side += std::pow(wet.left()[i] - wet.right()[i], 2);
        mid += std::pow(wet.left()[i] + wet.right()[i], 2);
    }
    EXPECT_GT(side, 0.3 * mid);
}

TEST(PingPong, EchoesAlternateAndFade) {
    Bus dry(2.0);
    dry.left()[0] = dry.right()[0] = 1.0f;
    Bus wet = pingPong(dry, 0.25, 0.5, 8000);
    double left[2] = {};
    double right[2] = {};
    const auto sum = [&](const float* samples, double at) {
        double total = 0;
        for (std::int64_t i = framesOf(at); i < framesOf(at + 0.1); ++i)
            total += static_cast<double>(samples[i]) * samples[i];
        return total;
    };
    for (int n = 0; n < 2; ++n) {
        left[n] = sum(wet.left(), 0.25 * (n + 1));
        right[n] = sum(wet.right(), 0.25 * (n + 1));
    }
    EXPECT_GT(left[0], 0);
    EXPECT_EQ(right[0], 0);
    EXPECT_GT(right[1], 0);
    EXPECT_EQ(left[1], 0);
    EXPECT_LT(right[1], 0.5 * left[0]);
}

TEST(Duck, DipsAtTheTimeAndComesBack) {
    Bus bus(1.0);
    std::fill(bus.left(), bus.left() + bus.frames(), 1.0f);
    std::fill(bus.right(), bus.right() + bus.frames(), 1.0f);
    duck(bus, {0.5}, 0.6, 0.2);
    EXPECT_FLOAT_EQ(bus.left()[framesOf(0.4)], 1.0f);
    EXPECT_NEAR(bus.left()[framesOf(0.5)], 0.4f, 1e-4f);
    EXPECT_FLOAT_EQ(bus.left()[framesOf(0.71)], 1.0f);
    for (std::int64_t i = 1; i < bus.frames(); ++i)
        ASSERT_LT(std::abs(bus.left()[i] - bus.left()[i - 1]), 0.01f);
}

TEST(Finish, LeavesNoDcNoEdgeAndNothingAboveTheCeiling) {
    Bus mix(5.0);
    Random random(11);
    for (std::int64_t i = 0; i < mix.frames(); ++i) {
        // Noise with sudden peaks 12 dB above it, and an offset.
        const float gain = i % 9000 < 40 ? 0.8f : 0.2f;
        mix.left()[i] = gain * random.noise() + 0.05f;
        mix.right()[i] = gain * random.noise() + 0.05f;
    }
    ASSERT_TRUE(finish(mix, {.integratedLufs = -11, .ceilingDbfs = -3, .fadeOutSeconds = 0.5}));
    double mean = 0;
    float peak = 0;
    for (std::int64_t i = 0; i < mix.frames(); ++i) {
        mean += mix.left()[i] / static_cast<double>(mix.frames());
        peak = std::max({peak, std::abs(mix.left()[i]), std::abs(mix.right()[i])});
    }
    EXPECT_NEAR(mean, 0.0, 1e-3);
    EXPECT_LE(peak, linearOfDb(-3) * 1.0001);
    EXPECT_GT(peak, linearOfDb(-3.5));
    EXPECT_EQ(mix.left()[0], 0.0f);
    EXPECT_NEAR(mix.left()[mix.frames() - 1], 0.0f, 1e-5f);
}

TEST(Finish, SaysThatSilenceHasNoLoudness) {
    Bus mix(1.0);
    EXPECT_FALSE(finish(mix, {}));
}

} // namespace
} // namespace segue::generation
