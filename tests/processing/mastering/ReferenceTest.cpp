// Reference and hybrid mode on what the chain really gives: the result has the reference's balance,
// width and loudness, within what does no harm.

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/MasteringChain.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/mastering/ReferenceMatch.h"
#include "processing/mastering/StereoImage.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"

namespace segue::mastering {
namespace {

constexpr int kRate = 44100;
const std::atomic<bool> kNever{false};

AudioBuffer music(double gain = 0.3) {
    AudioBuffer audio = test::musicLike(2, 30 * kRate, kRate);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] *= static_cast<float>(gain);
    return audio;
}

analysis::TrackAnalysis measure(AudioBuffer audio) {
    test::BufferSource source(std::move(audio), kRate);
    return analysis::analyse(source, analysis::Coverage::Full, kNever).value();
}

AudioBuffer mastered(const MasteringPlan& plan, AudioBuffer audio) {
    MasteringChain chain(plan);
    chain.reset(0);
    chain.process(audio.block());
    return audio;
}

/// The same music through another desk: darker, fuller, wider, louder.
AudioBuffer otherDesk() {
    MasteringPlan desk;
    desk.sampleRateHz = kRate;
    desk.numChannels = 2;
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        desk.tone.mid[b] = 4 - 0.3 * band + (band == 12 ? 2 : 0);
        desk.tone.side[b] = desk.tone.mid[b] + 2;
    }
    desk.limiter.inputGainDb = -6;
    return mastered(desk, music(0.8));
}

ReferenceProfile profileOf(const analysis::TrackAnalysis& a) {
    const ReferenceSource source{"other desk", &a};
    return makeReference("other desk", std::span(&source, 1)).value();
}

/// Root mean square of the third-octave distance after a common level is taken out, dB.
double distance(const analysis::TrackAnalysis& a, const ReferenceProfile& b) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (std::size_t band = 4; band < 29; ++band) // 50 Hz .. 12.5 kHz
        for (const double apart :
             {a.midDb[band] - b.midDb[band], a.sideDb[band] - b.sideDb[band]}) {
            sum += apart;
            squares += apart * apart;
            ++count;
        }
    const double mean = sum / count;
    return std::sqrt(squares / count - mean * mean);
}

PlanRequest towards(const ReferenceProfile& profile, double blend = 1) {
    PlanRequest request;
    request.reference = std::make_shared<const ReferenceProfile>(profile);
    request.blend = blend;
    return request;
}

TEST(Reference, AReferenceOfReferencesIsTheOneOfAllTheirTracks) {
    const analysis::TrackAnalysis a = measure(music());
    const analysis::TrackAnalysis b = measure(otherDesk());
    const analysis::TrackAnalysis c = measure(test::noise(1, 10 * kRate, 0.1));
    const std::vector<ReferenceSource> sources{{"a", &a}, {"b", &b}, {"c", &c}};
    const ReferenceProfile all = makeReference("all", sources).value();
    const ReferenceProfile pair = makeReference("pair", std::span(sources).subspan(1)).value();
    const ReferenceProfile nested =
        makeReference("all", std::span(sources).first(1), std::span(&pair, 1)).value();
    EXPECT_EQ(nested.sources, all.sources);
    EXPECT_EQ(nested.stereo, all.stereo);
    EXPECT_NEAR(nested.integratedLufs, all.integratedLufs, 1e-9);
    EXPECT_NEAR(nested.loudnessRangeLu, all.loudnessRangeLu, 1e-9);
    EXPECT_NEAR(nested.plrDb, all.plrDb, 1e-9);
    EXPECT_NEAR(nested.monoFoldLossLu, all.monoFoldLossLu, 1e-9);
    for (std::size_t band = 0; band < all.midDb.size(); ++band) {
        EXPECT_NEAR(nested.midDb[band], all.midDb[band], 1e-9);
        EXPECT_NEAR(nested.sideDb[band], all.sideDb[band], 1e-3) << "silence has a floor";
    }
    const ReferenceProfile renamed = makeReference("other name", {}, std::span(&pair, 1)).value();
    EXPECT_EQ(hashOf(renamed), hashOf(pair));
}

TEST(Reference, TheResultHasItsBalanceWidthAndLoudness) {
    const analysis::TrackAnalysis source = measure(music());
    const ReferenceProfile reference = profileOf(measure(otherDesk()));
    ASSERT_GT(distance(source, reference), 2.0);
    const MasteringPlan plan = makePlan(source, towards(reference));
    const analysis::TrackAnalysis result = measure(mastered(plan, music()));
    EXPECT_LT(distance(result, reference), 0.6);
    EXPECT_NEAR(result.integratedLufs, reference.integratedLufs, 0.3);
    EXPECT_NEAR(result.monoFoldLossLu, reference.monoFoldLossLu, 0.3);
}

