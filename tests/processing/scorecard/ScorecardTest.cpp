// The scorecard measures sound that is known, and its rows fail when they should.

#include "processing/scorecard/Scorecard.h"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sndfile.h>

#include "generation/pieces/Pieces.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::scorecard {
namespace {

const std::atomic<bool> kNever{false};
constexpr int kRateHz = 44100;

class ScorecardTest : public testing::Test {
  protected:
    std::filesystem::path write(const AudioBuffer& audio, int rate = kRateHz) const {
        auto path = dir_.path() / "track.flac";
        SF_INFO info{};
        info.samplerate = rate;
        info.channels = audio.numChannels();
        info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
        SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
        std::vector<float> interleaved;
        for (std::int64_t i = 0; i < audio.numFrames(); ++i)
            for (int c = 0; c < audio.numChannels(); ++c)
                interleaved.push_back(audio.channel(c)[i]);
        EXPECT_EQ(sf_writef_float(file, interleaved.data(), audio.numFrames()), audio.numFrames());
        sf_close(file);
        return path;
    }

    static TrackScore scored(const std::filesystem::path& path, const ScoreOptions& options) {
        auto track = score(path, options, kNever);
        EXPECT_TRUE(track) << track.error().message;
        return track ? std::move(*track) : TrackScore{};
    }

