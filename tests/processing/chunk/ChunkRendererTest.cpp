// Chunks against one pass over the whole file: the heart of Segue.

#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/mastering/MasteringChain.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::chunk {
namespace {

using encode::PcmFormat;

const std::atomic<bool> kNever{false};

void writeSound(const std::filesystem::path& path, const AudioBuffer& audio, int rate, int format) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = audio.numChannels();
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    std::vector<float> frame(static_cast<std::size_t>(audio.numChannels()) * 4096);
    for (std::int64_t at = 0; at < audio.numFrames(); at += 4096) {
        const std::int64_t count = std::min<std::int64_t>(4096, audio.numFrames() - at);
        for (std::int64_t i = 0; i < count; ++i)
            for (int c = 0; c < audio.numChannels(); ++c)
                frame[static_cast<std::size_t>(i * audio.numChannels() + c)] =
                    audio.channel(c)[at + i];
        sf_writef_float(file, frame.data(), count);
    }
    sf_close(file);
}

/// A built-in preset by its name; "reference": as loud, dark and wide as nothing here is;
/// "slowest": the longest time constants that a listener's own preset may have.
mastering::PlanRequest requestFor(const std::string& name, double intensity) {
    mastering::PlanRequest request;
    if (name == "slowest") {
        request.preset.ratio = 4;
        request.preset.attackMs = 100;
        request.preset.releaseMs = 400;
    } else if (name == "reference") {
        mastering::ReferenceProfile profile;
        for (std::size_t band = 0; band < profile.midDb.size(); ++band) {
            profile.midDb[band] = -20.0 - static_cast<double>(band);
            profile.sideDb[band] = profile.midDb[band] - 6;
        }
        profile.integratedLufs = -9;
        profile.loudnessRangeLu = 1;
        profile.monoFoldLossLu = 1;
        request.reference = std::make_shared<mastering::ReferenceProfile>(profile);
    } else {
        request = mastering::builtInRequest(name);
    }
    request.intensity = intensity;
    return request;
}

/// A track on disk with its plan; renders streams of it.
class Track {
  public:
    Track(const AudioBuffer& audio, int rate, const std::string& preset, double intensity,
          int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16)
        : path_(dir_.path() / "track"), rate_(rate), numChannels_(audio.numChannels()) {
        writeSound(path_, audio, rate, format);
        auto source = decode::openSource(path_);
        EXPECT_TRUE(source) << source.error().message;
        const auto analysis = analysis::analyse(**source, analysis::Coverage::Full, kNever);
        EXPECT_TRUE(analysis) << analysis.error().message;
        numFrames_ = analysis->numFrames;
        plan_ = std::make_shared<mastering::MasteringPlan>(
            mastering::makePlan(*analysis, requestFor(preset, intensity)));
    }

    const std::filesystem::path& path() const { return path_; }
    std::int64_t numFrames() const { return numFrames_; }
    ChunkGeometry geometry() const { return {rate_, numFrames_}; }
    const mastering::MasteringPlan& plan() const { return *plan_; }

    RenderRequest request(std::int64_t chunk, PcmFormat pcm) const {
        return {path_, *stampOf(path_), plan_, {rate_, numChannels_, pcm}, numFrames_, chunk};
    }

    std::vector<std::byte> payload(std::int64_t chunk, PcmFormat pcm) const {
        std::vector<std::byte> bytes;
        const auto done = renderChunk(
            request(chunk, pcm),
            [&](std::span<const std::byte> piece) -> Result<void> {
                bytes.insert(bytes.end(), piece.begin(), piece.end());
                return {};
            },
            kNever);
        EXPECT_TRUE(done) << done.error().message;
        EXPECT_EQ(static_cast<std::int64_t>(bytes.size()),
                  ChunkLayout(geometry(), request(chunk, pcm).format, chunk).payloadBytes());
        return bytes;
    }

    /// The samples of the stream, chunk by chunk with crossfaded seams.
    std::vector<std::byte> stream(PcmFormat pcm) const {
        const encode::StreamFormat format{rate_, numChannels_, pcm};
        const ChunkGeometry g = geometry();
        std::vector<std::byte> out;
        std::vector<std::byte> before;
        for (std::int64_t chunk = 0; chunk < g.numChunks(); ++chunk) {
            const std::vector<std::byte> now = payload(chunk, pcm);
            const ChunkLayout layout(g, format, chunk);
            if (chunk > 0) {
                const FrameRange seam = g.seam(chunk);
                const ChunkLayout previous(g, format, chunk - 1);
                std::vector<std::byte> blended(
                    static_cast<std::size_t>(seam.length() * format.bytesPerFrame()));
                blendSeam(
                    seam, seam,
                    std::span(before).subspan(static_cast<std::size_t>(previous.tailOffset())),
                    std::span(now).first(static_cast<std::size_t>(layout.midOffset())), format,
                    ditherOf(*plan_), blended.data());
                out.insert(out.end(), blended.begin(), blended.end());
            }
            out.insert(out.end(), now.begin() + layout.midOffset(),
                       now.begin() + layout.tailOffset());
            before = now;
        }
        return out;
    }

