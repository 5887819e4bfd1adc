// Filter design, its float recursion, and the crossover's flat sum.

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "processing/dsp/BandSplitter.h"
#include "processing/dsp/FastMath.h"
#include "processing/dsp/FilterDesign.h"
#include "processing/dsp/ToneEqualizer.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

double rms(const float* x, std::int64_t n) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i)
        sum += static_cast<double>(x[i]) * x[i];
    return std::sqrt(sum / static_cast<double>(n));
}

TEST(FilterDesign, PeakHasItsGainAtItsFrequency) {
    for (const int rate : {8000, 44100, 192000})
        EXPECT_NEAR(peak(rate, 1000, 1.4, 6).magnitudeDbAt(1000, rate), 6, 1e-9);
    EXPECT_NEAR(lowShelf(48000, 100, 0.7, -4).magnitudeDbAt(1, 48000), -4, 0.01);
    EXPECT_NEAR(highShelf(48000, 5000, 0.7, 4).magnitudeDbAt(23000, 48000), 4, 0.05);
}

TEST(FilterDesign, KWeightingHasThePublishedCoefficientsAt48k) {
    const auto [shelf, rlb] = kWeighting(48000);
    EXPECT_NEAR(shelf.b0, 1.53512485958697, 1e-9);
    EXPECT_NEAR(shelf.b1, -2.69169618940638, 1e-9);
    EXPECT_NEAR(shelf.b2, 1.19839281085285, 1e-9);
    EXPECT_NEAR(shelf.a1, -1.69065929318241, 1e-9);
    EXPECT_NEAR(shelf.a2, 0.73248077421585, 1e-9);
    EXPECT_NEAR(rlb.a1, -1.99004745483398, 1e-9);
    EXPECT_NEAR(rlb.a2, 0.99007225036621, 1e-9);
}

TEST(ToneEqualizer, FollowsItsDesignInFloatAtEveryRate) {
    for (const int rate : {8000, 44100, 96000, 192000})
        for (const double hz : {31.0, 200.0, 1000.0, 3000.0}) {
            const std::vector<Biquad> sections{peak(rate, 31, 1.4, 6), lowShelf(rate, 60, 0.7, -3),
                                               peak(rate, 1000, 1, 4),
                                               highShelf(rate, 3000, 0.7, 5)};
            double expectedDb = 0;
            for (const Biquad& section : sections)
                expectedDb += section.magnitudeDbAt(hz, rate);
            ToneEqualizer stage;
            stage.setSections(sections, sections);
            const std::int64_t frames = 2 * rate;
            stage.prepare({rate, 1, static_cast<int>(frames)});
            AudioBuffer tone = test::sine(1, frames, hz, rate, 0.25);
            const double before = rms(tone.channel(0) + rate, rate);
            stage.process(tone.block());
            EXPECT_NEAR(test::toDb(rms(tone.channel(0) + rate, rate) / before), expectedDb, 0.01)
                << rate << " Hz, tone " << hz;
        }
}

/// So many peaks, up and down, from 40 Hz on.
std::vector<Biquad> peaks(int rate, std::size_t count, double gainDb) {
    std::vector<Biquad> sections;
    for (std::size_t i = 0; i < count; ++i)
        sections.push_back(peak(rate, 40 * std::pow(2.0, static_cast<double>(i) / 4), 2,
                                i % 3 == 0 ? -gainDb : gainDb));
    return sections;
}

TEST(ToneEqualizer, RunsAnyNumberOfSectionsOfEitherChannel) {
    constexpr int kRate = 44100;
    constexpr double kHz = 900;
    for (const std::size_t first : {0, 1, 16, 17, 24, 25, 32})
        for (const std::size_t other : {0, 15, 16, 23, 24, 32}) {
            const std::array<std::vector<Biquad>, 2> sections{peaks(kRate, first, 1.5),
                                                              peaks(kRate, other, -2)};
            ToneEqualizer stage;
            stage.setSections(sections[0], sections[1]);
            AudioBuffer tone = test::sine(2, kRate, kHz, kRate, 0.25);
            const double before = rms(tone.channel(0) + kRate / 2, kRate / 2);
            stage.prepare({kRate, 2, kRate});
            stage.process(tone.block());
            for (std::size_t c = 0; c < 2; ++c) {
                double expectedDb = 0;
                for (const Biquad& section : sections[c])
                    expectedDb += section.magnitudeDbAt(kHz, kRate);
                EXPECT_NEAR(
                    test::toDb(rms(tone.channel(static_cast<int>(c)) + kRate / 2, kRate / 2) /
                               before),
                    expectedDb, 0.01)
                    << first << " and " << other << " sections, channel " << c;
            }
            const int longest = static_cast<int>(std::max(first, other));
            EXPECT_EQ(stage.latencyFrames(), std::max(16, (longest + 7) / 8 * 8) - 1);
        }
}

