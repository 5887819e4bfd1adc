// The chain as a whole: measured by the analysis that made the plan.

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include <gtest/gtest.h>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/LoudnessPrediction.h"
#include "processing/mastering/MasteringChain.h"
#include "tests/support/AllocationCounter.h"
#include "tests/support/BufferSource.h"
#include "tests/support/InstructionSets.h"
#include "tests/support/Signals.h"

namespace segue::mastering {
namespace {

constexpr int kRate = 44100;
const std::atomic<bool> kNever{false};

analysis::TrackAnalysis measure(AudioBuffer audio, int rate = kRate) {
    test::BufferSource source(std::move(audio), rate);
    return analysis::analyse(source, analysis::Coverage::Full, kNever).value();
}

AudioBuffer music(double gain, int numChannels = 2, int seconds = 20, int rate = kRate) {
    AudioBuffer audio =
        test::musicLike(numChannels, static_cast<std::int64_t>(seconds) * rate, rate);
    for (int c = 0; c < numChannels; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] *= static_cast<float>(gain);
    // Ends as music does: a hard cut has peaks of its own between the last sample and silence.
    const int fade = rate / 50;
    for (int c = 0; c < numChannels; ++c)
        for (int n = 1; n <= fade; ++n)
            audio.channel(c)[audio.numFrames() - n] *=
                static_cast<float>(n - 1) / static_cast<float>(fade);
    return audio;
}

/// Runs the plan over the audio and takes the latency away.
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

TEST(MasteringChain, ReachesTheLoudnessThatThePlanForetells) {
    for (const double gain : {0.02, 0.1, 0.5, 1.2})
        for (const Preset& preset : builtInPresets()) {
            const AudioBuffer audio = music(gain);
            const MasteringPlan plan = makePlan(measure(music(gain)), preset.name);
            const analysis::TrackAnalysis after = measure(mastered(plan, audio));
            // Bursts over noise are the hardest case for the prediction; real music is within 0.2
            // LU.
            EXPECT_NEAR(after.integratedLufs, plan.predictedLufs, 0.6)
                << preset.name << " at gain " << gain;
            if (plan.heldBackBy.empty()) {
                EXPECT_NEAR(after.integratedLufs, plan.targetLufs, 0.6)
                    << preset.name << " at gain " << gain;
            }
            EXPECT_LE(after.truePeakDbtp, plan.limiter.ceilingDbtp + 0.1);
        }
}

/// What the prediction says of a plan that only limits, and what is heard.
void expectForeseen(const AudioBuffer& audio, const ToneCurve& tone, double limitingDb,
                    double toleranceLu) {
    AudioBuffer copy(audio.numChannels(), audio.numFrames());
    for (int c = 0; c < audio.numChannels(); ++c)
        std::copy_n(audio.channel(c), audio.numFrames(), copy.channel(c));
    const analysis::TrackAnalysis before = measure(std::move(copy));
    MasteringPlan plan = makePlan(before, "adaptive", 1.0);
    plan.dcOffset.clear();
    plan.tone = tone;
    plan.dynamics = {};
    LoudnessPrediction prediction(before, tone);
    prediction.setDynamics(plan.dynamics);
    double& gain = plan.limiter.inputGainDb;
    for (gain = -20; prediction.predict(gain, plan.limiter).deepestReductionDb > -limitingDb;)
        gain += 0.25;
    const double foreseen = prediction.predict(gain, plan.limiter).integratedLufs;
    EXPECT_NEAR(measure(mastered(plan, audio)).integratedLufs, foreseen, toleranceLu);
}

TEST(MasteringChain, WhatLimitingTakesFromDrumsIsForeseen) {
    // Drums that are over in 50 ms, and little besides: far harder to foresee than music.
    AudioBuffer audio = test::noise(2, 20 * kRate, 1, 5);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] *=
                static_cast<float>(0.01 + 0.5 * std::exp(-static_cast<double>(n % 9111) / 1000));
    expectForeseen(audio, {}, 8, 1.8);
}

TEST(MasteringChain, WhatLimitingTakesFromWhatWasWidenedIsForeseen) {
    // A little to one side: what is lifted there peaks with the rest.
    AudioBuffer audio = music(0.3);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n) {
        audio.channel(0)[n] *= 1.1f;
        audio.channel(1)[n] = audio.channel(0)[n] * (0.9f / 1.1f);
    }
    ToneCurve wide;
    wide.side.fill(15);
    expectForeseen(audio, wide, 8, 0.4);
}

