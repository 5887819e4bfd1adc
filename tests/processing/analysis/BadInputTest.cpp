// What an analysis says of inputs that are hardly music: every number finite, and the one expected.

#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::analysis {
namespace {

constexpr int kRate = 44100;
constexpr double kSilenceDb = TrackAnalysis::kSilenceDb;

/// JSON has no number that is not finite: those would be null.
void expectFinite(const TrackAnalysis& a) {
    auto json = nlohmann::json::parse(toJson(a));
    for (const char* mayBeNull : {"sideToMidDb", "shortTermLufs"})
        json.erase(mayBeNull);
    for (auto& band : json["bands"])
        band.erase("sideToMidDb");
    const std::string rest = json.dump();
    EXPECT_EQ(rest.find("null"), std::string::npos) << rest;
    const auto stored = deserialize(serialize(a));
    EXPECT_TRUE(stored) << stored.error().message;
}

TrackAnalysis measureSource(decode::AudioSource& source) {
    const std::atomic<bool> never{false};
    TrackAnalysis a = analyse(source, Coverage::Full, never).value();
    expectFinite(a);
    return a;
}

TrackAnalysis measure(AudioBuffer audio, int rate = kRate) {
    test::BufferSource source(std::move(audio), rate);
    return measureSource(source);
}

AudioBuffer filled(int channels, std::int64_t frames, float value) {
    AudioBuffer audio(channels, frames);
    for (int c = 0; c < channels; ++c)
        std::fill_n(audio.channel(c), frames, value);
    return audio;
}

TEST(AnalysisOfBadInput, Silence) {
    const TrackAnalysis a = measure(AudioBuffer(2, 3 * kRate));
    EXPECT_TRUE(a.silent());
    for (const double level : {a.integratedLufs, a.maxMomentaryLufs, a.maxShortTermLufs,
                               a.truePeakDbtp, a.samplePeakDbfs, a.noiseFloorLufs})
        EXPECT_EQ(level, kSilenceDb);
    EXPECT_EQ(a.loudnessRangeLu, 0);
    EXPECT_EQ(a.crestFactorDb, 0);
    EXPECT_EQ(a.plrDb(), 0);
    EXPECT_EQ(a.correlation, 1);
    EXPECT_EQ(a.monoFoldLossLu, 0);
    EXPECT_EQ(a.leadingSilenceSeconds, 3);
    EXPECT_EQ(a.trailingSilenceSeconds, 3);
    EXPECT_EQ(a.clippedRuns, 0);
    for (std::size_t i = 0; i < kNumThirdOctaves; ++i) {
        EXPECT_EQ(a.midDb[i], kSilenceDb);
        EXPECT_EQ(a.sideDb[i], kSilenceDb);
    }
}

TEST(AnalysisOfBadInput, ConstantOffset) {
    const TrackAnalysis a = measure(filled(2, 5 * kRate, 0.25f));
    EXPECT_NEAR(a.dcOffset[0], 0.25, 1e-6);
    EXPECT_NEAR(a.dcOffset[1], 0.25, 1e-6);
    EXPECT_NEAR(a.samplePeakDbfs, -12.04, 0.01);
    EXPECT_NEAR(a.truePeakDbtp, -11.3, 0.4) << "its edges overshoot when they are band-limited";
    EXPECT_NEAR(a.crestFactorDb, 0, 0.01);
    EXPECT_LT(a.integratedLufs, -30) << "only its beginning is heard";
    EXPECT_EQ(a.correlation, 1);
    EXPECT_NEAR(a.monoFoldLossLu, 0, 1e-6);
    EXPECT_EQ(a.leadingSilenceSeconds, 0);
    ASSERT_EQ(a.chainPeakCurve.size(), 250u);
    EXPECT_LT(curveDb(a.chainPeakCurve.back()), -100) << "nothing is left of it";
    EXPECT_LT(a.centredPeakDbfs, -110);
}

TEST(AnalysisOfBadInput, PeaksAreKnownWithoutTheOffsetToo) {
    const auto music = [](float left, float right) {
        AudioBuffer audio = test::musicLike(2, 5 * kRate, kRate);
        for (int c = 0; c < 2; ++c) {
            float* x = audio.channel(c);
            const double mean = std::accumulate(x, x + audio.numFrames(), 0.0) / (5 * kRate);
            const float offset = (c == 0 ? left : right) - static_cast<float>(mean);
            for (std::int64_t n = 0; n < audio.numFrames(); ++n)
                x[n] += offset;
        }
        return audio;
    };
    const TrackAnalysis clean = measure(music(0, 0));
    const TrackAnalysis a = measure(music(0.5f, -0.25f));
    EXPECT_FALSE(clean.hasOffset());
    EXPECT_TRUE(a.hasOffset());
    EXPECT_GT(a.samplePeakDbfs, clean.samplePeakDbfs + 1);
    EXPECT_NEAR(a.centredPeakDbfs, clean.samplePeakDbfs, 0.01);
    EXPECT_NEAR(clean.centredPlrDb(), clean.plrDb(), 1e-9);
    EXPECT_NEAR(a.centredPlrDb(), clean.plrDb(), 0.5);
    ASSERT_EQ(a.chainPeakCurve.size(), clean.chainPeakCurve.size());
    for (std::size_t i = 5; i < a.chainPeakCurve.size(); ++i) // where it begins it rings
        EXPECT_NEAR(a.chainPeakCurve[i], clean.chainPeakCurve[i], 1) << i;
    EXPECT_EQ(deserialize(serialize(a))->chainPeakCurve, a.chainPeakCurve);
    EXPECT_EQ(deserialize(serialize(a))->centredPeakDbfs, a.centredPeakDbfs);
}

TEST(AnalysisOfBadInput, Clicks) {
    AudioBuffer audio(2, 5 * kRate);
    for (int second = 0; second < 5; ++second)
        audio.channel(0)[second * kRate + kRate / 2] = 0.9f;
    const TrackAnalysis a = measure(std::move(audio));
    EXPECT_NEAR(a.samplePeakDbfs, -0.915, 0.001);
    EXPECT_NEAR(a.truePeakDbtp, -0.915, 0.001) << "the points beside a lone sample are smaller";
    EXPECT_NEAR(a.crestFactorDb, 10 * std::log10(2 * kRate), 0.01);
    EXPECT_EQ(a.clippedRuns, 0);
    EXPECT_EQ(a.correlation, 0);
    EXPECT_NEAR(a.monoFoldLossLu, 3.01, 0.01);
    EXPECT_NEAR(a.leadingSilenceSeconds, 0.5, 0.011);
    EXPECT_NEAR(a.trailingSilenceSeconds, 0.5, 0.011);
}

TEST(AnalysisOfBadInput, FullScaleSquare) {
    AudioBuffer audio(2, 3 * kRate);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] = n % 100 < 50 ? 1.0f : -1.0f; // 441 Hz
    const TrackAnalysis a = measure(std::move(audio));
    EXPECT_EQ(a.samplePeakDbfs, 0);
    EXPECT_NEAR(a.crestFactorDb, 0, 1e-6);
    EXPECT_GT(a.truePeakDbtp, 0.5);
    EXPECT_LT(a.truePeakDbtp, 3);
    EXPECT_EQ(a.clippedRuns, 2 * 2 * 3 * 441) << "one per half period and channel";
    EXPECT_NEAR(a.integratedLufs, 3, 0.5);
    EXPECT_NEAR(a.dcOffset[0], 0, 1e-6);
}

