// Features say how music sounds, not how loud it is or how it was encoded.

#include <gtest/gtest.h>

#include "processing/analysis/Features.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::analysis {
namespace {

constexpr int kRateHz = 22050;
const std::atomic<bool> kNever{false};

TrackAnalysis measure(AudioBuffer audio) {
    test::BufferSource source(std::move(audio), kRateHz);
    return analyse(source, Coverage::Full, kNever).value();
}

/// Drums: a beat that decays on every count, a lighter noise between, over a quiet tone.
AudioBuffer drums(double bpm, double seconds) {
    const auto frames = static_cast<std::int64_t>(seconds * kRateHz);
    AudioBuffer audio = test::sine(2, frames, 220, kRateHz, 0.02);
    const AudioBuffer hiss = test::noise(2, frames, 1.0);
    const double beat = 60 * kRateHz / bpm;
    for (std::int64_t n = 0; n < frames; ++n) {
        const double sinceBeat = std::fmod(static_cast<double>(n), beat) / kRateHz;
        const double sinceOff = std::fmod(static_cast<double>(n) + beat / 2, beat) / kRateHz;
        const double kick =
            0.5 * std::exp(-18 * sinceBeat) * std::sin(2 * std::numbers::pi * 60 * sinceBeat);
        for (int c = 0; c < 2; ++c)
            audio.channel(c)[n] +=
                static_cast<float>(kick + 0.1 * std::exp(-60 * sinceOff) * hiss.channel(c)[n]);
    }
    return audio;
}

double distance(const FeatureVector& a, const FeatureVector& b) {
    double sum = 0;
    for (std::size_t d = 0; d < kNumFeatures; ++d) {
        const auto& [usual, weight] = featureScales()[d];
        const double difference = (a[d] - b[d]) / usual * weight;
        sum += difference * difference;
    }
    return std::sqrt(sum);
}

FeatureVector featuresOfAudio(AudioBuffer audio) {
    const TrackAnalysis analysis = measure(std::move(audio));
    return featuresOf(analysis, tempoOf(analysis)).value();
}

TEST(Tempo, IsThatOfTheBeat) {
    for (const double bpm : {96.0, 120.0, 133.0, 150.0}) {
        const auto tempo = tempoOf(measure(drums(bpm, 40)));
        ASSERT_TRUE(tempo) << bpm;
        EXPECT_NEAR(tempo->bpm, bpm, 0.02 * bpm);
        EXPECT_GT(tempo->pulse, 0.1) << bpm;
    }
}

TEST(Tempo, OfTwoThatAreAnOctaveApartTheMoreUsualOneIsGiven) {
    for (const double bpm : {50.0, 72.0}) {
        const auto tempo = tempoOf(measure(drums(bpm, 40)));
        ASSERT_TRUE(tempo) << bpm;
        const double octaves = std::log2(tempo->bpm / bpm);
        EXPECT_NEAR(octaves, std::round(octaves), 0.03) << tempo->bpm;
    }
}

TEST(Tempo, ThereIsNoneWithoutABeat) {
    EXPECT_FALSE(tempoOf(measure(test::sine(2, 30 * kRateHz, 440, kRateHz))));
    EXPECT_FALSE(tempoOf(measure(AudioBuffer(2, 30 * kRateHz)))) << "silence";
    EXPECT_FALSE(tempoOf(measure(drums(120, 8)))) << "too short";
    EXPECT_FALSE(tempoOf(TrackAnalysis{}));
}

TEST(Features, LoudnessAloneHardlyMoves) {
    AudioBuffer quiet = test::musicLike(2, 30 * kRateHz, kRateHz);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < quiet.numFrames(); ++n)
            quiet.channel(c)[n] *= 0.4F; // -8 dB
    const FeatureVector a = featuresOfAudio(test::musicLike(2, 30 * kRateHz, kRateHz));
    const FeatureVector b = featuresOfAudio(std::move(quiet));
    EXPECT_LT(distance(a, b), 0.8);
    EXPECT_LT(distance(a, b), 0.5 * distance(a, featuresOfAudio(drums(120, 30))));
    for (std::size_t tone = 0; tone < 13; ++tone)
        EXPECT_NEAR(a[tone], b[tone], 0.3) << tone;
}

TEST(Features, AnotherPieceOfTheSameKindIsNearerThanOneOfAnother) {
    const FeatureVector a = featuresOfAudio(test::musicLike(2, 30 * kRateHz, kRateHz, 7));
    const FeatureVector b = featuresOfAudio(test::musicLike(2, 30 * kRateHz, kRateHz, 8));
    const FeatureVector c = featuresOfAudio(drums(100, 30));
    const FeatureVector d = featuresOfAudio(drums(104, 30));
    EXPECT_LT(distance(a, b), distance(a, c));
    EXPECT_LT(distance(c, d), distance(c, b));
}

TEST(Features, ThereAreNoneOfSilenceAndSnippets) {
    const auto of = [](AudioBuffer audio) {
        const TrackAnalysis analysis = measure(std::move(audio));
        return featuresOf(analysis, tempoOf(analysis));
    };
    EXPECT_FALSE(of(AudioBuffer(2, 10 * kRateHz)));
    EXPECT_FALSE(of(test::noise(2, 2 * kRateHz)));
    EXPECT_TRUE(of(test::noise(2, 4 * kRateHz)));
    EXPECT_TRUE(of(test::noise(1, 4 * kRateHz)));
}

} // namespace
} // namespace segue::analysis
