// What is foreseen for pictures, against the chain itself: stages are told apart by running the
// chain with one of them out of the way.

#include "processing/mastering/EffectPreview.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "processing/mastering/MasteringChain.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::mastering {
namespace {

using analysis::Coverage;
using analysis::TrackAnalysis;
using Json = nlohmann::json;

constexpr int kRate = 44100;
constexpr int kHopFrames = kRate / 10;
const std::atomic<bool> kNever{false};

TrackAnalysis measure(const AudioBuffer& audio, Coverage coverage = Coverage::Full) {
    AudioBuffer copy(audio.numChannels(), audio.numFrames());
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(audio.channel(c), audio.numFrames(), copy.channel(c));
    test::BufferSource source(std::move(copy), kRate);
    return analysis::analyse(source, coverage, kNever).value();
}

AudioBuffer music(int seconds = 30, int numChannels = 2) {
    return test::musicLike(numChannels, static_cast<std::int64_t>(seconds) * kRate, kRate);
}

AudioBuffer mastered(const MasteringPlan& plan, const AudioBuffer& audio) {
    MasteringChain chain(plan);
    chain.reset(0);
    const std::int64_t latency = chain.latencyFrames();
    AudioBuffer work(audio.numChannels(), audio.numFrames() + latency);
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(audio.channel(c), audio.numFrames(), work.channel(c));
    chain.process(work.block());
    AudioBuffer out(audio.numChannels(), audio.numFrames());
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(work.channel(c) + latency, audio.numFrames(), out.channel(c));
    return out;
}

/// The least gain from `without` to `with` in each hop, dB, where there is sound.
std::vector<double> leastGains(const AudioBuffer& with, const AudioBuffer& without) {
    std::vector<double> gains;
    for (std::int64_t hop = 0; hop < with.numFrames() / kHopFrames; ++hop) {
        double least = 1;
        for (int c = 0; c < with.numChannels(); ++c)
            for (std::int64_t n = hop * kHopFrames; n < (hop + 1) * kHopFrames; ++n)
                if (std::abs(without.channel(c)[n]) > 0.05F)
                    least = std::min(least, static_cast<double>(with.channel(c)[n]) /
                                                static_cast<double>(without.channel(c)[n]));
        gains.push_back(test::toDb(least));
    }
    return gains;
}

double meanDistance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(a[i] - b[i]) / static_cast<double>(a.size());
    return sum;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto mean = [](const std::vector<double>& values) {
        return std::accumulate(values.begin(), values.end(), 0.0) /
               static_cast<double>(values.size());
    };
    const double meanA = mean(a);
    const double meanB = mean(b);
    double products = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        products += (a[i] - meanA) * (b[i] - meanB);
        squaresA += (a[i] - meanA) * (a[i] - meanA);
        squaresB += (b[i] - meanB) * (b[i] - meanB);
    }
    return products / std::sqrt(squaresA * squaresB);
}

TEST(EffectPreview, TheLimitersReductionIsThatOfTheLimiter) {
    const AudioBuffer audio = music();
    const TrackAnalysis before = measure(audio);
    PlanRequest request = builtInRequest("punchy");
    request.targetLufs = -10;
    MasteringPlan plan = makePlan(before, request);
    plan.limiter.inputGainDb += 2; // more than the rules allow: the limiter is to work
    MasteringPlan unlimited = plan;
    unlimited.limiter.ceilingDbtp = 60;
    const std::vector<double> measured =
        leastGains(mastered(plan, audio), mastered(unlimited, audio));
    const EffectPreview preview = previewEffect(before, plan, nullptr, 1000);
    const std::vector<double>& foreseen = preview.gainReduction.value().limiterDb;
    ASSERT_EQ(foreseen.size(), measured.size());
    // Hard bursts over noise are the hardest case; real music is within 0.3 dB on average.
    EXPECT_LT(meanDistance(foreseen, measured), 0.7);
    EXPECT_GT(correlation(foreseen, measured), 0.8);
    EXPECT_LE(*std::max_element(foreseen.begin(), foreseen.end()), 0);
    EXPECT_GT(meanDistance(std::vector<double>(measured.size(), 0), measured), 1)
        << "a limiter that has nothing to do proves nothing";
}