    /// The whole file through one chain, float32 interleaved.
    std::vector<float> onePass() const {
        auto source = decode::openSource(path_);
        mastering::MasteringChain chain(*plan_);
        chain.reset(0);
        AudioBuffer buffer(numChannels_, 5000);
        std::vector<float> out;
        std::int64_t at = -chain.latencyFrames();
        while (at < numFrames_) {
            const auto count = (*source)->read(buffer.block());
            for (int c = 0; c < numChannels_; ++c)
                std::fill(buffer.channel(c) + *count, buffer.channel(c) + 5000, 0.0f);
            chain.process(buffer.block());
            for (std::int64_t i = 0; i < 5000; ++i, ++at)
                if (at >= 0 && at < numFrames_)
                    for (int c = 0; c < numChannels_; ++c)
                        out.push_back(buffer.channel(c)[i]);
        }
        return out;
    }

  private:
    test::TempDir dir_;
    std::filesystem::path path_;
    int rate_;
    int numChannels_;
    std::int64_t numFrames_ = 0;
    std::shared_ptr<mastering::MasteringPlan> plan_;
};

std::vector<float> asFloats(const std::vector<std::byte>& bytes) {
    std::vector<float> floats(bytes.size() / 4);
    std::memcpy(floats.data(), bytes.data(), floats.size() * 4);
    return floats;
}

class AgainstOnePass : public testing::TestWithParam<std::tuple<int, int, std::string>> {};

TEST_P(AgainstOnePass, ResidualIsBelowMinus90Dbfs) {
    const auto [rate, channels, preset] = GetParam();
    const Track track(test::musicLike(channels, 97 * rate + 1234, rate), rate, preset, 1.0);
    const std::vector<float> chunked = asFloats(track.stream(PcmFormat::Float32));
    const std::vector<float> whole = track.onePass();
    ASSERT_EQ(chunked.size(), whole.size());
    EXPECT_LT(test::toDb(test::peakDifference(chunked.data(), whole.data(),
                                              static_cast<std::int64_t>(whole.size()))),
              -90);
}

INSTANTIATE_TEST_SUITE_P(
    PresetsAndRates, AgainstOnePass,
    testing::Values(std::tuple{44100, 2, "adaptive"}, std::tuple{44100, 2, "gentle"},
                    std::tuple{44100, 2, "warm"}, std::tuple{44100, 2, "bright"},
                    std::tuple{44100, 2, "punchy"}, std::tuple{44100, 2, "live"},
                    std::tuple{44100, 2, "reference"}, std::tuple{44100, 2, "slowest"},
                    std::tuple{48000, 2, "adaptive"}, std::tuple{48000, 2, "reference"},
                    std::tuple{48000, 2, "punchy"}, std::tuple{96000, 2, "warm"},
                    std::tuple{96000, 2, "reference"}, std::tuple{192000, 2, "live"},
                    std::tuple{8000, 1, "adaptive"}, std::tuple{22050, 6, "live"}));

TEST(ChunkRenderer, EveryEdgeLengthGivesExactlyItsFrames) {
    constexpr std::int64_t kRate = 8000;
    constexpr std::int64_t kL = 30 * kRate;
    constexpr std::int64_t kX = kRate;
    const AudioBuffer music = test::musicLike(1, 3 * kL, kRate);
    for (const std::int64_t n :
         {std::int64_t{1}, kL - 1, kL, kL + 1, kL + kX - 1, kL + kX, kL + kX + 1, 2 * kL, 3 * kL}) {
        AudioBuffer part(1, n);
        std::copy_n(music.channel(0), n, part.channel(0));
        const Track track(part, kRate, "adaptive", 1.0);
        ASSERT_EQ(track.numFrames(), n);
        const std::vector<float> chunked = asFloats(track.stream(PcmFormat::Float32));
        const std::vector<float> whole = track.onePass();
        ASSERT_EQ(chunked.size(), static_cast<std::size_t>(n));
        EXPECT_LT(test::toDb(test::peakDifference(chunked.data(), whole.data(), n)), -90) << n;
    }
}

TEST(ChunkRenderer, TheSameBytesInEveryOrder) {
    const Track track(test::musicLike(2, 65 * 22050, 22050), 22050, "warm", 0.8);
    std::map<std::int64_t, std::vector<std::byte>> first;
    for (const std::int64_t chunk : {2, 0, 1})
        first[chunk] = track.payload(chunk, PcmFormat::Int16);
    for (const std::int64_t chunk : {0, 1, 2, 1})
        EXPECT_EQ(track.payload(chunk, PcmFormat::Int16), first[chunk]);
}