/// A float WAV file with these interleaved samples.
void writeFloatWav(const std::filesystem::path& path, int channels,
                   const std::vector<float>& samples) {
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](auto value) {
        file.write(reinterpret_cast<const char*>(&value), sizeof value);
    };
    const auto bytes = static_cast<std::uint32_t>(samples.size() * sizeof(float));
    file << "RIFF";
    put(std::uint32_t{36} + bytes);
    file << "WAVEfmt ";
    put(std::uint32_t{16});
    put(std::uint16_t{3});
    put(static_cast<std::uint16_t>(channels));
    put(std::uint32_t{kRate});
    put(static_cast<std::uint32_t>(kRate * channels * 4));
    put(static_cast<std::uint16_t>(channels * 4));
    put(std::uint16_t{32});
    file << "data";
    put(bytes);
    file.write(reinterpret_cast<const char*>(samples.data()), bytes);
}

TEST(AnalysisOfBadInput, FloatFilesWithNanAndInfinity) {
    const test::TempDir dir;
    const AudioBuffer tone = test::sine(2, 5 * kRate, 1000, kRate, 0.1);
    std::vector<float> samples;
    for (std::int64_t n = 0; n < tone.numFrames(); ++n)
        samples.insert(samples.end(), {tone.channel(0)[n], tone.channel(1)[n]});
    const auto measured = [&](const std::vector<float>& values) {
        std::vector<float> spoilt = samples;
        for (std::size_t i = 0; i < values.size(); ++i)
            spoilt[20'001 + 30'000 * i] = values[i];
        writeFloatWav(dir.path() / "a.wav", 2, spoilt);
        return measureSource(*decode::openSource(dir.path() / "a.wav").value());
    };
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const TrackAnalysis a = measured({nan, kInfinity, -kInfinity, nan});
    EXPECT_NEAR(a.integratedLufs, -20, 0.1);
    EXPECT_NEAR(a.samplePeakDbfs, -20, 0.01);
    EXPECT_EQ(a.clippedRuns, 0);
    const TrackAnalysis huge =
        measured({1e30f, -std::numeric_limits<float>::max(), std::numeric_limits<float>::min()});
    EXPECT_NEAR(huge.samplePeakDbfs, 80, 0.01) << "decoders clamp to 1e4";
    EXPECT_LT(measured(std::vector<float>(10, nan)).truePeakDbtp, -18) << "but for ten holes";
}