TEST(MasteringChain, PresetsMoveTheirBandsAgainstAdaptive) {
    const AudioBuffer audio = music(0.3);
    const analysis::TrackAnalysis before = measure(music(0.3));
    const analysis::TrackAnalysis reference =
        measure(mastered(makePlan(before, "adaptive", 1.0), audio));
    // At least half of the stated tone, relative to 1 kHz, where every preset states 0.
    const auto moved = [&](const char* preset, int low, int high) {
        const analysis::TrackAnalysis after =
            measure(mastered(makePlan(before, preset, 1.0), audio));
        const auto change = [&](int band) {
            const auto b = static_cast<std::size_t>(band);
            return after.midDb[b] - reference.midDb[b];
        };
        double sum = 0;
        for (int band = low; band <= high; ++band)
            sum += change(band) - change(17);
        return sum / (high - low + 1);
    };
    constexpr int k60Hz = 5;
    constexpr int k250Hz = 11;
    constexpr int k4kHz = 23;
    constexpr int k12kHz = 28;
    EXPECT_GT(moved("warm", k60Hz, k60Hz), 0.75);
    EXPECT_LT(moved("warm", k12kHz, k12kHz), -0.5);
    EXPECT_GT(moved("bright", k4kHz, k4kHz), 0.75);
    EXPECT_GT(moved("bright", k12kHz, k12kHz), 1.0);
    EXPECT_GT(moved("punchy", k60Hz, k60Hz), 0.75);
    EXPECT_LT(moved("live", k250Hz, k250Hz), -0.5);
    EXPECT_GT(moved("live", k4kHz, k4kHz), 0.75);
}

TEST(MasteringChain, BypassChangesNothing) {
    const AudioBuffer audio = music(0.5, 2, 3);
    const AudioBuffer out = mastered(makePlan(measure(music(0.5, 2, 3)), "punchy", 0.0), audio);
    for (int c = 0; c < 2; ++c)
        EXPECT_EQ(test::peakDifference(out.channel(c), audio.channel(c), audio.numFrames()), 0.0);
}

TEST(MasteringChain, SilenceStaysSilence) {
    const MasteringPlan plan = makePlan(measure(AudioBuffer(2, 5 * kRate)), "warm", 1.0);
    const AudioBuffer out = mastered(plan, AudioBuffer(2, 5 * kRate));
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < out.numFrames(); ++n)
            ASSERT_EQ(out.channel(c)[n], 0.0f);
}

TEST(MasteringChain, MonoInStereoStaysMono) {
    AudioBuffer audio = music(0.3);
    std::copy_n(audio.channel(0), audio.numFrames(), audio.channel(1));
    AudioBuffer copy(2, audio.numFrames());
    for (int c = 0; c < 2; ++c)
        std::copy_n(audio.channel(c), audio.numFrames(), copy.channel(c));
    const MasteringPlan plan = makePlan(measure(std::move(copy)), "live", 1.0);
    const AudioBuffer out = mastered(plan, audio);
    EXPECT_EQ(test::peakDifference(out.channel(0), out.channel(1), out.numFrames()), 0.0);
}