    test::TempDir dir_;
};

const Check* find(const std::vector<Check>& checks, std::string_view name) {
    for (const Check& check : checks)
        if (check.name == name)
            return &check;
    return nullptr;
}

TEST_F(ScorecardTest, MeasuresWhatIsDelivered) {
    const auto path = write(test::musicLike(2, 65 * kRateHz, kRateHz));
    ScoreOptions options;
    options.requests = {mastering::builtInRequest("adaptive"), mastering::builtInRequest("bright")};
    std::vector<std::byte> kept;
    options.keep = [&](const mastering::PlanRequest& request, const encode::StreamFormat& format,
                       std::int64_t numFrames) -> Result<PcmKeeper> {
        EXPECT_EQ(format.pcm, encode::PcmFormat::Int16);
        EXPECT_EQ(numFrames, 65 * kRateHz);
        if (request.preset.name != "bright")
            return PcmKeeper{};
        return [&](std::span<const std::byte> bytes) -> Result<void> {
            kept.insert(kept.end(), bytes.begin(), bytes.end());
            return {};
        };
    };
    const TrackScore track = scored(path, options);
    EXPECT_TRUE(track.bypassIsSource.value_or(false));
    ASSERT_EQ(track.masters.size(), 2u);
    for (const MasterScore& master : track.masters) {
        EXPECT_NEAR(master.after.integratedLufs, master.targetLufs, 0.6) << master.preset;
        EXPECT_EQ(master.after.bitsPerSample, 16);
        EXPECT_EQ(master.after.numFrames, 65 * kRateHz);
        EXPECT_LE(master.residualDbfs.value_or(0), -90);
        EXPECT_TRUE(master.sameInOtherOrder.value_or(false));
        EXPECT_GT(master.timesRealTime, 1);
    }
    EXPECT_EQ(kept.size(), static_cast<std::size_t>(4 * 65 * kRateHz));
    EXPECT_TRUE(track.masters[0].tone.empty());
    ASSERT_EQ(track.masters[1].tone.size(), 5u);
    EXPECT_NE(track.masters[0].pcm, track.masters[1].pcm);
}

TEST_F(ScorecardTest, WithoutNullTestsTheBytesAreTheSame) {
    const auto path = write(test::musicLike(2, 35 * kRateHz, kRateHz));
    ScoreOptions options;
    options.requests = {mastering::builtInRequest("warm")};
    const TrackScore with = scored(path, options);
    options.nullTested = [](std::size_t) { return false; };
    const TrackScore without = scored(path, options);
    EXPECT_EQ(with.masters[0].pcm, without.masters[0].pcm);
    EXPECT_FALSE(without.bypassIsSource);
    EXPECT_FALSE(without.masters[0].residualDbfs);
    EXPECT_FALSE(without.masters[0].sameInOtherOrder);
    // Adaptive was rendered for the comparison although nobody asked for it.
    EXPECT_EQ(without.masters[0].tone.size(), 5u);
    EXPECT_EQ(without.masters.size(), 1u);
}

TEST_F(ScorecardTest, ToneIsWhatTheSpectrumShows) {
    // Noise is in every band, and its level never moves, so dynamics have nothing to do.
    const auto path = write(test::noise(2, 31 * kRateHz, 0.2));
    ScoreOptions options;
    options.requests = {mastering::builtInRequest("adaptive"), mastering::builtInRequest("bright")};
    options.nullTested = [](std::size_t) { return false; };
    const TrackScore track = scored(path, options);
    for (const ToneMeasure& tone : track.masters[1].tone)
        EXPECT_NEAR(tone.alignedDb, tone.statedDb, 0.5) << tone.frequencyHz;
}

TEST_F(ScorecardTest, PicturesAreForeseenOfComposedMusic) {
    const std::atomic<bool> cancel{false};
    generation::Session session(cancel, {});
    // Quieter than every preset wants it.
    const auto path = write(generation::renderNeonTide(session).gainDb(-6).buffer());
    ScoreOptions options;
    for (const mastering::Preset& preset : mastering::builtInPresets())
        options.requests.push_back(mastering::builtInRequest(preset.name));
    options.nullTested = [](std::size_t) { return false; };
    const TrackScore track = scored(path, options);
    mastering::MasteringPlan nothing;
    nothing.intensity = 0;
    for (const MasterScore& master : track.masters) {
        for (const Check& check : checksOf(track, master)) {
            EXPECT_TRUE(check.passed || !check.name.starts_with("foreseen"))
                << master.preset << ": " << check.title << " is " << check.value;
        }
        // Who foresees that nothing happens is not let through.
        const ForesightError blind = foresightError(track.before, nothing, master.after);
        EXPECT_GT(blind.loudnessLu, 0.5) << master.preset;
        EXPECT_LT(blind.shortTermPart, 0.5) << master.preset;
        EXPECT_GT(blind.thirdOctavesDb, 1) << master.preset;
        EXPECT_GT(blind.peaksDb, 1) << master.preset;
    }
}

TEST_F(ScorecardTest, OddSoundsHaveTheirRows) {
    ScoreOptions options;
    options.requests = {mastering::builtInRequest("adaptive"), mastering::builtInRequest("warm"),
                        mastering::builtInRequest("live", 0)};
    const TrackScore silent = scored(write(AudioBuffer(2, 3 * kRateHz)), options);
    for (const MasterScore& master : silent.masters) {
        const auto checks = checksOf(silent, master);
        ASSERT_NE(find(checks, "silence"), nullptr);
        for (const Check& check : checks)
            EXPECT_TRUE(check.passed) << check.name;
    }
    EXPECT_EQ(nlohmann::json::parse(toJson(silent))["masters"].size(), 3u);
    const TrackScore frame = scored(write(test::sine(1, 1, 100, 8000, 0.5, 1), 8000), options);
    EXPECT_TRUE(frame.bypassIsSource.value_or(false));
    EXPECT_EQ(test::codeOf(score(dir_.path() / "missing.flac", options, kNever)),
              ErrorCode::NotFound);
}

/// A track as good as it gets; tests then spoil one thing.
TrackScore goodTrack() {
    TrackScore track;
    track.path = "good.flac";
    track.before.integratedLufs = -20;
    track.before.truePeakDbtp = -4;
    track.before.loudnessRangeLu = 10;
    track.before.numChannels = 2;
    track.before.sampleRateHz = kRateHz;
    track.bypassIsSource = true;
    MasterScore master;
    master.preset = "warm";
    master.targetLufs = -14;
    master.ceilingDbtp = -1;
    master.after = track.before;
    master.after.integratedLufs = -14.1;
    master.after.truePeakDbtp = -1;
    master.after.loudnessRangeLu = 8;
    master.residualDbfs = -120;
    master.sameInOtherOrder = true;
    master.tone = {{60, 1.5, 1.4, 1.4, true}, {12000, -1, 0, 0.2, false}};
    track.masters.push_back(master);
    return track;
}

std::string failedOf(const TrackScore& track) {
    std::string names;
    for (const Check& check : checksOf(track, track.masters.front()))
        if (!check.passed)
            names += check.name + " ";
    return names;
}

TEST(ScorecardRows, AGoodMasterPasses) {
    const TrackScore track = goodTrack();
    EXPECT_EQ(failedOf(track), "");
    for (const Summary& row : summarise({track}))
        EXPECT_TRUE(row.passed) << row.name;
}

TEST(ScorecardRows, EachFaultFailsItsRow) {
    const auto spoiled = [](auto spoil) {
        TrackScore track = goodTrack();
        spoil(track, track.masters.front());
        return failedOf(track);
    };
    using Track = TrackScore;
    using Master = MasterScore;
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.after.integratedLufs = -14.6; }),
              "loudness-error ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.after.truePeakDbtp = -0.85; }), "true-peak ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.targetLufs = m.after.integratedLufs = -8; }),
              "plr ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.after.loudnessRangeLu = 4.9; }), "lra ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.after.correlation = 0.85; }), "correlation ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.after.monoFoldLossLu = 0.6; }), "mono-fold ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.residualDbfs = -89; }), "residual ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.sameInOtherOrder = false; }), "order ");
    EXPECT_EQ(spoiled([](Track& t, Master&) { t.bypassIsSource = false; }), "bypass ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.tone[0].alignedDb = 0.7; }), "tone ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.tone[1].audible = true; }), "tone ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.foresight.loudnessLu = 0.6; }),
              "foreseen-loudness ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.foresight.shortTermPart = 0.89; }),
              "foreseen-curve ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.foresight.thirdOctavesDb = 1.1; }),
              "foreseen-tone ");
    EXPECT_EQ(spoiled([](Track&, Master& m) { m.foresight.peaksDb = 1.1; }), "foreseen-peaks ");
    EXPECT_EQ(spoiled([](Track& t, Master& m) {
                  t.before.integratedLufs = -120;
                  m.after.samplePeakDbfs = -70;
              }),
              "silence ");
}

