// What an analysis says of known signals, and that it survives storage.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
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

TEST(Analysis, SpectrumPutsAToneIntoItsBand) {
    for (const int band : {5, 11, 17, 23}) {
        const TrackAnalysis a = measure(test::sine(2, 4 * 44100, thirdOctaveHz(band), 44100, 1.0));
        EXPECT_NEAR(a.midDb[static_cast<std::size_t>(band)], -3.0, 0.3);
        EXPECT_LT(a.midDb[static_cast<std::size_t>(band + 3)], -60);
        EXPECT_LE(a.sideDb[static_cast<std::size_t>(band)], -100);
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
}

} // namespace
} // namespace segue::analysis
