// Tracks joined against one pass over all of them.
#include "processing/analysis/AlbumAnalysis.h"
#include "processing/analysis/LoudnessMeter.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::analysis {
namespace {

constexpr int kRateHz = 44100;
const std::atomic<bool> kNever{false};

TrackAnalysis analysed(const AudioBuffer& audio, std::int64_t from, std::int64_t to) {
    AudioBuffer part(audio.numChannels(), to - from);
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(audio.channel(c) + from, to - from, part.channel(c));
    test::BufferSource source(std::move(part), kRateHz);
    return analyse(source, Coverage::Full, kNever).value();
}

TEST(AlbumAnalysis, MeasuresWhatOnePassMeasures) {
    const std::int64_t second = kRateHz;
    AudioBuffer audio = test::noise(2, 90 * second); // the same spectrum in every window
    for (int c = 0; c < 2; ++c)
        for (std::int64_t i = 0; i < audio.numFrames(); ++i)
            audio.channel(c)[i] *= i < 30 * second ? 0.5f : i < 50 * second ? 0.2f : 1.0f;
    const TrackAnalysis whole = analysed(audio, 0, 90 * second);
    const TrackAnalysis a = analysed(audio, 0, 30 * second);
    const TrackAnalysis b = analysed(audio, 30 * second, 50 * second + 1234);
    const TrackAnalysis c = analysed(audio, 50 * second + 1234, 90 * second);
    const TrackAnalysis album = joined({&a, &b, &c});
    EXPECT_NEAR(album.integratedLufs, whole.integratedLufs, 0.1);
    EXPECT_NEAR(album.loudnessRangeLu, whole.loudnessRangeLu, 0.7);
    EXPECT_NEAR(album.truePeakDbtp, whole.truePeakDbtp, 0.1);
    EXPECT_NEAR(album.crestFactorDb, whole.crestFactorDb, 0.1);
    EXPECT_NEAR(album.correlation, whole.correlation, 0.1);
    EXPECT_NEAR(album.monoFoldLossLu, whole.monoFoldLossLu, 0.3);
    EXPECT_EQ(album.numFrames, whole.numFrames);
    for (std::size_t band = 12; band < 30; ++band)
        EXPECT_NEAR(album.midDb[band], whole.midDb[band], 1) << band;
    for (std::size_t band = 12 * kFinePerThird; band < 30 * kFinePerThird; ++band)
        EXPECT_NEAR(album.fineSpectrum[band], whole.fineSpectrum[band], 3) << band;
    EXPECT_EQ(album.loudnessCurve.size() % kHopsPerSpectrum, 0u);
    EXPECT_EQ(album.spectrumCurve.size(),
              album.loudnessCurve.size() / kHopsPerSpectrum * kNumThirdOctaves);
    EXPECT_EQ(album.peakCurve.size(), album.loudnessCurve.size() * 5);
}

TEST(AlbumAnalysis, OneTrackIsItself) {
    const AudioBuffer audio = test::musicLike(2, 20 * kRateHz, kRateHz);
    const TrackAnalysis track = analysed(audio, 0, 20 * kRateHz);
    const TrackAnalysis album = joined({&track});
    EXPECT_NEAR(album.integratedLufs, track.integratedLufs, 1e-6);
    EXPECT_NEAR(album.monoFoldLossLu, track.monoFoldLossLu, 1e-6);
    EXPECT_EQ(album.loudnessCurve, track.loudnessCurve);
}

TEST(AlbumAnalysis, SilenceChangesNoLoudness) {
    const AudioBuffer audio = test::musicLike(2, 20 * kRateHz, kRateHz);
    const AudioBuffer silence(2, 20 * kRateHz);
    const TrackAnalysis track = analysed(audio, 0, 20 * kRateHz);
    const TrackAnalysis silent = analysed(silence, 0, 20 * kRateHz);
    EXPECT_NEAR(joined({&silent, &track, &silent}).integratedLufs, track.integratedLufs, 0.2);
    EXPECT_TRUE(joined({&silent, &silent}).silent());
}

LoudnessMeasures metered(const AudioBuffer& audio, int rateHz) {
    LoudnessMeter meter(rateHz, audio.numChannels());
    AudioBuffer block(audio.numChannels(), 777);
    for (std::int64_t at = 0; at < audio.numFrames(); at += 777) {
        const std::int64_t count = std::min<std::int64_t>(777, audio.numFrames() - at);
        for (int c = 0; c < audio.numChannels(); ++c)
            std::copy_n(audio.channel(c) + at, count, block.channel(c));
        meter.add(block.block(count));
    }
    return meter.finish();
}

TEST(LoudnessMeter, GivesTheFiguresOfTheAnalyzer) {
    for (const int channels : {1, 2, 3, 6})
        for (const int rateHz : {8000, 44100, 96000})
            for (const double seconds : {0.05, 7.03}) {
                const auto frames = static_cast<std::int64_t>(seconds * rateHz);
                AudioBuffer audio = test::musicLike(channels, frames, rateHz);
                const LoudnessMeasures light = metered(audio, rateHz);
                test::BufferSource source(std::move(audio), rateHz);
                const TrackAnalysis full = analyse(source, Coverage::Full, kNever).value();
                // The analyser's filters wait a frame for each other, so the last one is not heard.
                const double lastFrame = 10 * std::log10(1 + 4 / static_cast<double>(frames));
                EXPECT_NEAR(light.integratedLufs, full.integratedLufs, 0.005 + lastFrame)
                    << channels << " channels, " << rateHz << " Hz, " << seconds << " s";
                EXPECT_NEAR(light.loudnessRangeLu, full.loudnessRangeLu, 0.05);
                EXPECT_NEAR(light.truePeakDbtp, full.truePeakDbtp, 1e-4);
            }
}

} // namespace
} // namespace segue::analysis