TEST(MasteringChain, OppositePhaseDeadChannelAndClicksStayFinite) {
    for (int kind = 0; kind < 4; ++kind) {
        const auto make = [&] {
            AudioBuffer audio = music(0.5, 2, 10);
            for (std::int64_t n = 0; n < audio.numFrames(); ++n) {
                float& left = audio.channel(0)[n];
                float& right = audio.channel(1)[n];
                if (kind == 0)
                    right = -left;
                else if (kind == 1)
                    right = 0;
                else if (kind == 2)
                    left = right = n % 30000 == 777 ? 1.0f : 0.0f;
                else
                    left = right = (n / 50) % 2 ? 1.0f : -1.0f;
            }
            return audio;
        };
        for (const Preset& preset : builtInPresets()) {
            const AudioBuffer out = mastered(makePlan(measure(make()), preset.name), make());
            for (int c = 0; c < 2; ++c)
                for (std::int64_t n = 0; n < out.numFrames(); ++n) {
                    ASSERT_TRUE(std::isfinite(out.channel(c)[n])) << kind;
                    ASSERT_LE(std::abs(out.channel(c)[n]), 1.0f) << kind << " " << preset.name;
                }
        }
    }
}

TEST(MasteringChain, EveryRateLengthAndChannelCountStaysBelowTheCeiling) {
    for (const int rate : {8000, 22050, 192000})
        for (const int numChannels : {1, 2, 6})
            for (const std::int64_t numFrames : {std::int64_t{1}, std::int64_t{2 * rate}}) {
                const auto make = [&] { return test::musicLike(numChannels, numFrames, rate); };
                const MasteringPlan plan = makePlan(measure(make(), rate), "punchy");
                const AudioBuffer out = mastered(plan, make());
                for (int c = 0; c < numChannels; ++c)
                    for (std::int64_t n = 0; n < numFrames; ++n) {
                        ASSERT_TRUE(std::isfinite(out.channel(c)[n])) << rate << " " << numChannels;
                        ASSERT_LE(std::abs(out.channel(c)[n]), 0.8913f);
                    }
            }
}

TEST(MasteringChain, RemovesAConstantOffset) {
    AudioBuffer audio = music(0.2, 2, 20);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n)
        audio.channel(0)[n] += 0.05f;
    AudioBuffer copy(2, audio.numFrames());
    for (int c = 0; c < 2; ++c)
        std::copy_n(audio.channel(c), audio.numFrames(), copy.channel(c));
    const analysis::TrackAnalysis after =
        measure(mastered(makePlan(measure(std::move(copy)), "gentle", 1.0), audio));
    EXPECT_LT(std::abs(after.dcOffset[0]), 2e-3);
}

TEST(MasteringChain, RemovesAnOffsetThatWanders) {
    AudioBuffer audio = test::sine(2, 8 * kRate, 1000, kRate, 0.2);
    AudioBuffer copy = test::sine(2, 8 * kRate, 1000, kRate, 0.2);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n)
        for (AudioBuffer* buffer : {&audio, &copy})
            buffer->channel(0)[n] += n / kRate % 2 ? 0.03f : 0.0f;
    const MasteringPlan plan = makePlan(measure(std::move(copy)), "gentle");
    const AudioBuffer out = mastered(plan, audio);
    const double gain = std::pow(10.0, plan.limiter.inputGainDb / 20);
    for (int second = 0; second < 8; ++second) {
        double sum = 0; // of its later half, long after the step
        for (int n = kRate / 2; n < kRate; ++n)
            sum += static_cast<double>(out.channel(0)[second * kRate + n]);
        EXPECT_NEAR(2 * sum / kRate, 0, 1e-4 * gain) << second;
    }
}

