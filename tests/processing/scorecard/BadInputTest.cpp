// Sounds that are hardly music through the shipped path, every preset: what comes out is what
// docs/MASTERING.md, "Bad input", says.

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "processing/scorecard/Scorecard.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::scorecard {
namespace {

const std::atomic<bool> kNever{false};
constexpr int kRateHz = 44100;
constexpr std::int64_t kFrames = 8 * kRateHz;
constexpr int kDitherSteps = 2; // of 16 bits, either way

using Pcm = std::vector<std::int16_t>; // interleaved

/// Which of the scorecard's rows hold. `tone` and `lra` are about music, and none of this is.
enum class Rows {
    Hold,
    /// But for `foreseen-tone`: spectra are kept by the second, and what lies on the onsets of
    /// bursts only is turned down otherwise than the mean of their second; the harmonics of `warm`
    /// fill third octaves in which the source has nothing that could be foreseen to change.
    ToneNotForeseen,
    /// But for all of `foreseen-...`: a click is one sample, and curves of 20 and 100 ms cannot say
    /// how much of it limiter and dynamics meet.
    NothingForeseen,
    None, ///< next to nothing is left of the source
};

bool holds(Rows rows, std::string_view row) {
    if (rows == Rows::None || row == "tone" || row == "lra")
        return false;
    if (rows == Rows::NothingForeseen)
        return !row.starts_with("foreseen-");
    return rows == Rows::Hold || row != "foreseen-tone";
}

class BadInput : public testing::Test {
  protected:
    std::filesystem::path write(const AudioBuffer& audio, int rate = kRateHz,
                                int format = SF_FORMAT_WAV | SF_FORMAT_FLOAT) const {
        auto path = dir_.path() / "track";
        SF_INFO info{};
        info.samplerate = rate;
        info.channels = audio.numChannels();
        info.format = format;
        SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
        std::vector<float> interleaved;
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            for (int c = 0; c < audio.numChannels(); ++c)
                interleaved.push_back(audio.channel(c)[n]);
        EXPECT_EQ(sf_writef_float(file, interleaved.data(), audio.numFrames()), audio.numFrames());
        sf_close(file);
        return path;
    }

    /// Every preset's master; what holds for all sounds has been expected of them.
    TrackScore mastered(const AudioBuffer& audio, int rate = kRateHz, Rows rows = Rows::Hold) {
        ScoreOptions options;
        for (const mastering::Preset& preset : mastering::builtInPresets())
            options.requests.push_back(mastering::builtInRequest(preset.name));
        options.nullTested = [](std::size_t request) { return request % 3 == 0; };
        delivered_.clear();
        options.keep = [this](const mastering::PlanRequest& request, const encode::StreamFormat&,
                              std::int64_t) -> Result<PcmKeeper> {
            Pcm& pcm = delivered_[request.preset.name];
            return [&pcm](std::span<const std::byte> bytes) -> Result<void> {
                const std::size_t before = pcm.size();
                pcm.resize(before + bytes.size() / sizeof(std::int16_t));
                std::memcpy(pcm.data() + before, bytes.data(), bytes.size());
                return {};
            };
        };
        const auto track = score(write(audio, rate), options, kNever);
        EXPECT_TRUE(track) << track.error().message;
        if (!track)
            return {};
        for (const MasterScore& master : track->masters) {
            EXPECT_EQ(delivered_[master.preset].size(),
                      static_cast<std::size_t>(audio.numFrames() * audio.numChannels()));
            EXPECT_LE(master.after.truePeakDbtp, master.ceilingDbtp + 0.1) << master.preset;
            for (const Check& check : checksOf(*track, master))
                if (holds(rows, check.name)) {
                    EXPECT_TRUE(check.passed) << master.preset << ": " << check.title << " is "
                                              << check.value << " " << check.note;
                }
        }
        return *track;
    }

