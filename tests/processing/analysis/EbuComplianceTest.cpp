// The synthesised signals of EBU Tech 3341 and 3342 and the level check of BS.1770, through a whole
// analysis at several rates. Tolerances are those of the documents.

#include <gtest/gtest.h>

#include <ebur128.h>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::analysis {
namespace {

constexpr double kSilence = -999;
constexpr double kLoudnessTolerance = 0.1, kRangeTolerance = 1.0;

struct Piece {
    double seconds, levelDbfs; // peak of a tone per channel
};

TrackAnalysis measure(AudioBuffer audio, int rate) {
    const std::atomic<bool> never{false};
    test::BufferSource source(std::move(audio), rate);
    return analyse(source, Coverage::Full, never).value();
}

/// Frames [from, from + count) of `audio`.
AudioBuffer excerpt(const AudioBuffer& audio, std::int64_t from, std::int64_t count) {
    AudioBuffer part(audio.numChannels(), count);
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(audio.channel(c) + from, count, part.channel(c));
    return part;
}

class EbuTech : public testing::TestWithParam<int> {
  protected:
    int rate() const { return GetParam(); }
    std::int64_t framesOf(double seconds) const { return std::llround(seconds * rate()); }

    /// One tone on all channels, its level changing; the phase runs on.
    AudioBuffer tone(const std::vector<Piece>& pieces, int numChannels = 2,
                     const std::vector<double>& offsetsDb = {}, double frequencyHz = 1000) const {
        std::int64_t frames = 0;
        for (const Piece& piece : pieces)
            frames += framesOf(piece.seconds);
        AudioBuffer audio(numChannels, frames);
        std::int64_t begin = 0;
        for (const Piece& piece : pieces) {
            const std::int64_t end = begin + framesOf(piece.seconds);
            for (std::int64_t n = begin; n < end && piece.levelDbfs != kSilence; ++n) {
                const double wave =
                    std::sin(2 * std::numbers::pi * frequencyHz * static_cast<double>(n) / rate());
                for (int c = 0; c < numChannels; ++c) {
                    const double offset =
                        offsetsDb.empty() ? 0 : offsetsDb[static_cast<std::size_t>(c)];
                    audio.channel(c)[n] =
                        static_cast<float>(std::pow(10, (piece.levelDbfs + offset) / 20) * wave);
                }
            }
            begin = end;
        }
        return audio;
    }
    TrackAnalysis measured(const std::vector<Piece>& pieces) const {
        return measure(tone(pieces), rate());
    }
};

using EbuTech3341 = EbuTech;
using EbuTech3342 = EbuTech;
using Bs1770 = EbuTech;

TEST_P(EbuTech3341, Cases1And2SteadyTones) {
    for (const double level : {-23.0, -33.0}) {
        const TrackAnalysis a = measured({{20, level}});
        EXPECT_NEAR(a.integratedLufs, level, kLoudnessTolerance);
        EXPECT_NEAR(a.maxMomentaryLufs, level, kLoudnessTolerance);
        EXPECT_NEAR(a.maxShortTermLufs, level, kLoudnessTolerance);
    }
}

TEST_P(EbuTech3341, Cases3To5Gating) {
    EXPECT_NEAR(measured({{10, -36}, {60, -23}, {10, -36}}).integratedLufs, -23,
                kLoudnessTolerance);
    EXPECT_NEAR(measured({{10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}}).integratedLufs,
                -23, kLoudnessTolerance);
    EXPECT_NEAR(measured({{20, -26}, {20.1, -20}, {20, -26}}).integratedLufs, -23,
                kLoudnessTolerance);
}

TEST_P(EbuTech3341, Case6FiveChannels) {
    EXPECT_NEAR(measure(tone({{20, 0}}, 5, {-28, -28, -24, -30, -30}), rate()).integratedLufs, -23,
                kLoudnessTolerance);
}

TEST_P(EbuTech3341, Case9ShortTermIsSteady) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 5; ++i)
        pieces.insert(pieces.end(), {{1.34, -20}, {1.66, -30}});
    const AudioBuffer audio = tone(pieces);
    EXPECT_NEAR(measure(excerpt(audio, 0, audio.numFrames()), rate()).maxShortTermLufs, -23,
                kLoudnessTolerance);
    // What the meter shows at a moment is the maximum of the three seconds before it.
    for (int i = 0; i <= 20; ++i)
        EXPECT_NEAR(
            measure(excerpt(audio, framesOf(0.57 * i), framesOf(3)), rate()).maxShortTermLufs, -23,
            kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case10ShortTermMaximumWhereverTheToneBegins) {
    for (int i = 0; i < 20; ++i)
        EXPECT_NEAR(measured({{0.15 * i, kSilence}, {3, -23}, {1, kSilence}}).maxShortTermLufs, -23,
                    kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case11ShortTermMaximumOfOneStream) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 20; ++i)
        pieces.insert(pieces.end(),
                      {{0.15 * i, kSilence}, {3, -38.0 + i}, {3 - 0.15 * i, kSilence}});
    const AudioBuffer stream = tone(pieces, 1, {3.01});
    // The maximum so far after each tone; one channel 3 dB up reads as two do.
    for (int i = 0; i < 20; ++i)
        EXPECT_NEAR(measure(excerpt(stream, 0, framesOf(6.0 * (i + 1))), rate()).maxShortTermLufs,
                    -38.0 + i, kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case12MomentaryIsSteady) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 25; ++i)
        pieces.insert(pieces.end(), {{0.18, -20}, {0.22, -30}});
    const AudioBuffer audio = tone(pieces);
    EXPECT_NEAR(measure(excerpt(audio, 0, audio.numFrames()), rate()).maxMomentaryLufs, -23,
                kLoudnessTolerance);
    for (int i = 0; i <= 40; ++i)
        EXPECT_NEAR(
            measure(excerpt(audio, framesOf(0.23 * i), framesOf(0.4)), rate()).maxMomentaryLufs,
            -23, kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case13MomentaryMaximumWhereverTheToneBegins) {
    for (int i = 0; i < 20; ++i)
        EXPECT_NEAR(measured({{0.02 * i, kSilence}, {0.4, -23}, {1, kSilence}}).maxMomentaryLufs,
                    -23, kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case13AlsoBetweenOurSteps) {
    for (int i = 0; i < 30; ++i)
        EXPECT_NEAR(measured({{0.0037 * i, kSilence}, {0.4, -23}, {1, kSilence}}).maxMomentaryLufs,
                    -23, kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Case14MomentaryMaximumOfOneStream) {
    std::vector<Piece> pieces;
    for (int i = 0; i < 20; ++i)
        pieces.insert(pieces.end(),
                      {{0.02 * i, kSilence}, {0.4, -38.0 + i}, {0.4 - 0.02 * i, kSilence}});
    const AudioBuffer stream = tone(pieces);
    for (int i = 0; i < 20; ++i)
        EXPECT_NEAR(measure(excerpt(stream, 0, framesOf(0.8 * (i + 1))), rate()).maxMomentaryLufs,
                    -38.0 + i, kLoudnessTolerance)
            << i;
}

TEST_P(EbuTech3341, Cases15To19TruePeak) {
    struct Case {
        double divisor, amplitude, phaseDegrees, expectDbtp;
    };
    for (const Case& c : {Case{4, 0.50, 0, -6}, Case{4, 0.50, 45, -6}, Case{6, 0.50, 60, -6},
                          Case{8, 0.50, 67.5, -6}, Case{4, 1.41, 45, 3}}) {
        AudioBuffer audio = test::sine(2, rate(), rate() / c.divisor, rate(), c.amplitude,
                                       c.phaseDegrees * std::numbers::pi / 180);
        const std::int64_t fade = framesOf(0.01);
        for (int channel = 0; channel < 2; ++channel)
            for (std::int64_t n = 0; n < fade; ++n) {
                const float gain = static_cast<float>(n) / static_cast<float>(fade);
                audio.channel(channel)[n] *= gain;
                audio.channel(channel)[audio.numFrames() - 1 - n] *= gain;
            }
        const double measuredDbtp = measure(std::move(audio), rate()).truePeakDbtp;
        EXPECT_LE(measuredDbtp, c.expectDbtp + 0.2) << "fs/" << c.divisor;
        EXPECT_GE(measuredDbtp, c.expectDbtp - 0.4) << "fs/" << c.divisor;
    }
}

TEST_P(EbuTech3342, LoudnessRange) {
    EXPECT_NEAR(measured({{20, -20}, {20, -30}}).loudnessRangeLu, 10, kRangeTolerance);
    EXPECT_NEAR(measured({{20, -20}, {20, -15}}).loudnessRangeLu, 5, kRangeTolerance);
    EXPECT_NEAR(measured({{20, -40}, {20, -20}}).loudnessRangeLu, 20, kRangeTolerance);
    EXPECT_NEAR(measured({{20, -50}, {20, -35}, {20, -20}, {20, -35}, {20, -50}}).loudnessRangeLu,
                15, kRangeTolerance);
}

TEST_P(Bs1770, FullScaleToneInOneChannel) {
    for (int channel = 0; channel < 3; ++channel) {
        std::vector<double> offsets{-300, -300, -300};
        offsets[static_cast<std::size_t>(channel)] = 0;
        EXPECT_NEAR(measure(tone({{5, 0}}, 3, offsets, 997), rate()).integratedLufs, -3.01, 0.05)
            << channel;
    }
}

std::string rateName(const testing::TestParamInfo<int>& info) {
    return std::to_string(info.param);
}

const auto kRates = testing::Values(44100, 48000, 96000);
INSTANTIATE_TEST_SUITE_P(Rates, EbuTech3341, kRates, rateName);
INSTANTIATE_TEST_SUITE_P(Rates, EbuTech3342, kRates, rateName);
INSTANTIATE_TEST_SUITE_P(Rates, Bs1770, kRates, rateName);

double oracleLufs(const AudioBuffer& audio, int rate) {
    const auto channels = static_cast<std::size_t>(audio.numChannels());
    ebur128_state* meter = ebur128_init(static_cast<unsigned>(channels),
                                        static_cast<unsigned long>(rate), EBUR128_MODE_I);
    std::vector<float> interleaved(channels * static_cast<std::size_t>(audio.numFrames()));
    for (std::size_t i = 0; i < interleaved.size(); ++i)
        interleaved[i] = audio.channel(static_cast<int>(i % channels))[i / channels];
    ebur128_add_frames_float(meter, interleaved.data(), interleaved.size() / channels);
    double lufs = 0;
    ebur128_loudness_global(meter, &lufs);
    ebur128_destroy(&meter);
    return lufs;
}

TEST(IntegratedLoudness, AgreesWithLibebur128) {
    for (const int rate : {8000, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176400, 192000})
        for (const int channels : {1, 2, 4, 5, 6}) {
            if (channels > 2 && rate > 48000)
                continue;
            AudioBuffer audio = test::musicLike(channels, 15L * rate, rate);
            const double expected = oracleLufs(audio, rate);
            EXPECT_NEAR(measure(std::move(audio), rate).integratedLufs, expected, 0.01)
                << rate << " Hz, " << channels << " channels";
        }
}

} // namespace
} // namespace segue::analysis