TEST(Reference, HybridLiesBetween) {
    const analysis::TrackAnalysis source = measure(music());
    const ReferenceProfile reference = profileOf(measure(otherDesk()));
    double last = 100;
    for (const double blend : {0.0, 0.5, 1.0}) {
        const MasteringPlan plan = makePlan(source, towards(reference, blend));
        const double now = distance(measure(mastered(plan, music())), reference);
        EXPECT_LT(now, last - 0.5) << blend;
        last = now;
        EXPECT_NEAR(plan.targetLufs, -14 + blend * (reference.integratedLufs + 14), 1e-9);
    }
    EXPECT_EQ(hashOf(makePlan(source, towards(reference, 0))),
              hashOf(makePlan(source, "adaptive")));
}

TEST(Reference, IntensityScalesTheWay) {
    const analysis::TrackAnalysis source = measure(music());
    PlanRequest request = towards(profileOf(measure(otherDesk())));
    const MasteringPlan full = makePlan(source, request);
    request.intensity = 0.5;
    const MasteringPlan half = makePlan(source, request);
    for (std::size_t band = 0; band < full.tone.mid.size(); ++band)
        EXPECT_NEAR(half.tone.mid[band], full.tone.mid[band] / 2, 0.01) << band;
}

TEST(Reference, AMonoSourceStaysMono) {
    AudioBuffer mono = music();
    std::copy_n(mono.channel(0), mono.numFrames(), mono.channel(1));
    AudioBuffer copy(2, mono.numFrames());
    for (int c = 0; c < 2; ++c)
        std::copy_n(mono.channel(c), mono.numFrames(), copy.channel(c));
    const MasteringPlan plan =
        makePlan(measure(std::move(copy)), towards(profileOf(measure(otherDesk()))));
    const analysis::TrackAnalysis result = measure(mastered(plan, std::move(mono)));
    EXPECT_GT(result.correlation, 0.999);
    EXPECT_LT(result.monoFoldLossLu, 0.01);
}

TEST(Reference, NoiseIsNotLifted) {
    analysis::TrackAnalysis source = measure(music());
    for (std::size_t band = 27; band < 31; ++band)
        source.midDb[band] = source.sideDb[band] = source.integratedLufs - 71;
    ReferenceProfile reference = profileOf(measure(music()));
    for (std::size_t band = 27; band < 31; ++band)
        reference.midDb[band] = reference.integratedLufs - 30;
    const ReferenceTone tone = referenceTone(source, reference);
    EXPECT_LE(tone.tone.mid[28], 0);
    EXPECT_TRUE(tone.limited);
    source.midDb[28] = std::max(source.integratedLufs - 70, -90.0) + 1;
    EXPECT_EQ(referenceTone(source, reference).tone.mid[28], kMaxReferenceDb) << "quiet music is";
    const MasteringPlan plan = makePlan(source, towards(reference));
    ASSERT_FALSE(plan.heldBackBy.empty());
    EXPECT_NE(plan.heldBackBy.front().find("reference"), std::string::npos);
}

TEST(Reference, SeveralTracksAreBroughtToOneLoudness) {
    const analysis::TrackAnalysis quiet = measure(music(0.1));
    const analysis::TrackAnalysis loud = measure(music(0.4));
    const ReferenceSource both[] = {{"quiet", &quiet}, {"loud", &loud}};
    const ReferenceProfile profile = makeReference("both", both).value();
    EXPECT_NEAR(profile.integratedLufs, (quiet.integratedLufs + loud.integratedLufs) / 2, 1e-9);
    const ReferenceProfile one = profileOf(quiet);
    for (std::size_t band = 4; band < 28; ++band)
        EXPECT_NEAR(profile.midDb[band] - profile.integratedLufs,
                    one.midDb[band] - one.integratedLufs, 0.05);
    EXPECT_EQ(profile.sources.size(), 2u);
}

TEST(Reference, ASilentOrMissingOneIsRefused) {
    EXPECT_EQ(test::codeOf(makeReference("none", {})), ErrorCode::InvalidArgument);
    const analysis::TrackAnalysis silent = measure(AudioBuffer(2, 5 * kRate));
    const ReferenceSource source{"silence", &silent};
    const auto refused = makeReference("silence", std::span(&source, 1));
    EXPECT_EQ(test::codeOf(refused), ErrorCode::InvalidArgument);
    EXPECT_NE(refused.error().message.find("'silence'"), std::string::npos);
}