TEST(AnalysisOfBadInput, MonoInStereo) {
    const TrackAnalysis a = measure(test::sine(2, 5 * kRate, 1000, kRate, 0.1));
    EXPECT_NEAR(a.integratedLufs, -20, 0.1);
    EXPECT_NEAR(a.correlation, 1, 1e-6);
    EXPECT_NEAR(a.monoFoldLossLu, 0, 1e-9);
    for (const double side : a.sideDb)
        EXPECT_EQ(side, kSilenceDb);
}

TEST(AnalysisOfBadInput, ADeadChannel) {
    for (const int dead : {0, 1}) {
        AudioBuffer audio = test::sine(2, 5 * kRate, 1000, kRate, 0.1);
        std::fill_n(audio.channel(dead), audio.numFrames(), 0.0f);
        const TrackAnalysis a = measure(std::move(audio));
        EXPECT_NEAR(a.integratedLufs, -23.01, 0.1);
        EXPECT_EQ(a.correlation, 0);
        EXPECT_NEAR(a.monoFoldLossLu, 3.01, 0.01);
        EXPECT_NEAR(a.midDb[17], a.sideDb[17], 0.01);
        EXPECT_EQ(nlohmann::json::parse(toJson(a))["sideToMidDb"][17], 0);
    }
}

TEST(AnalysisOfBadInput, OppositePhase) {
    AudioBuffer audio = test::sine(2, 5 * kRate, 1000, kRate, 0.1);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n)
        audio.channel(1)[n] = -audio.channel(0)[n];
    const TrackAnalysis a = measure(std::move(audio));
    EXPECT_NEAR(a.integratedLufs, -20, 0.1);
    EXPECT_NEAR(a.correlation, -1, 1e-6);
    EXPECT_EQ(a.monoFoldLossLu, 90) << "all of it";
    EXPECT_NEAR(a.sideDb[17], -23, 0.1);
    EXPECT_LT(a.midDb[17], -100);
}

TEST(AnalysisOfBadInput, FivePointOne) {
    const auto toneIn = [](int channel) {
        AudioBuffer audio(6, 5 * kRate);
        const AudioBuffer tone = test::sine(1, 5 * kRate, 1000, kRate, 0.1);
        std::copy_n(tone.channel(0), tone.numFrames(), audio.channel(channel));
        return measure(std::move(audio));
    };
    EXPECT_NEAR(toneIn(2).integratedLufs, -23.01, 0.1);
    EXPECT_NEAR(toneIn(4).integratedLufs, -23.01 + 1.49, 0.1) << "surrounds count more";
    const TrackAnalysis lowFrequency = toneIn(3);
    EXPECT_TRUE(lowFrequency.silent()) << "and the low-frequency channel not at all";
    EXPECT_NEAR(lowFrequency.samplePeakDbfs, -20, 0.01);
    EXPECT_EQ(lowFrequency.correlation, 1);
    EXPECT_EQ(lowFrequency.dcOffset.size(), 6u);
}

TEST(AnalysisOfBadInput, LowestAndHighestRates) {
    for (const int rate : {kMinSampleRateHz, kMaxSampleRateHz}) {
        const TrackAnalysis a = measure(test::sine(2, 5L * rate, 997, rate, 0.1), rate);
        EXPECT_NEAR(a.integratedLufs, -20, 0.1) << rate;
        EXPECT_NEAR(a.maxMomentaryLufs, -20, 0.1) << rate;
        EXPECT_NEAR(a.truePeakDbtp, -20, 0.1) << rate;
        EXPECT_NEAR(a.midDb[17], -23, 0.3) << rate;
        EXPECT_EQ(a.loudnessCurve.size(), 50u) << rate;
        EXPECT_EQ(a.peakCurve.size(), 250u) << rate;
    }
    EXPECT_EQ(measure(test::noise(2, 40000), 8000).midDb[26], kSilenceDb) << "8 kHz of 4";
}

