// What an analysis says of known signals, and that it survives storage.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
#include "tests/support/InstructionSets.h"
#include "tests/support/Signals.h"

namespace segue::analysis {
namespace {

const std::atomic<bool> kNever{false};

TrackAnalysis measure(AudioBuffer audio, int rate = 44100, Coverage coverage = Coverage::Full) {
    test::BufferSource source(std::move(audio), rate);
    return analyse(source, coverage, kNever).value();
}

TEST(Analysis, PeaksOfATone) {
    const TrackAnalysis a = measure(test::sine(2, 44100, 11025, 44100, 0.5, std::numbers::pi / 4));
    EXPECT_NEAR(a.samplePeakDbfs, -9.03, 0.01);
    EXPECT_NEAR(a.truePeakDbtp, -6.02, 0.3);
    EXPECT_NEAR(a.crestFactorDb, 0.0, 0.1)
        << "sampled at 45 degrees every sample has the same size";
}

TEST(Analysis, TheSameOnEveryInstructionSet) {
    for (const int numChannels : {1, 2, 6}) {
        std::string first;
        test::onEveryInstructionSet([&] {
            const std::string bytes =
                serialize(measure(test::musicLike(numChannels, 4 * 44100 + 7, 44100)));
            if (first.empty())
                first = bytes;
            EXPECT_EQ(bytes, first) << numChannels << " channels";
        });
        EXPECT_FALSE(first.empty());
    }
}

TEST(Analysis, SpectrumPutsAToneIntoItsBand) {
    for (const int band : {5, 11, 17, 23}) {
        const TrackAnalysis a = measure(test::sine(2, 4 * 44100, thirdOctaveHz(band), 44100, 1.0));
        EXPECT_NEAR(a.midDb[static_cast<std::size_t>(band)], -3.0, 0.3);
        EXPECT_LT(a.midDb[static_cast<std::size_t>(band + 3)], -60);
        EXPECT_LE(a.sideDb[static_cast<std::size_t>(band)], -100);
    }
}

TEST(Analysis, SpectrumKnowsWhereInABandAToneIs) {
    for (const int quarter : {17 * kFinePerThird, 17 * kFinePerThird + 3}) {
        const TrackAnalysis a = measure(test::sine(2, 4 * 44100, fineBandHz(quarter), 44100, 1.0));
        for (int other = 0; other < kNumFineBands; ++other)
            if (other != quarter) {
                EXPECT_GT(a.fineSpectrum[static_cast<std::size_t>(quarter)],
                          a.fineSpectrum[static_cast<std::size_t>(other)] + 20)
                    << other << ": half decibels";
            }
    }
}

TEST(Analysis, StereoMeasures) {
    AudioBuffer opposite = test::sine(2, 3 * 44100, 440, 44100, 0.5);
    for (std::int64_t n = 0; n < opposite.numFrames(); ++n)
        opposite.channel(1)[n] = -opposite.channel(1)[n];
    const TrackAnalysis a = measure(std::move(opposite));
    EXPECT_NEAR(a.correlation, -1, 1e-3);
    EXPECT_GT(a.monoFoldLossLu, 20);
    const TrackAnalysis b = measure(test::sine(2, 3 * 44100, 440, 44100, 0.5));
    EXPECT_NEAR(b.correlation, 1, 1e-3);
    EXPECT_NEAR(b.monoFoldLossLu, 0, 1e-3);
    const TrackAnalysis c = measure(test::noise(2, 3 * 44100, 0.5));
    EXPECT_NEAR(c.correlation, 0, 0.02);
    EXPECT_NEAR(c.monoFoldLossLu, 3, 0.1);
}

TEST(Analysis, OffsetClippingAndSilence) {
    AudioBuffer audio(2, 5 * 44100);
    for (std::int64_t n = 44100; n < 3 * 44100; ++n) {
        audio.channel(0)[n] = 0.25f;
        audio.channel(1)[n] = std::clamp(
            1.5f * static_cast<float>(std::sin(static_cast<double>(n) * 0.05)), -1.0f, 1.0f);
    }
    const TrackAnalysis a = measure(std::move(audio));
    EXPECT_NEAR(a.dcOffset[0], 0.1, 1e-3);
    EXPECT_NEAR(a.leadingSilenceSeconds, 1, 0.02);
    EXPECT_NEAR(a.trailingSilenceSeconds, 2, 0.03);
    EXPECT_NEAR(static_cast<double>(a.clippedRuns), 2 * 44100 * 0.05 / std::numbers::pi, 3);
}

TEST(Analysis, LoudnessCurvesAgreeWithTheMeter) {
    // The integrated loudness is libebur128's; the curves are our own filters. Both on the same
    // audio.
    const TrackAnalysis a = measure(test::musicLike(2, 30 * 44100, 44100));
    double loudest = -200;
    for (const CurveByte value : a.loudnessCurve)
        loudest = std::max(loudest, curveDb(value));
    EXPECT_EQ(a.loudnessCurve.size(), 300u);
    EXPECT_EQ(a.peakCurve.size(), 1500u);
    EXPECT_GT(a.maxMomentaryLufs, a.maxShortTermLufs);
    EXPECT_GE(a.maxShortTermLufs, a.integratedLufs);
    EXPECT_GE(loudest, a.maxMomentaryLufs - 0.5);
    EXPECT_NEAR(measure(test::sine(2, 5 * 44100, 1000, 44100, 0.1)).maxMomentaryLufs,
                measure(test::sine(2, 5 * 44100, 1000, 44100, 0.1)).integratedLufs, 0.05);
}

TEST(Analysis, QuickIsCloseToFullAndCoversShortTracksWhole) {
    const TrackAnalysis full = measure(test::musicLike(2, 120 * 22050, 22050), 22050);
    const TrackAnalysis quick =
        measure(test::musicLike(2, 120 * 22050, 22050), 22050, Coverage::Quick);
    EXPECT_EQ(quick.coverage, Coverage::Quick);
    EXPECT_EQ(quick.numFrames, full.numFrames);
    EXPECT_NEAR(quick.integratedLufs, full.integratedLufs, 2);
    EXPECT_EQ(measure(test::musicLike(2, 20 * 22050, 22050), 22050, Coverage::Quick).coverage,
              Coverage::Full);
}

TEST(Analysis, TinyAndSilentSourcesAreSane) {
    for (const std::int64_t frames : {1, 100, 5000}) {
        const TrackAnalysis a = measure(test::noise(2, frames, 0.5));
        EXPECT_EQ(a.numFrames, frames);
        EXPECT_TRUE(std::isfinite(a.integratedLufs));
        EXPECT_EQ(a.bandCurves[0].size(), a.loudnessCurve.size());
    }
    EXPECT_TRUE(measure(AudioBuffer(2, 44100)).silent());
    EXPECT_EQ(measure(AudioBuffer(1, 44100)).integratedLufs, TrackAnalysis::kSilenceDb);
}

TEST(Analysis, EveryRateAndChannelCount) {
    for (const int rate : {8000, 11025, 48000, 96000, 192000})
        for (const int channels : {1, 2, 6, 8}) {
            const TrackAnalysis a = measure(test::sine(channels, 2 * rate, 997, rate, 0.1), rate);
            EXPECT_NEAR(a.samplePeakDbfs, -20, 0.1);
            EXPECT_GT(a.integratedLufs, -30) << rate << " Hz, " << channels;
        }
}

TEST(Analysis, ACancelEndsIt) {
    const std::atomic<bool> cancelled{true};
    test::BufferSource source(test::noise(2, 44100), 44100);
    EXPECT_EQ(test::codeOf(analyse(source, Coverage::Full, cancelled)), ErrorCode::Cancelled);
}

TEST(Analysis, StorageKeepsEverythingAndRefusesNonsense) {
    const TrackAnalysis a = measure(test::musicLike(2, 5 * 44100, 44100));
    const std::string bytes = serialize(a);
    const auto b = deserialize(bytes);
    ASSERT_TRUE(b) << b.error().message;
    EXPECT_EQ(serialize(*b), bytes);
    EXPECT_EQ(test::codeOf(deserialize("nonsense")), ErrorCode::Corrupt);
    EXPECT_EQ(test::codeOf(deserialize("")), ErrorCode::Corrupt);
    for (std::size_t cut = 1; cut < bytes.size(); cut += 97)
        EXPECT_FALSE(deserialize(std::string_view(bytes).substr(0, cut)));
}

TEST(Analysis, JsonNamesItsUnits) {
    const auto json = nlohmann::json::parse(toJson(measure(test::musicLike(2, 5 * 44100, 44100))));
    EXPECT_TRUE(json["integratedLufs"].is_number());
    EXPECT_EQ(json["thirdOctaveHz"].size(), 31u);
    EXPECT_EQ(json["waveform"].size(), 250u);
    EXPECT_EQ(json["loudnessPerSecondLufs"].size(), 5u);
    EXPECT_EQ(json["shortTermLufs"].size(), 5u);
    EXPECT_EQ(json["shortTermStepSeconds"], 1);
    EXPECT_NEAR(json["plrDb"].get<double>(),
                json["truePeakDbtp"].get<double>() - json["integratedLufs"].get<double>(), 1e-9);
}

TEST(Analysis, TheWaveformHasAsManyPointsAsAskedAndLosesNoPeak) {
    AudioBuffer audio(2, 20 * 44100); // 1000 steps of 20 ms
    audio.channel(1)[441000] = -0.5f;
    const TrackAnalysis a = measure(std::move(audio));
    for (const int points : {16, 100, 999, 1000}) {
        const auto wave = nlohmann::json::parse(toJson(a, points))["waveform"];
        ASSERT_EQ(wave.size(), static_cast<std::size_t>(points));
        const auto largest = std::max_element(wave.begin(), wave.end());
        EXPECT_NEAR(largest->get<double>(), 0.5, 0.02);
        EXPECT_NEAR(static_cast<double>(largest - wave.begin()), points / 2.0, 1);
    }
    EXPECT_EQ(nlohmann::json::parse(toJson(a, 10'000))["waveform"].size(), 1000u);
}

TEST(Analysis, ShortTermCurveCoversTheThreeSecondsBefore) {
    AudioBuffer audio(2, 10 * 44100);
    const AudioBuffer tone = test::sine(1, 4 * 44100, 1000, 44100, 0.1);
    for (int c = 0; c < 2; ++c)
        std::copy_n(tone.channel(0), tone.numFrames(), audio.channel(c) + 2 * 44100);
    const auto curve = nlohmann::json::parse(toJson(measure(std::move(audio))))["shortTermLufs"];
    ASSERT_EQ(curve.size(), 10u);
    const double third = 10 * std::log10(1.0 / 3);
    EXPECT_LT(curve[1].get<double>(), -100);
    EXPECT_NEAR(curve[2].get<double>(), -20 + third, 0.3);
    EXPECT_NEAR(curve[4].get<double>(), -20, 0.3);
    EXPECT_NEAR(curve[5].get<double>(), -20, 0.3);
    EXPECT_NEAR(curve[7].get<double>(), -20 + third, 0.3);
    EXPECT_LT(curve[9].get<double>(), -70);
}

TEST(Analysis, SideToMidPerBandAndThirdOctave) {
    // 500 Hz in the middle, 8 kHz at the sides, at a quarter of the amplitude.
    AudioBuffer audio = test::sine(2, 4 * 44100, thirdOctaveHz(14), 44100, 0.4);
    const AudioBuffer high = test::sine(1, 4 * 44100, thirdOctaveHz(26), 44100, 0.1);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n) {
        audio.channel(0)[n] += high.channel(0)[n];
        audio.channel(1)[n] -= high.channel(0)[n];
    }
    const auto json = nlohmann::json::parse(toJson(measure(std::move(audio))));
    EXPECT_LT(json["sideToMidDb"][14].get<double>(), -60);
    EXPECT_GT(json["sideToMidDb"][26].get<double>(), 60);
    const auto& bands = json["bands"];
    ASSERT_EQ(bands.size(), 4u);
    EXPECT_EQ(bands[1]["fromHz"], 120);
    EXPECT_EQ(bands[1]["toHz"], 1000);
    EXPECT_NEAR(bands[1]["midDb"].get<double>(), -11, 0.3);
    EXPECT_NEAR(bands[3]["sideDb"].get<double>(), -23, 0.3);
    EXPECT_LT(bands[1]["sideToMidDb"].get<double>(), -60);
    EXPECT_EQ(bands[3]["toHz"], 22050);
}

TEST(Analysis, MonoHasNoSide) {
    const auto json = nlohmann::json::parse(toJson(measure(AudioBuffer(1, 44100))));
    for (const auto& value : json["sideToMidDb"])
        EXPECT_TRUE(value.is_null());
    for (const auto& band : json["bands"])
        EXPECT_TRUE(band["sideToMidDb"].is_null());
}

TEST(Analysis, AQuickOneHasNoShortTermCurveAndNoFalsePeaks) {
    // Windows begin in the middle of the sound; a jump from silence would show as a true peak.
    const auto source = [] { return test::sine(2, 60 * 44100, 30, 44100, 0.5); };
    const TrackAnalysis quick = measure(source(), 44100, Coverage::Quick);
    ASSERT_EQ(quick.coverage, Coverage::Quick);
    EXPECT_NEAR(quick.truePeakDbtp, -6.02, 0.05);
    EXPECT_TRUE(nlohmann::json::parse(toJson(quick))["shortTermLufs"].is_null());
}

} // namespace
} // namespace segue::analysis