TEST(Reference, ProfilesSurviveStorage) {
    const ReferenceProfile profile = profileOf(measure(otherDesk()));
    const auto back = referenceFromJson(toJson(profile));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(hashOf(*back), hashOf(profile));
    EXPECT_EQ(back->sources, profile.sources);
    auto json = nlohmann::json::parse(toJson(profile));
    json["midDb"][3] = 1e6;
    EXPECT_EQ(test::codeOf(referenceFromJson(json.dump())), ErrorCode::Corrupt);
    json["midDb"] = {1, 2};
    const std::string twice = R"({"name":"x",)" + toJson(profile).substr(1);
    for (const std::string& text : {std::string("{}"), std::string("x"), json.dump(), twice})
        EXPECT_EQ(test::codeOf(referenceFromJson(text)), ErrorCode::Corrupt) << text;
}

TEST(StereoImage, WideningStopsWhereMonoSuffers) {
    const analysis::TrackAnalysis source = measure(music());
    ToneCurve tone;
    for (double& gain : tone.side)
        gain = 10;
    dsp::MultibandSettings dynamics;
    EXPECT_TRUE(keepMonoCompatible(source, 0, tone, dynamics));
    const StereoWidth before = widthOf(source, {}, {});
    const StereoWidth after = widthOf(source, tone, dynamics);
    EXPECT_GT(tone.side[10], 0);
    EXPECT_LE(after.monoFoldLossLu, before.monoFoldLossLu + kMaxMonoFoldLossLu + 1e-6);
    EXPECT_GE(after.correlation, before.correlation - kMaxCorrelationLoss - 1e-6);
    ToneCurve narrower;
    for (double& gain : narrower.side)
        gain = -3;
    EXPECT_FALSE(keepMonoCompatible(source, 0, narrower, dynamics));
    EXPECT_EQ(narrower.side[10], -3);
}

TEST(StereoImage, TheSpectrumTellsWhatTheMeterMeasures) {
    const analysis::TrackAnalysis source = measure(music());
    EXPECT_NEAR(widthOf(source, {}, {}).monoFoldLossLu, source.monoFoldLossLu, 0.15);
    EXPECT_NEAR(widthOf(source, {}, {}).correlation, source.correlation, 0.03);
}

TEST(OriginalAtSameLoudness, IsTheSourceAsLoudAsTheMaster) {
    for (const double gain : {0.05, 0.9}) {
        const analysis::TrackAnalysis source = measure(music(gain));
        PlanRequest request = builtInRequest("punchy");
        const MasteringPlan master = makePlan(source, request);
        request.originalAtSameLoudness = true;
        const MasteringPlan original = makePlan(source, request);
        EXPECT_TRUE(original.levelOnly);
        EXPECT_NE(hashOf(original), hashOf(master));
        const analysis::TrackAnalysis heard = measure(mastered(original, music(gain)));
        const analysis::TrackAnalysis enhanced = measure(mastered(master, music(gain)));
        EXPECT_NEAR(heard.integratedLufs, master.predictedLufs, 0.2);
        EXPECT_NEAR(heard.integratedLufs, enhanced.integratedLufs, 0.5);
        EXPECT_LE(heard.truePeakDbtp, -0.9);
        // Nothing but level: the balance is the source's.
        const ReferenceProfile asWas = profileOf(source);
        EXPECT_LT(distance(heard, asWas), 0.2);
        EXPECT_GT(distance(enhanced, asWas), 0.3);
    }
}

TEST(Settings, TargetAndCeilingOverrideThePreset) {
    const analysis::TrackAnalysis source = measure(music());
    PlanRequest request = builtInRequest("warm");
    request.targetLufs = -18;
    request.ceilingDbtp = -3;
    const analysis::TrackAnalysis result = measure(mastered(makePlan(source, request), music()));
    EXPECT_NEAR(result.integratedLufs, -18, 0.3);
    EXPECT_LE(result.truePeakDbtp, -2.9);
    PlanRequest reference = towards(profileOf(measure(otherDesk())));
    reference.targetLufs = -20;
    EXPECT_EQ(makePlan(source, reference).targetLufs, -20) << "also before the reference's";
}

} // namespace
} // namespace segue::mastering