TEST(ScorecardRows, ARuleThatHeldTheLoudnessBackIsNamed) {
    TrackScore track = goodTrack();
    track.masters[0].after.integratedLufs = -16;
    track.masters[0].heldBackBy = {"dynamics: something else"};
    EXPECT_EQ(failedOf(track), "loudness-error ");
    track.masters[0].heldBackBy.push_back("loudness: at most 18 dB of gain");
    EXPECT_EQ(failedOf(track), "");
    const auto checks = checksOf(track, track.masters[0]);
    EXPECT_EQ(find(checks, "loudness-error")->note, "loudness: at most 18 dB of gain");
    for (const Summary& row : summarise({track}))
        EXPECT_NE(row.name, "loudness-error") << "it tells nothing about targets that are met";
}

TEST(ScorecardRows, ASourceWithLessPlrThanTheFloorMayKeepIt) {
    TrackScore track = goodTrack();
    track.before.truePeakDbtp = -14;
    track.masters[0].after.truePeakDbtp = -7.9;
    EXPECT_EQ(failedOf(track), "");
}

TEST(ScorecardRows, SummariesTellTheWorst) {
    std::vector<TrackScore> tracks(40, goodTrack());
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        tracks[i].masters[0].pcm = {1, i};
        tracks[i].masters[0].after.integratedLufs = -14 + 0.0099 * static_cast<double>(i);
    }
    tracks[7].path = "bad.flac";
    tracks[7].masters[0].after.truePeakDbtp = 0;
    for (const Summary& row : summarise(tracks)) {
        EXPECT_EQ(row.passed, row.name != "true-peak" && row.name != "loudness-usual") << row.name;
        if (row.name == "true-peak") {
            EXPECT_DOUBLE_EQ(row.worst, 1);
            EXPECT_DOUBLE_EQ(row.median, 0);
            EXPECT_EQ(row.failed, 1);
            EXPECT_EQ(row.worstWhere, "bad.flac, warm");
        } else if (row.name == "loudness-error") {
            EXPECT_NEAR(row.worst, 0.3861, 1e-9);
            EXPECT_NEAR(row.p95, 0.3663, 1e-9);
            EXPECT_NEAR(row.median, 0.1881, 1e-9);
        } else if (row.name == "loudness-usual") {
            EXPECT_NEAR(row.worst, 31.0 / 40, 1e-9); // 0 .. 0.297
        }
    }
}

TEST(ScorecardRows, TwoPresetsWithTheSameBytesFail) {
    TrackScore track = goodTrack();
    track.masters.push_back(track.masters[0]);
    track.masters[1].preset = "bright";
    bool failed = false;
    for (const Summary& row : summarise({track}))
        failed = failed || (row.name == "presets-differ" && !row.passed);
    EXPECT_TRUE(failed);
}

} // namespace
} // namespace segue::scorecard