TEST(EffectPreview, ABandsReductionIsThatOfTheDynamics) {
    // 300 Hz that is loud and soft in turns; the other bands stay silent.
    AudioBuffer audio = test::sine(2, 20LL * kRate, 300, kRate, 0.5);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            if (n / (2LL * kRate) % 2 == 1)
                audio.channel(c)[n] *= 0.25F;
    const TrackAnalysis before = measure(audio);
    MasteringPlan plan = makePlan(before, "adaptive");
    for (dsp::BandSettings& band : plan.dynamics.bands) {
        band.thresholdDb = -24;
        band.ratio = 2;
    }
    plan.limiter.ceilingDbtp = 60;
    MasteringPlan plain = plan;
    for (dsp::BandSettings& band : plain.dynamics.bands)
        band.ratio = 1;
    const std::vector<double> measured = leastGains(mastered(plan, audio), mastered(plain, audio));
    const EffectPreview preview = previewEffect(before, plan, nullptr, 1000);
    const std::vector<double>& foreseen = preview.gainReduction.value().bandDb[1];
    ASSERT_EQ(foreseen.size(), measured.size());
    EXPECT_LT(*std::min_element(measured.begin(), measured.end()), -5);
    EXPECT_LT(meanDistance(foreseen, measured), 0.5);
    for (const double gainDb : preview.gainReduction->bandDb[3])
        EXPECT_NEAR(gainDb, 0, 0.1) << "nothing sounds there";
}

TEST(EffectPreview, ToneIsWhatTheFiltersDo) {
    const AudioBuffer audio = test::noise(2, 20LL * kRate, 0.1);
    const TrackAnalysis before = measure(audio);
    MasteringPlan plan;
    plan.sampleRateHz = kRate;
    plan.numChannels = 2;
    plan.tone.mid[11] = 4;
    plan.tone.side[23] = -5;
    plan.limiter.ceilingDbtp = 60;
    const TrackAnalysis after = measure(mastered(plan, audio));
    const EffectPreview preview = previewEffect(before, plan, nullptr, 100);
    EXPECT_NEAR(preview.tone.mid[11], 4, 0.3);
    EXPECT_NEAR(preview.tone.side[23], -5, 0.3);
    for (std::size_t band = 5; band < 29; ++band) {
        EXPECT_NEAR(preview.after.midDb[band], after.midDb[band], 0.3) << band;
        EXPECT_NEAR(preview.after.sideDb[band], after.sideDb[band], 0.3) << band;
    }
}

TEST(EffectPreview, BeforeIsWhatTheAnalysisTells) {
    const TrackAnalysis analysis = measure(music());
    const Json told = Json::parse(analysis::toJson(analysis, 1000));
    const Json before = Json::parse(
        toJson(previewEffect(analysis, makePlan(analysis, "warm"), nullptr, 1000)))["before"];
    EXPECT_EQ(before["waveform"], told["waveform"]);
    EXPECT_EQ(before["integratedLufs"], told["integratedLufs"]);
    ASSERT_EQ(before["shortTermLufs"].size(), 300u);
    for (std::size_t second = 0; second < 30; ++second)
        EXPECT_EQ(before["shortTermLufs"][10 * second + 9], told["shortTermLufs"][second])
            << second;
}

TEST(EffectPreview, WithoutIntensityAfterIsBefore) {
    const TrackAnalysis before = measure(music());
    const MasteringPlan plan = makePlan(before, "punchy", 0);
    const Json json = Json::parse(toJson(previewEffect(before, plan, nullptr, 1000)));
    EXPECT_EQ(json["after"], json["before"]);
    const Json nothing(std::vector<double>(300, 0));
    EXPECT_EQ(json["gainReduction"]["limiterDb"], nothing);
    for (const Json& band : json["gainReduction"]["bands"])
        EXPECT_EQ(band["gainDb"], nothing);
    EXPECT_EQ(json["tone"]["midDb"], Json(std::vector<double>(31, 0)));
}