    test::TempDir dir_;
    std::map<std::string, Pcm> delivered_;
};

AudioBuffer music(float gain = 1, int channels = 2, std::int64_t frames = kFrames,
                  int rate = kRateHz) {
    AudioBuffer audio = test::musicLike(channels, frames, rate);
    for (int c = 0; c < channels; ++c)
        for (std::int64_t n = 0; n < frames; ++n)
            audio.channel(c)[n] *= gain;
    return audio;
}

void expectOnTarget(const TrackScore& track) {
    for (const MasterScore& master : track.masters)
        EXPECT_NEAR(master.after.integratedLufs, master.targetLufs, 0.5) << master.preset;
}

bool names(const MasterScore& master, std::string_view rule) {
    for (const std::string& held : master.heldBackBy)
        if (held.starts_with(rule))
            return true;
    return false;
}

TEST_F(BadInput, SilenceStaysSilence) {
    mastered(AudioBuffer(2, kFrames));
    for (const auto& [preset, pcm] : delivered_)
        for (const std::int16_t sample : pcm)
            ASSERT_LE(std::abs(sample), kDitherSteps) << preset;
}

TEST_F(BadInput, AnOffsetGoesAndWhatLiesOnItStays) {
    AudioBuffer audio = music(0.3F);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < kFrames; ++n)
            audio.channel(c)[n] += c == 0 ? 0.25F : -0.1F;
    const TrackScore track = mastered(audio, kRateHz, Rows::ToneNotForeseen);
    expectOnTarget(track);
    for (const MasterScore& master : track.masters)
        for (const double offset : master.after.dcOffset)
            EXPECT_LT(std::abs(offset), 0.001) << master.preset;
}

TEST_F(BadInput, NothingButAnOffsetIsHardlyHeard) {
    AudioBuffer audio(2, kFrames);
    for (int c = 0; c < 2; ++c)
        std::fill_n(audio.channel(c), kFrames, 0.5F);
    for (const MasterScore& master : mastered(audio, kRateHz, Rows::None).masters) {
        EXPECT_LT(master.after.integratedLufs, -30) << master.preset;
        EXPECT_LT(std::abs(master.after.dcOffset[0]), 0.001) << master.preset;
    }
}

TEST_F(BadInput, ClicksAreNotBlownUp) {
    AudioBuffer audio(2, kFrames);
    for (std::int64_t n = 1000; n < kFrames; n += kRateHz)
        audio.channel(0)[n] = audio.channel(1)[n] = 0.9F;
    for (const MasterScore& master : mastered(audio, kRateHz, Rows::NothingForeseen).masters)
        EXPECT_TRUE(names(master, "loudness")) << master.preset;
}

TEST_F(BadInput, FullScaleSquaresAreTurnedDownToTheTarget) {
    AudioBuffer audio(2, kFrames);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < kFrames; ++n)
            audio.channel(c)[n] = n / 50 % 2 ? 1.0F : -1.0F;
    expectOnTarget(mastered(audio, kRateHz, Rows::ToneNotForeseen));
}

TEST_F(BadInput, AClippedMasterIsNotCompressedFurther) {
    AudioBuffer audio = music(8);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < kFrames; ++n)
            audio.channel(c)[n] = std::clamp(audio.channel(c)[n], -1.0F, 1.0F);
    const TrackScore track = mastered(audio);
    EXPECT_GT(track.before.clippedRuns, 1000);
    expectOnTarget(track);
    for (const MasterScore& master : track.masters)
        EXPECT_GT(master.after.plrDb(), track.before.plrDb() - 0.5) << master.preset;
}

