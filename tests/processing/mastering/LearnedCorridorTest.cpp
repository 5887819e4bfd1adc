// A corridor learned from a synthetic library whose statistics are known: what is shared is
// restored, what varies is left alone, and no rule of do-no-harm is broken.

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "processing/mastering/LearnedCorridor.h"
#include "processing/mastering/LoudnessPrediction.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/mastering/StereoImage.h"

namespace segue::mastering {
namespace {

using analysis::TrackAnalysis;

constexpr std::size_t kBands = analysis::kNumThirdOctaves;

double octaves(std::size_t band) {
    return std::log2(analysis::thirdOctaveHz(static_cast<int>(band)) / 1000);
}

/// A made-up master: falls by 2 dB per octave and varies from band to band, and below 100 Hz
/// wildly.
TrackAnalysis master(unsigned seed) {
    std::mt19937 random(seed);
    const auto noise = [&](double spread) { // the standard's distributions differ between libraries
        double sum = 0;
        for (int i = 0; i < 12; ++i)
            sum += static_cast<double>(random()) / 4294967295.0;
        return spread * (sum - 6);
    };
    TrackAnalysis a;
    a.sampleRateHz = 44100;
    a.numChannels = 2;
    a.numFrames = 200LL * 44100;
    a.dcOffset = {0, 0};
    a.integratedLufs = -16;
    a.loudnessRangeLu = 7;
    a.truePeakDbtp = a.samplePeakDbfs = -1;
    a.correlation = 0.7;
    const double bass = noise(8);
    const double tilt = noise(0.2);
    const double level = noise(3);
    for (std::size_t band = 0; band < kBands; ++band) {
        a.midDb[band] = -35 + level - (2 + tilt) * octaves(band) + noise(1) +
                        bass * std::clamp(-octaves(band) - 3, 0.0, 1.0);
        a.sideDb[band] = a.midDb[band] - 8 + noise(1);
    }
    for (int hop = 0; hop < 2000; ++hop) {
        a.loudnessCurve.push_back(analysis::curveByte(-16 + noise(4)));
        for (auto& curve : a.bandCurves)
            curve.push_back(analysis::curveByte(-20 + noise(4)));
    }
    for (int step = 0; step < 10000; ++step) {
        const double peakDb = -6 + noise(2);
        a.peakCurve.push_back(analysis::curveByte(peakDb));
        a.chainPeakCurve.push_back(analysis::curveByte(peakDb - analysis::kChainPeaksAboveDb));
    }
    return a;
}

constexpr unsigned kLibrary = 40;

LearnedCorridor learned(unsigned count = kLibrary) {
    CorridorLearner learner;
    for (unsigned seed = 1; seed <= count; ++seed)
        learner.add(master(seed));
    return learner.learn().value();
}

template <class Gain>
TrackAnalysis equalised(TrackAnalysis a, Gain gain, double sideDb = 0) {
    for (std::size_t band = 0; band < kBands; ++band) {
        a.midDb[band] += gain(band);
        a.sideDb[band] += gain(band) + sideDb;
    }
    return a;
}

double hump250(std::size_t band) {
    return 6 * std::exp(-2 * (octaves(band) + 2) * (octaves(band) + 2));
}

/// Level-free distance of third octaves from 31 Hz to 16 kHz.
template <class Difference>
double distance(Difference difference) {
    double sum = 0;
    double squares = 0;
    for (std::size_t band = 2; band < 30; ++band) {
        sum += difference(band);
        squares += difference(band) * difference(band);
    }
    return std::sqrt(squares / 28 - sum * sum / 28 / 28);
}

/// Of strangers to the library, the median part of a fault's distance that is left.
template <class Gain>
double leftOf(const LearnedCorridor& corridor, Gain gain) {
    std::vector<double> left;
    for (unsigned seed = 100; seed < 121; ++seed) {
        const ToneGains mid = corridor.correctionFor(equalised(master(seed), gain)).tone.mid;
        left.push_back(distance([&](std::size_t band) { return gain(band) + mid[band]; }) /
                       distance(gain));
    }
    std::nth_element(left.begin(), left.begin() + 10, left.end());
    return left[10];
}

TEST(LearnedCorridor, TakesBackFaultsThatTheLibraryDoesNotHave) {
    const LearnedCorridor corridor = learned();
    EXPECT_LT(leftOf(corridor, [](std::size_t band) { return 1.5 * octaves(band); }), 0.6);
    EXPECT_LT(leftOf(corridor, [](std::size_t band) { return -1.5 * octaves(band); }), 0.6);
    EXPECT_LT(leftOf(corridor, hump250), 0.6);
    EXPECT_LT(leftOf(corridor, [](std::size_t band) { return band >= 25 ? -6.0 : 0.0; }), 0.6);
}

TEST(LearnedCorridor, LeavesMastersAndTheirBassAlone) {
    const LearnedCorridor corridor = learned();
    std::vector<double> moved;
    for (unsigned seed = 100; seed < 140; ++seed) {
        const ToneGains mid = corridor.correctionFor(master(seed)).tone.mid;
        moved.push_back(distance([&](std::size_t band) { return mid[band]; }));
    }
    std::sort(moved.begin(), moved.end());
    EXPECT_LT(moved[20], 0.5);
    EXPECT_LT(moved.back(), 1.5);
    const auto bass = [](std::size_t band) { return 8 * std::clamp(-octaves(band) - 3, 0.0, 1.0); };
    const ToneCurve tone = corridor.correctionFor(equalised(master(200), bass)).tone;
    EXPECT_GT(tone.mid[3], -2) << "bass varies in this library: more of it is no fault";
}

TEST(LearnedCorridor, LevelIsNoFault) {
    const LearnedCorridor corridor = learned();
    const TrackAnalysis a = equalised(master(100), hump250);
    TrackAnalysis quiet = equalised(a, [](std::size_t) { return -12.0; });
    quiet.integratedLufs -= 12;
    const ToneCurve loudTone = corridor.correctionFor(a).tone;
    const ToneCurve quietTone = corridor.correctionFor(quiet).tone;
    for (std::size_t band = 0; band < kBands; ++band)
        EXPECT_NEAR(loudTone.mid[band], quietTone.mid[band], 1e-6);
}

TEST(LearnedCorridor, MovesNothingFurtherThanItsBounds) {
    const LearnedCorridor corridor = learned();
    const TrackAnalysis odd = equalised(master(100), [](std::size_t band) {
        return 4 * octaves(band) + (band % 7 == 0 ? 15.0 : 0.0);
    });
    const Correction correction = corridor.correctionFor(odd);
    for (const double gain : correction.tone.mid)
        EXPECT_LE(std::abs(gain), kMaxCorrectionDb);
    EXPECT_LE(distance([&](std::size_t band) { return correction.tone.mid[band]; }),
              1.2 * LearnedCorridor::kMostChangeDb);
    const Correction tilted = corridor.correctionFor(
        equalised(master(100), [](std::size_t band) { return -2.5 * octaves(band); }));
    ASSERT_FALSE(tilted.heldBack.empty());
    EXPECT_NE(tilted.heldBack.front().find("1.8 dB"), std::string::npos);
}

TEST(LearnedCorridor, LiftsNoEmptyBand) {
    const LearnedCorridor corridor = learned();
    TrackAnalysis a = equalised(master(100), [](std::size_t band) { return -1.5 * octaves(band); });
    for (std::size_t band = 28; band < kBands; ++band)
        a.midDb[band] = a.sideDb[band] = -110;
    const Correction correction = corridor.correctionFor(a);
    EXPECT_GT(correction.tone.mid[26], 1);
    for (std::size_t band = 28; band < kBands; ++band) {
        EXPECT_LE(correction.tone.mid[band], 0);
        EXPECT_LE(correction.tone.side[band], 0);
    }
}

TEST(LearnedCorridor, WidensWhatIsTooNarrowButKeepsItsFoldToMono) {
    const LearnedCorridor corridor = learned();
    const TrackAnalysis a = equalised(
        master(100), [](std::size_t) { return 0.0; }, -6);
    const ToneCurve tone = corridor.correctionFor(a).tone;
    const StereoWidth before = widthOf(a, {}, {});
    const StereoWidth after = widthOf(a, tone, {});
    EXPECT_GT(tone.side[25] - tone.mid[25], 3) << "air costs nothing";
    EXPECT_LE(after.monoFoldLossLu, before.monoFoldLossLu + kMaxMonoFoldLossLu);
    EXPECT_GE(after.correlation, before.correlation - kMaxCorrelationLoss);
}

TEST(LearnedCorridor, NeverWidensWhatIsMono) {
    const LearnedCorridor corridor = learned();
    const TrackAnalysis a = equalised(master(100), hump250, -40);
    const ToneCurve tone = corridor.correctionFor(a).tone;
    EXPECT_LT(tone.mid[11], -1);
    for (std::size_t band = 0; band < kBands; ++band)
        EXPECT_EQ(tone.side[band], tone.mid[band]);
}

TEST(LearnedCorridor, SilenceAndShortestTracksGetFiniteAnswers) {
    const LearnedCorridor corridor = learned();
    TrackAnalysis silent = master(100);
    silent.integratedLufs = TrackAnalysis::kSilenceDb;
    for (const double gain : corridor.correctionFor(silent).tone.mid)
        EXPECT_EQ(gain, 0);
    TrackAnalysis noCurves = master(100);
    noCurves.loudnessCurve.clear();
    for (auto& curve : noCurves.bandCurves)
        curve.clear();
    for (const double gain : corridor.correctionFor(noCurves).tone.mid)
        EXPECT_TRUE(std::isfinite(gain));
}

TEST(LearnedCorridor, DependsOnTheTracksAndNotOnTheirOrder) {
    CorridorLearner backwards;
    for (unsigned seed = kLibrary; seed >= 1; --seed)
        backwards.add(master(seed));
    EXPECT_EQ(backwards.learn().value().id(), learned().id());
    EXPECT_NE(learned(kLibrary - 1).id(), learned().id());
}

TEST(LearnedCorridor, NeedsEnoughWholeTracks) {
    CorridorLearner learner;
    TrackAnalysis quick = master(1);
    quick.coverage = analysis::Coverage::Quick;
    EXPECT_FALSE(learner.add(quick));
    for (int i = 1; i < LearnedCorridor::kMinTracks; ++i)
        learner.add(master(static_cast<unsigned>(i)));
    const auto few = learner.learn();
    ASSERT_FALSE(few);
    EXPECT_EQ(few.error().code, ErrorCode::InvalidArgument);
    learner.add(master(99));
    EXPECT_TRUE(learner.learn());
}

TEST(LearnedCorridor, AMonoLibraryKnowsNothingOfSides) {
    CorridorLearner learner;
    for (unsigned seed = 1; seed <= kLibrary; ++seed) {
        TrackAnalysis a = master(seed);
        a.numChannels = 1;
        a.sideDb.fill(TrackAnalysis::kSilenceDb);
        learner.add(a);
    }
    const auto corridor = learner.learn();
    ASSERT_TRUE(corridor) << corridor.error().message;
    const ToneCurve tone = corridor->correctionFor(equalised(master(100), hump250, -6)).tone;
    EXPECT_LT(tone.mid[11], -1);
    for (std::size_t band = 0; band < kBands; ++band)
        EXPECT_EQ(tone.side[band], tone.mid[band]);
}

TEST(LearnedCorridor, SurvivesStorage) {
    const LearnedCorridor corridor = learned();
    const auto stored = LearnedCorridor::deserialize(corridor.serialize());
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(stored->id(), corridor.id());
    EXPECT_EQ(stored->numTracks(), static_cast<int>(kLibrary));
    const TrackAnalysis a = equalised(master(100), hump250);
    EXPECT_EQ(stored->correctionFor(a).tone.mid, corridor.correctionFor(a).tone.mid);
}

TEST(LearnedCorridor, DamagedStorageIsAnError) {
    const std::string bytes = learned().serialize();
    EXPECT_EQ(LearnedCorridor::deserialize("").error().code, ErrorCode::Corrupt);
    EXPECT_EQ(LearnedCorridor::deserialize(bytes.substr(0, bytes.size() / 2)).error().code,
              ErrorCode::Corrupt);
    std::string other = bytes;
    const std::string key = "segueCorridor";
    other[other.find(key) + key.size()] = 9; // the version, a one-byte CBOR number
    EXPECT_EQ(LearnedCorridor::deserialize(other).error().code, ErrorCode::Unsupported);
    std::string none =
        bytes; // a variance below zero: the sign bit of the covariance's first number
    const std::size_t at = none.find("covariance") + 10 + 3; // key, array header of three bytes
    ASSERT_EQ(static_cast<unsigned char>(none[at]), 0xFB) << "a double follows";
    none[at + 1] = static_cast<char>(none[at + 1] | 0x80);
    EXPECT_EQ(LearnedCorridor::deserialize(none).error().code, ErrorCode::Corrupt);
}

TEST(LearnedCorridor, AMemberGivenTwiceIsRefused) {
    const std::string bytes = learned().serialize();
    const std::string member = "\x66tracks"; // CBOR: a text of six bytes
    const std::size_t at = bytes.find(member);
    ASSERT_NE(at, std::string::npos);
    std::string twice = bytes;
    ++twice[0];                            // a map of one more member
    twice.insert(at, member + "\x18\x63"); // 99
    EXPECT_EQ(LearnedCorridor::deserialize(twice).error().code, ErrorCode::Corrupt);
}

TEST(LearnedCorridor, IsPartOfThePlanAndOfTheRequest) {
    const TrackAnalysis a = equalised(master(100), hump250);
    PlanRequest request = builtInRequest("adaptive");
    const Hash128 without = hashOf(request);
    request.corridor = std::make_shared<const LearnedCorridor>(learned());
    EXPECT_NE(hashOf(request), without);
    const MasteringPlan plan = makePlan(a, request);
    EXPECT_NE(plan.target.find("40 tracks of this library"), std::string::npos) << plan.target;
    EXPECT_LT(plan.tone.mid[11], -2);
    for (const dsp::BandSettings& band : plan.dynamics.bands)
        EXPECT_EQ(band.sideGain, 1) << "width comes from the library";
}

TEST(LearnedCorridor, CompressionDoesNotChangeTheBalance) {
    TrackAnalysis a = master(100);
    a.loudnessRangeLu = 17; // 2:1
    a.truePeakDbtp = a.samplePeakDbfs = -1;
    for (std::size_t hop = 0; hop < a.bandCurves[2].size(); hop += 2) // one band moves much more
        a.bandCurves[2][hop] = static_cast<analysis::CurveByte>(a.bandCurves[2][hop] - 40);
    PlanRequest request = builtInRequest("adaptive");
    request.corridor = std::make_shared<const LearnedCorridor>(learned());
    const MasteringPlan plan = makePlan(a, request);
    LoudnessPrediction prediction(a, plan.tone);
    prediction.setDynamics(plan.dynamics);
    for (int band = 0; band < dsp::kNumBands; ++band)
        EXPECT_NEAR(prediction.bandChangeDb(band) +
                        plan.dynamics.bands[static_cast<std::size_t>(band)].gainDb,
                    0, 1e-9);
    EXPECT_GT(plan.dynamics.bands[2].gainDb, plan.dynamics.bands[1].gainDb + 0.2);
}

} // namespace
} // namespace segue::mastering