TEST(EffectPreview, TheTruePeakIsThatOfTheResult) {
    // Gain and limiter alone: how far filters move a peak only the samples tell. A source may lie
    // beyond full scale, too.
    for (const auto& [gain, targetLufs] : {std::pair{1.0F, -23.0}, {2.5F, -23.0}, {1.0F, -10.0}}) {
        AudioBuffer audio = music();
        for (int c = 0; c < 2; ++c)
            for (std::int64_t n = 0; n < audio.numFrames(); ++n)
                audio.channel(c)[n] *= gain;
        const TrackAnalysis before = measure(audio);
        PlanRequest request = builtInRequest("adaptive");
        request.originalAtSameLoudness = true;
        request.targetLufs = targetLufs;
        const MasteringPlan plan = makePlan(before, request);
        const EffectPreview preview = previewEffect(before, plan, nullptr, 100);
        EXPECT_NEAR(preview.after.truePeakDbtp, measure(mastered(plan, audio)).truePeakDbtp, 0.3)
            << "of a source at " << before.truePeakDbtp << " dBTP";
    }
}

TEST(EffectPreview, WhatPhasesMakeOfAClippedMasterIsForeseen) {
    AudioBuffer audio = music();
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] = std::clamp(8 * audio.channel(c)[n], -1.0F, 1.0F);
    const TrackAnalysis before = measure(audio);
    for (const char* preset : {"adaptive", "gentle", "bright"}) {
        const MasteringPlan plan = makePlan(before, preset);
        const double measured = measure(mastered(plan, audio)).truePeakDbtp;
        ASSERT_GT(measured, before.truePeakDbtp + plan.limiter.inputGainDb + 4)
            << "nothing happens to its peaks";
        EXPECT_NEAR(previewEffect(before, plan, nullptr, 100).after.truePeakDbtp, measured, 2)
            << preset;
    }
}

TEST(EffectPreview, SilenceStaysSilence) {
    const TrackAnalysis silent = measure(AudioBuffer(2, 3LL * kRate));
    const Json json =
        Json::parse(toJson(previewEffect(silent, makePlan(silent, "warm"), nullptr, 16)));
    EXPECT_EQ(json["after"], json["before"]);
    EXPECT_EQ(json["after"]["midDb"], Json(std::vector<double>(31, TrackAnalysis::kSilenceDb)));
}

TEST(EffectPreview, AQuickAnalysisGivesWhatItCan) {
    const TrackAnalysis quick = measure(music(120), Coverage::Quick);
    const Json json =
        Json::parse(toJson(previewEffect(quick, makePlan(quick, "warm"), nullptr, 200)));
    EXPECT_EQ(json["provisional"], true);
    for (const char* side : {"before", "after"}) {
        EXPECT_TRUE(json[side]["shortTermLufs"].is_null());
        EXPECT_EQ(json[side]["waveform"].size(), 200u);
        EXPECT_EQ(json[side]["midDb"].size(), 31u);
    }
    EXPECT_TRUE(json["gainReduction"].is_null());
    EXPECT_NEAR(json["after"]["integratedLufs"].get<double>(), -14, 0.1);
}

