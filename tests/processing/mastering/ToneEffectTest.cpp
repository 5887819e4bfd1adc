// What a curve does to music, by where its power lies.

#include <cmath>

#include <gtest/gtest.h>

#include "processing/mastering/ToneEffect.h"

namespace segue::mastering {
namespace {

constexpr std::size_t k63Hz = 5;
constexpr std::size_t k2500Hz = 21;

analysis::TrackAnalysis evenTrack(double sideDb) {
    analysis::TrackAnalysis a;
    a.sampleRateHz = 44100;
    a.numChannels = 2;
    a.midDb.fill(-20);
    a.sideDb.fill(sideDb);
    a.fineSpectrum.fill(analysis::curveByte(-26));
    return a;
}

TEST(ToneEffect, NotesAtTheEdgeOfABandMissItsPeak) {
    ToneCurve tone;
    tone.mid[k63Hz] = tone.side[k63Hz] = 3;
    analysis::TrackAnalysis a = evenTrack(-40);
    for (const std::size_t quarter : {0, 3}) {
        for (std::size_t i = 0; i < analysis::kFinePerThird; ++i)
            a.fineSpectrum[k63Hz * analysis::kFinePerThird + i] =
                analysis::curveByte(i == quarter ? -20 : -70);
        EXPECT_LT(toneErrorDb(a, tone, {}, tone)[k63Hz], -0.4) << quarter;
    }
    for (std::size_t i = 0; i < analysis::kFinePerThird; ++i)
        a.fineSpectrum[k63Hz * analysis::kFinePerThird + i] =
            analysis::curveByte(i == 1 || i == 2 ? -20 : -70);
    EXPECT_NEAR(toneErrorDb(a, tone, {}, tone)[k63Hz], 0, 0.2);
}

TEST(ToneEffect, WidthAboveTheBassCounts) {
    dsp::MultibandSettings dynamics;
    for (dsp::BandSettings& band : dynamics.bands)
        band.sideGain = 2;
    // Half of the power is the side's: four times as much of it makes 2.5 times as much in all.
    const ToneGains error = toneErrorDb(evenTrack(-20), {}, dynamics, {});
    EXPECT_NEAR(error[k2500Hz], 10 * std::log10(2.5), 0.01);
    EXPECT_NEAR(error[0], 0, 0.05) << "the bass";
}

} // namespace
} // namespace segue::mastering