TEST(AnalysisOfBadInput, OneFrameAndNone) {
    const TrackAnalysis one = measure(filled(2, 1, 0.5f));
    EXPECT_EQ(one.numFrames, 1);
    EXPECT_NEAR(one.samplePeakDbfs, -6.02, 0.01);
    EXPECT_NEAR(one.truePeakDbtp, -6.02, 0.01);
    EXPECT_NEAR(one.crestFactorDb, 0, 1e-6);
    EXPECT_EQ(one.dcOffset[0], 0.5);
    EXPECT_EQ(one.peakCurve.size(), 1u);
    const TrackAnalysis none = measure(AudioBuffer(2, 0));
    EXPECT_EQ(none.numFrames, 0);
    EXPECT_TRUE(none.silent());
    EXPECT_EQ(none.truePeakDbtp, kSilenceDb);
    EXPECT_EQ(none.leadingSilenceSeconds, 0);
    EXPECT_EQ(none.peakCurve.size(), 0u);
    EXPECT_EQ(none.dcOffset.size(), 2u);
}

TEST(AnalysisOfBadInput, TheLastFramesCount) {
    // Shorter than a step, after the last whole one, and louder.
    AudioBuffer audio(1, kRate + 100);
    audio.channel(0)[kRate + 98] = 0.5f;
    audio.channel(0)[kRate + 99] = 0.5f;
    const TrackAnalysis a = measure(std::move(audio));
    EXPECT_GT(a.truePeakDbtp, -5) << "between two equal samples lies a larger point";
    EXPECT_EQ(a.peakCurve.size(), 51u);
    EXPECT_NEAR(curveDb(a.peakCurve.back()), -6, 0.3);
}

/// A second of music over and over.
class LongSource final : public decode::AudioSource {
  public:
    LongSource(int sampleRateHz, std::int64_t seconds)
        : second_(test::musicLike(2, sampleRateHz, sampleRateHz)) {
        info_.sampleRateHz = sampleRateHz;
        info_.numChannels = 2;
        info_.numFrames = seconds * sampleRateHz;
        info_.codec = "memory";
    }
    const decode::SourceInfo& info() const noexcept override { return info_; }
    Result<std::int64_t> read(const AudioBlock& block) override {
        const std::int64_t at = position_ % second_.numFrames();
        const std::int64_t count =
            std::min({block.numFrames, second_.numFrames() - at, info_.numFrames - position_});
        for (int c = 0; c < 2; ++c)
            std::copy_n(second_.channel(c) + at, count, block.channels[c]);
        position_ += count;
        return count;
    }
    Result<void> seek(std::int64_t frame) override {
        position_ = frame;
        return {};
    }

  private:
    AudioBuffer second_;
    decode::SourceInfo info_;
    std::int64_t position_ = 0;
};

std::int64_t peakMemoryKib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

TEST(AnalysisOfBadInput, AnHourInBoundedMemory) {
    constexpr int kLowRate = 11025;
    LongSource minute(kLowRate, 60);
    const TrackAnalysis little = measureSource(minute);
    const std::int64_t before = peakMemoryKib();
    LongSource hour(kLowRate, 3600);
    const TrackAnalysis a = measureSource(hour);
    EXPECT_LT(peakMemoryKib() - before, 40 * 1024) << "its sound would take 300 MiB";
    EXPECT_LT(serialize(a).size(), 3600u * 190);
    EXPECT_EQ(a.numFrames, 3600LL * kLowRate);
    EXPECT_FALSE(a.truncated);
    EXPECT_NEAR(a.integratedLufs, little.integratedLufs, 0.02);
    EXPECT_NEAR(a.maxMomentaryLufs, little.maxMomentaryLufs, 0.02);
    EXPECT_NEAR(a.crestFactorDb, little.crestFactorDb, 0.02);
    // Hops of 1102 frames: peaks stay in step with them at rates that no 20 ms fit.
    EXPECT_NEAR(static_cast<double>(a.peakCurve.size()),
                5 * static_cast<double>(a.loudnessCurve.size()), 5);
}

} // namespace
} // namespace segue::analysis