/// A 63 Hz tone that comes and goes every two seconds over steady ones of 100 Hz and 1 kHz, with
/// clicks: a source whose peaks do not stand above its loudness is not compressed.
AudioBuffer pulsatingBass() {
    AudioBuffer audio(2, 24 * kRate);
    for (std::int64_t n = 0; n < audio.numFrames(); ++n) {
        const double turn = 2 * std::numbers::pi * static_cast<double>(n) / kRate;
        const double bass = n / (2 * kRate) % 2 ? 0.01 : 0.2;
        const double click = n % kRate == 0 ? 0.7 : 0;
        const double sum = click + bass * std::sin(63 * turn) + 0.06 * std::sin(100 * turn) +
                           0.05 * std::sin(1000 * turn);
        for (int c = 0; c < 2; ++c)
            audio.channel(c)[n] = static_cast<float>(sum);
    }
    return audio;
}

TEST(MasteringChain, DynamicsLeaveTheToneWithinABand) {
    constexpr std::size_t k63Hz = 5;
    constexpr std::size_t k100Hz = 7;
    const analysis::TrackAnalysis source = measure(pulsatingBass());
    std::array<double, 2> balance{};
    for (const double ratio : {1.0, 2.0}) {
        PlanRequest request = builtInRequest("punchy");
        request.preset.ratio = ratio;
        request.targetLufs = -23; // the limiter rests
        const analysis::TrackAnalysis after =
            measure(mastered(makePlan(source, request), pulsatingBass()));
        balance[ratio == 2.0] = after.midDb[k63Hz] - after.midDb[k100Hz];
    }
    EXPECT_NEAR(balance[1], balance[0], 0.15);
}

/// Up and down as a sine of so many radians per third octave.
ToneCurve toneThatBends(double bend) {
    ToneCurve tone;
    for (std::size_t band = 0; band < tone.mid.size(); ++band) {
        tone.mid[band] = 3 * std::sin(bend * static_cast<double>(band));
        tone.side[band] = 2 * std::cos(bend * static_cast<double>(band));
    }
    return tone;
}

TEST(MasteringChain, TheSameBitsOnEveryInstructionSet) {
    // The hot loops are written for several instruction sets; the sanitizer presets take the plain
    // versions of what the compiler makes vectors of.
    MasteringPlan plan;
    plan.sampleRateHz = kRate;
    plan.numChannels = 2;
    plan.dcOffset = {0.001, -0.002};
    for (dsp::BandSettings& band : plan.dynamics.bands)
        band = {-30, 2, 20, 200, 0, 0.9};
    plan.dynamics.evenHarmonics = 0.05;
    plan.limiter = {-1, 12, 4, 100};
    struct Case {
        double bend;
        std::size_t numSections;
        const char* bits;
    };
    const std::array<Case, 3> kCases{{
        {0.2, 15, "3479842cebcb4eccb1a883307496bfb2"},
        {0.6, 23, "b52684a4c667abdd7f64da20f3c82c14"},
        {2.5, 30, "8232c0e7e4a279e581fb016c50b329eb"},
    }};
    for (const auto& [bend, numSections, expected] : kCases) {
        plan.tone = toneThatBends(bend);
        EXPECT_EQ(designTone(kRate, plan.tone.mid).size(), numSections);
        EXPECT_EQ(designTone(kRate, plan.tone.side).size(), numSections);
        test::onEveryInstructionSet([&, &expected = expected] {
            const AudioBuffer out = mastered(plan, test::noise(2, kRate, 0.5));
            Hasher hasher;
            for (int c = 0; c < 2; ++c)
                hasher.bytes(
                    std::as_bytes(std::span(out.channel(c), static_cast<std::size_t>(kRate))));
            EXPECT_EQ(hasher.finish().hex(), expected);
        });
    }
}

TEST(MasteringChain, ProcessDoesNotAllocate) {
    const MasteringPlan plan = makePlan(measure(music(0.3, 2, 5)), "warm", 1.0);
    MasteringChain chain(plan);
    AudioBuffer audio = music(0.3, 2, 2);
    const std::int64_t before = test::allocationsOfThisThread();
    chain.reset(9);
    chain.process(audio.block());
    EXPECT_EQ(test::allocationsOfThisThread(), before);
}

} // namespace
} // namespace segue::mastering
