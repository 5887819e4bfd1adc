// The synthesised signals of EBU Tech 3341 and 3342 and the BS.1770 level check, through a whole
// analysis.

#include <gtest/gtest.h>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::analysis {
namespace {

constexpr int kRate = 48000;

struct Piece {
    double seconds, levelDbfs; // peak of a 1 kHz tone per channel; -999: silence
};

/// One tone on all channels, its level changing; the phase runs on.
AudioBuffer tone(const std::vector<Piece>& pieces, int numChannels = 2,
                 const std::vector<double>& offsetsDb = {}, double frequencyHz = 1000) {
    std::int64_t frames = 0;
    for (const Piece& piece : pieces)
        frames += std::llround(piece.seconds * kRate);
    AudioBuffer audio(numChannels, frames);
    std::int64_t n = 0;
    for (const Piece& piece : pieces)
        for (std::int64_t end = n + std::llround(piece.seconds * kRate); n < end; ++n)
            for (int c = 0; c < numChannels; ++c) {
                const double level =
                    piece.levelDbfs +
                    (offsetsDb.empty() ? 0 : offsetsDb[static_cast<std::size_t>(c)]);
                audio.channel(c)[n] =
                    piece.levelDbfs < -900
                        ? 0.0f
                        : static_cast<float>(std::pow(10, level / 20) *
                                             std::sin(2 * std::numbers::pi * frequencyHz *
                                                      static_cast<double>(n) / kRate));
            }
    return audio;
}

TrackAnalysis measure(AudioBuffer audio) {
    const std::atomic<bool> never{false};
    test::BufferSource source(std::move(audio), kRate);
    return analyse(source, Coverage::Full, never).value();
}

constexpr double kSilence = -999;

TEST(EbuTech3341, Cases1And2SteadyTones) {
    for (const double level : {-23.0, -33.0}) {
        const TrackAnalysis a = measure(tone({{20, level}}));
        EXPECT_NEAR(a.integratedLufs, level, 0.1);
        EXPECT_NEAR(a.maxMomentaryLufs, level, 0.1);
        EXPECT_NEAR(a.maxShortTermLufs, level, 0.1);
    }
}

TEST(EbuTech3341, Cases3To5Gating) {
    EXPECT_NEAR(measure(tone({{10, -36}, {60, -23}, {10, -36}})).integratedLufs, -23, 0.1);
    EXPECT_NEAR(
        measure(tone({{10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}})).integratedLufs, -23,
        0.1);
    EXPECT_NEAR(measure(tone({{20, -26}, {20.1, -20}, {20, -26}})).integratedLufs, -23, 0.1);
}

TEST(EbuTech3341, Case6FiveChannels) {
    EXPECT_NEAR(measure(tone({{20, 0}}, 5, {-28, -28, -24, -30, -30})).integratedLufs, -23, 0.1);
}

TEST(EbuTech3341, Case9ShortTermIsSteady) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 5; ++i)
        pieces.insert(pieces.end(), {{1.34, -20}, {1.66, -30}});
    EXPECT_NEAR(measure(tone(pieces)).maxShortTermLufs, -23, 0.1);
}

TEST(EbuTech3341, Case10ShortTermMaximumWhereverTheToneBegins) {
    for (int i = 0; i < 20; ++i)
        EXPECT_NEAR(measure(tone({{0.15 * i, kSilence}, {3, -23}, {1, kSilence}})).maxShortTermLufs,
                    -23, 0.15)
            << i;
}

TEST(EbuTech3341, Case12MomentaryIsSteady) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 25; ++i)
        pieces.insert(pieces.end(), {{0.18, -20}, {0.22, -30}});
    EXPECT_NEAR(measure(tone(pieces)).maxMomentaryLufs, -23, 0.1);
}

TEST(EbuTech3342, LoudnessRange) {
    EXPECT_NEAR(measure(tone({{20, -20}, {20, -30}})).loudnessRangeLu, 10, 1);
    EXPECT_NEAR(measure(tone({{20, -20}, {20, -15}})).loudnessRangeLu, 5, 1);
    EXPECT_NEAR(measure(tone({{20, -40}, {20, -20}})).loudnessRangeLu, 20, 1);
    EXPECT_NEAR(
        measure(tone({{20, -50}, {20, -35}, {20, -20}, {20, -35}, {20, -50}})).loudnessRangeLu, 15,
        1);
}

TEST(Bs1770, FullScaleToneInOneChannel) {
    for (int channel = 0; channel < 3; ++channel) {
        std::vector<double> offsets{-300, -300, -300};
        offsets[static_cast<std::size_t>(channel)] = 0;
        EXPECT_NEAR(measure(tone({{5, 0}}, 3, offsets, 997)).integratedLufs, -3.01, 0.05)
            << channel;
    }
}

} // namespace
} // namespace segue::analysis