TEST(ChunkRenderer, IntensityZeroIsTheSourceBitForBit) {
    constexpr int kRate = 16000;
    const AudioBuffer music = test::musicLike(2, 62 * kRate, kRate);
    for (const auto& [format, pcm] :
         {std::pair{SF_FORMAT_WAV | SF_FORMAT_PCM_16, PcmFormat::Int16},
          std::pair{SF_FORMAT_FLAC | SF_FORMAT_PCM_24, PcmFormat::Int24},
          std::pair{SF_FORMAT_WAV | SF_FORMAT_FLOAT, PcmFormat::Float32}}) {
        const Track track(music, kRate, "punchy", 0.0, format);
        auto source = decode::openSource(track.path());
        AudioBuffer decoded(2, track.numFrames());
        ASSERT_EQ((*source)->read(decoded.block()), track.numFrames());
        std::vector<std::byte> expected(
            static_cast<std::size_t>(track.numFrames() * 2 * encode::bytesPerSample(pcm)));
        encode::quantize(decoded.block(), 0, pcm, encode::Dither::No, expected.data());
        EXPECT_EQ(track.stream(pcm), expected);
    }
}

TEST(ChunkRenderer, AnEditedFileIsRefused) {
    const Track track(test::musicLike(1, 8000, 8000), 8000, "adaptive", 1.0);
    RenderRequest request = track.request(0, PcmFormat::Int16);
    request.stamp.modifiedNs += 1;
    const auto done = renderChunk(
        request, [](std::span<const std::byte>) -> Result<void> { return {}; }, kNever);
    ASSERT_FALSE(done);
    EXPECT_EQ(test::codeOf(done), ErrorCode::Changed);
}

TEST(ChunkRenderer, AnEditDuringTheRenderIsNoticed) {
    const Track track(test::musicLike(1, 16000, 8000), 8000, "adaptive", 1.0);
    const auto done = renderChunk(
        track.request(0, PcmFormat::Int16),
        [&](std::span<const std::byte>) -> Result<void> {
            std::filesystem::last_write_time(track.path(),
                                             std::filesystem::file_time_type::clock::now() +
                                                 std::chrono::hours(1));
            return {};
        },
        kNever);
    ASSERT_FALSE(done);
    EXPECT_EQ(test::codeOf(done), ErrorCode::Changed);
}

TEST(ChunkRenderer, AMissingFileIsNotFound) {
    const Track track(test::musicLike(1, 8000, 8000), 8000, "adaptive", 1.0);
    RenderRequest request = track.request(0, PcmFormat::Int16);
    request.path += ".gone";
    const auto done = renderChunk(
        request, [](std::span<const std::byte>) -> Result<void> { return {}; }, kNever);
    ASSERT_FALSE(done);
    EXPECT_EQ(test::codeOf(done), ErrorCode::NotFound);
}

TEST(ChunkRenderer, ACancelStopsIt) {
    const Track track(test::musicLike(1, 8000 * 20, 8000), 8000, "adaptive", 1.0);
    std::atomic<bool> cancel{false};
    std::size_t bytes = 0;
    const auto done = renderChunk(
        track.request(0, PcmFormat::Int16),
        [&](std::span<const std::byte> piece) -> Result<void> {
            bytes += piece.size();
            cancel = true;
            return {};
        },
        cancel);
    ASSERT_FALSE(done);
    EXPECT_EQ(test::codeOf(done), ErrorCode::Cancelled);
    EXPECT_LT(bytes, 10000u);
}

TEST(ChunkRenderer, MayBeHeldUpInTheContextToo) {
    constexpr int kRate = 8000;
    const Track track(test::musicLike(1, 40 * kRate, kRate), kRate, "adaptive", 1.0);
    std::int64_t before = 0;
    bool hasBegun = false;
    ASSERT_TRUE(renderChunk(
        track.request(1, PcmFormat::Int16),
        [&](std::span<const std::byte> piece) -> Result<void> {
            EXPECT_FALSE(hasBegun && piece.empty());
            hasBegun = hasBegun || !piece.empty();
            before += piece.empty();
            return {};
        },
        kNever));
    constexpr int kContextSeconds = 3; // fifteen times the slowest time constant
    EXPECT_EQ(before, kContextSeconds * kRate / DecodeAhead::kBlockFrames);
}

TEST(ChunkRenderer, ASourceThatEndsEarlyIsFollowedBySilence) {
    const Track track(test::musicLike(1, 8000 * 4, 8000), 8000, "adaptive", 1.0);
    RenderRequest request = track.request(0, PcmFormat::Int16);
    request.numFrames = 8000 * 10;
    std::int64_t bytes = 0;
    std::byte last{1};
    ASSERT_TRUE(renderChunk(
        request,
        [&](std::span<const std::byte> piece) -> Result<void> {
            bytes += static_cast<std::int64_t>(piece.size());
            last = piece.back();
            return {};
        },
        kNever));
    EXPECT_EQ(bytes, 8000 * 10 * 2);
    EXPECT_TRUE(last == std::byte{0} || last == std::byte{0xff}); // dither around zero
}

} // namespace
} // namespace segue::chunk