TEST(BandSplitter, BandsSumFlat) {
    for (const int rate : {8000, 44100, 96000}) {
        for (const double hz : {40.0, 120.0, 400.0, 1000.0, 2500.0, 3400.0}) {
            BandSplitter splitter;
            splitter.prepare(rate, Weighting::None);
            const AudioBuffer tone = test::sine(2, 2 * rate, hz, rate, 0.25);
            std::vector<float> bands(8 * static_cast<std::size_t>(2 * rate));
            float energy[8] = {};
            splitter.split(tone.channel(0), tone.channel(1), 2 * rate, bands.data(), energy);
            std::vector<float> sum;
            for (const float* v = bands.data(); v != bands.data() + bands.size(); v += 8)
                sum.push_back(v[0] + v[2] + v[4] + v[6]);
            EXPECT_NEAR(
                test::toDb(rms(sum.data() + rate, rate) / rms(tone.channel(0) + rate, rate)), 0,
                0.01)
                << rate << " Hz, tone " << hz;
        }
    }
}

TEST(BandSplitter, MeasuresTheExtremesOfWhatItsBandsAddUpTo) {
    for (const int rate : {8000, 44100, 96000})
        for (const ChannelLayout layout : {ChannelLayout::Plain, ChannelLayout::MidSide}) {
            // Clipped music: the crossover's phases lift its peaks.
            AudioBuffer audio = test::musicLike(2, 2 * rate, rate);
            for (int c = 0; c < 2; ++c)
                for (std::int64_t n = 0; n < audio.numFrames(); ++n)
                    audio.channel(c)[n] = std::clamp(8 * audio.channel(c)[n], -0.5f, 0.5f);
            BandSplitter splitter;
            splitter.prepare(rate, Weighting::None);
            std::vector<float> bands(8 * static_cast<std::size_t>(2 * rate));
            float energy[8] = {};
            splitter.split(audio.channel(0), audio.channel(1), 2 * rate, bands.data(), energy);
            std::array<float, 2> lowest{};
            std::array<float, 2> highest{};
            for (const float* v = bands.data(); v != bands.data() + bands.size(); v += 8) {
                const float a = v[0] + v[2] + v[4] + v[6];
                const float b = v[1] + v[3] + v[5] + v[7];
                const std::array<float, 2> heard =
                    layout == ChannelLayout::Plain ? std::array{a, b} : std::array{a + b, a - b};
                for (std::size_t c = 0; c < 2; ++c) {
                    lowest[c] = std::min(lowest[c], heard[c]);
                    highest[c] = std::max(highest[c], heard[c]);
                }
            }
            BandSplitter meter;
            meter.prepare(rate, Weighting::K, layout);
            const BandSplitter::Measures measured =
                meter.measure(audio.channel(0), audio.channel(1), 2 * rate);
            for (std::size_t c = 0; c < 2; ++c) {
                EXPECT_NEAR(measured.lowest[c], lowest[c], 1e-4) << rate;
                EXPECT_NEAR(measured.highest[c], highest[c], 1e-4) << rate;
            }
            EXPECT_GT(highest[0], 0.6) << "clipped at 0.5";
        }
}

TEST(BandSplitter, KeepsATwentyFourDbPerOctaveSlope) {
    constexpr int kRate = 48000;
    BandSplitter splitter;
    splitter.prepare(kRate, Weighting::None);
    const AudioBuffer tone =
        test::sine(2, kRate, 480, kRate, 0.25); // two octaves above the lowest border
    std::vector<float> bands(8 * kRate);
    float energy[8] = {};
    splitter.split(tone.channel(0), tone.channel(1), kRate, bands.data(), energy);
    // Once more, without what switching the tone on sends through the filters.
    std::fill_n(energy, 8, 0.0f);
    splitter.split(tone.channel(0), tone.channel(1), kRate, bands.data(), energy);
    EXPECT_LT(10 * std::log10(static_cast<double>(energy[0]) / static_cast<double>(energy[2])),
              -44);
}

TEST(FastMath, IsCloseToTheLibraryAndExactWherePromised) {
    for (float x = 1e-14f; x < 100.0f; x *= 1.37f) {
        V4 out;
        log2Four(V4{x, x, x, x}, out);
        EXPECT_NEAR(out[2], std::log2(x), 1.5e-5);
    }
    for (float x = -20; x < 20; x += 0.173f) {
        V4 out;
        exp2Four(V4{x, x, x, x}, out);
        EXPECT_NEAR(out[1] / std::exp2(x), 1, 1e-6);
    }
    V4 out;
    exp2Four(V4{0, -1, 3, -7}, out);
    EXPECT_EQ(out[0], 1.0f);
    EXPECT_EQ(out[1], 0.5f);
    EXPECT_EQ(out[3], 1.0f / 128);
}

} // namespace
} // namespace segue::dsp