TEST(EffectPreview, FewerPointsKeepTheExtremes) {
    const TrackAnalysis before = measure(music(60));
    const MasteringPlan plan = makePlan(before, "punchy");
    const EffectPreview fine = previewEffect(before, plan, nullptr, 10'000);
    const EffectPreview coarse = previewEffect(before, plan, nullptr, 50);
    EXPECT_DOUBLE_EQ(fine.stepSeconds, 0.1);
    EXPECT_DOUBLE_EQ(coarse.stepSeconds, 1.2);
    EXPECT_EQ(fine.after.waveform.size(), 3000u) << "each at least 20 ms";
    EXPECT_EQ(coarse.after.waveform.size(), 50u);
    EXPECT_EQ(fine.gainReduction->limiterDb.size(), 600u);
    const auto least = [](const std::vector<double>& values) {
        return *std::min_element(values.begin(), values.end());
    };
    const auto most = [](const std::vector<double>& values) {
        return *std::max_element(values.begin(), values.end());
    };
    const auto compare = [&](const std::vector<double>& many, const std::vector<double>& few) {
        EXPECT_EQ(few.size(), 50u);
        EXPECT_EQ(least(many), least(few));
    };
    compare(fine.gainReduction->limiterDb, coarse.gainReduction->limiterDb);
    for (std::size_t band = 0; band < dsp::kNumBands; ++band)
        compare(fine.gainReduction->bandDb[band], coarse.gainReduction->bandDb[band]);
    EXPECT_EQ(most(fine.after.waveform), most(coarse.after.waveform));
    EXPECT_EQ(most(*fine.after.shortTermLufs), most(*coarse.after.shortTermLufs));
    EXPECT_EQ(most(*fine.before.shortTermLufs), most(*coarse.before.shortTermLufs));
}

TEST(EffectPreview, CurvesOfALongTrackAreBounded) {
    TrackAnalysis hours = measure(music());
    const auto repeated = [](std::vector<analysis::CurveByte>& curve) {
        const std::vector<analysis::CurveByte> once = curve;
        for (int i = 1; i < 240; ++i)
            curve.insert(curve.end(), once.begin(), once.end());
    };
    repeated(hours.loudnessCurve);
    repeated(hours.peakCurve);
    repeated(hours.chainPeakCurve);
    repeated(hours.spectrumCurve);
    for (auto& band : hours.bandCurves)
        repeated(band);
    const EffectPreview preview =
        previewEffect(hours, makePlan(hours, "adaptive"), nullptr, 10'000);
    EXPECT_EQ(preview.after.waveform.size(), 10'000u);
    EXPECT_EQ(preview.after.shortTermLufs->size(), static_cast<std::size_t>(kMostEffectSteps));
    EXPECT_EQ(preview.gainReduction->limiterDb.size(), static_cast<std::size_t>(kMostEffectSteps));
    EXPECT_DOUBLE_EQ(preview.stepSeconds, 3.6);
}

TEST(EffectPreview, OddTracksHaveTheirPictures) {
    for (const auto& [channels, frames] :
         {std::pair{1, 10LL * kRate}, {6, 5LL * kRate}, {2, 0LL}, {2, 1LL}, {1, 3000LL}}) {
        const AudioBuffer audio = test::musicLike(channels, frames, kRate);
        const TrackAnalysis before = measure(audio);
        const EffectPreview preview =
            previewEffect(before, makePlan(before, "bright"), nullptr, 100);
        const Json json = Json::parse(toJson(preview));
        EXPECT_EQ(json["before"]["waveform"].size(), json["after"]["waveform"].size());
        EXPECT_EQ(json["tone"]["sideDb"], Json(std::vector<double>(31, 0))) << "no side, no tone";
        EXPECT_EQ(json.dump().find("null,null"), std::string::npos) << "a number that is none";
    }
}

TEST(EffectPreview, TheReferenceIsShownAsLoudAsTheResult) {
    const TrackAnalysis other = measure(test::noise(2, 20LL * kRate, 0.05));
    const ReferenceSource source{"noise", &other};
    const auto profile = makeReference("noise", std::span(&source, 1));
    const TrackAnalysis before = measure(music());
    PlanRequest request = builtInRequest("adaptive");
    request.reference = std::make_shared<ReferenceProfile>(profile.value());
    request.targetLufs = -16;
    const EffectPreview preview =
        previewEffect(before, makePlan(before, request), request.reference.get(), 100);
    const double louder = preview.after.integratedLufs - other.integratedLufs;
    EXPECT_NEAR(preview.reference.value().midDb[17], other.midDb[17] + louder, 1e-9);
    EXPECT_NEAR(preview.reference->sideDb[20], other.sideDb[20] + louder, 1e-9);
    EXPECT_FALSE(previewEffect(before, makePlan(before, "adaptive"), nullptr, 100).reference);
}

} // namespace
} // namespace segue::mastering