TEST_F(BadInput, NanAndInfinityAreHolesOfOneSample) {
    AudioBuffer audio = music();
    const TrackScore clean = mastered(audio, kRateHz, Rows::ToneNotForeseen);
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    audio.channel(0)[100'000] = std::numeric_limits<float>::quiet_NaN();
    audio.channel(1)[200'000] = kInfinity;
    audio.channel(0)[300'000] = -kInfinity;
    const TrackScore spoilt = mastered(audio, kRateHz, Rows::ToneNotForeseen);
    for (std::size_t i = 0; i < spoilt.masters.size(); ++i)
        EXPECT_NEAR(spoilt.masters[i].after.integratedLufs, clean.masters[i].after.integratedLufs,
                    0.05);
}

TEST_F(BadInput, HugeFloatsStayBelowTheCeiling) {
    AudioBuffer audio = music();
    audio.channel(0)[100'000] = 1e30F;
    audio.channel(1)[200'000] = -std::numeric_limits<float>::max();
    mastered(audio, kRateHz, Rows::None);
}

TEST_F(BadInput, MonoInStereoStaysMono) {
    AudioBuffer audio = music();
    std::copy_n(audio.channel(0), kFrames, audio.channel(1));
    expectOnTarget(mastered(audio));
    for (const auto& [preset, pcm] : delivered_)
        for (std::size_t i = 0; i < pcm.size(); i += 2)
            ASSERT_LE(std::abs(pcm[i] - pcm[i + 1]), kDitherSteps) << preset;
}

TEST_F(BadInput, OfADeadChannelOnlyBassIsShared) {
    for (const int dead : {0, 1}) {
        AudioBuffer audio = music();
        std::fill_n(audio.channel(dead), kFrames, 0.0F);
        expectOnTarget(mastered(audio));
        for (const auto& [preset, pcm] : delivered_) {
            double alive = 0;
            double leaked = 0;
            for (std::size_t i = 0; i < pcm.size(); i += 2) {
                alive += std::pow(pcm[i + static_cast<std::size_t>(1 - dead)], 2);
                leaked += std::pow(pcm[i + static_cast<std::size_t>(dead)], 2);
            }
            EXPECT_LT(10 * std::log10(leaked / alive), -9.5) << preset;
        }
    }
}

TEST_F(BadInput, OppositePhaseKeepsItsImage) {
    AudioBuffer audio = music();
    for (std::int64_t n = 0; n < kFrames; ++n)
        audio.channel(1)[n] = -audio.channel(0)[n];
    const TrackScore track = mastered(audio);
    expectOnTarget(track);
    for (const MasterScore& master : track.masters)
        EXPECT_NEAR(master.after.correlation, -1, 1e-4) << master.preset;
    for (const auto& [preset, pcm] : delivered_)
        for (std::size_t i = 0; i < pcm.size(); i += 2)
            ASSERT_LE(std::abs(pcm[i] + pcm[i + 1]), 2 * kDitherSteps) << preset;
}

TEST_F(BadInput, FivePointOneKeepsItsChannelsApart) {
    AudioBuffer audio = music(1, 6, kFrames, 48000);
    constexpr int kCentre = 2;
    std::fill_n(audio.channel(kCentre), kFrames, 0.0F);
    const TrackScore track = mastered(audio, 48000);
    expectOnTarget(track);
    for (const auto& [preset, pcm] : delivered_)
        for (std::size_t i = kCentre; i < pcm.size(); i += 6)
            ASSERT_LE(std::abs(pcm[i]), kDitherSteps) << preset;
}

TEST_F(BadInput, EveryRateReachesTheTarget) {
    for (const int rate : {8000, 11025, 16000, 22050, 32000, 88200, 96000, 176400, 192000}) {
        SCOPED_TRACE(rate);
        expectOnTarget(mastered(music(1, 2, 5L * rate, rate), rate, Rows::ToneNotForeseen));
    }
}

TEST_F(BadInput, OneFrameIsOneFrame) {
    for (const int channels : {1, 2, 6}) {
        const TrackScore track = mastered(music(1, channels, 1));
        EXPECT_TRUE(track.bypassIsSource.value_or(false));
    }
}

TEST_F(BadInput, TwoHoursAreWholeToTheLastFrame) {
    // Music, silence and music again; the file has a hole between them.
    constexpr int kLowRateHz = 8000;
    constexpr std::int64_t kMinute = 60L * kLowRateHz;
    constexpr std::int64_t kAll = 120 * kMinute;
    const AudioBuffer minute = test::musicLike(1, kMinute, kLowRateHz);
    const auto path = dir_.path() / "track";
    SF_INFO info{};
    info.samplerate = kLowRateHz;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    SNDFILE* file = sf_open(path.c_str(), SFM_RDWR, &info);
    sf_writef_float(file, minute.channel(0), kMinute);
    ASSERT_EQ(sf_seek(file, kAll - kMinute, SEEK_SET | SFM_WRITE), kAll - kMinute);
    sf_writef_float(file, minute.channel(0), kMinute);
    sf_close(file);

    Pcm pcm;
    ScoreOptions options;
    options.requests = {mastering::builtInRequest("adaptive")};
    options.nullTested = [](std::size_t) { return false; };
    options.keep = [&](const mastering::PlanRequest&, const encode::StreamFormat&,
                       std::int64_t frames) -> Result<PcmKeeper> {
        EXPECT_EQ(frames, kAll);
        return [&](std::span<const std::byte> bytes) -> Result<void> {
            pcm.resize(pcm.size() + bytes.size() / sizeof(std::int16_t));
            std::memcpy(&*pcm.end() - bytes.size() / sizeof(std::int16_t), bytes.data(),
                        bytes.size());
            return {};
        };
    };
    const auto track = score(path, options, kNever);
    ASSERT_TRUE(track) << track.error().message;
    ASSERT_EQ(pcm.size(), static_cast<std::size_t>(kAll));
    EXPECT_NEAR(track->masters[0].after.integratedLufs, track->masters[0].targetLufs, 0.5);
    // The two minutes come out alike, hours apart.
    double difference = 0;
    double power = 0;
    for (std::size_t n = 0; n < static_cast<std::size_t>(kMinute); ++n) {
        const double late = pcm[pcm.size() - static_cast<std::size_t>(kMinute) + n];
        difference += std::pow(late - pcm[n], 2);
        power += late * late;
    }
    EXPECT_LT(10 * std::log10(difference / power), -60);
}

} // namespace
} // namespace segue::scorecard
