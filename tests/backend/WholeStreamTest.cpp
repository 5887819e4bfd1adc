// What the command line renders is what the server streams, byte for byte: the real renderer behind
// the real scheduler and stream, against chunk::renderTrack.
#include <gtest/gtest.h>
#include <sndfile.h>

#include <vector>

#include "backend/EnhancedStream.h"
#include "processing/chunk/TrackRenderer.h"
#include "processing/encode/WavHeader.h"
#include "tests/backend/MemoryStore.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using Bytes = std::vector<std::byte>;

constexpr int kRateHz = 11025;

StreamSpec specOf(const std::filesystem::path& path, std::int64_t numFrames,
                  encode::PcmFormat pcm) {
    const AudioBuffer music = test::musicLike(2, numFrames, kRateHz);
    SF_INFO info{};
    info.samplerate = kRateHz;
    info.channels = 2;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    std::vector<float> interleaved;
    for (std::int64_t i = 0; i < numFrames; ++i)
        for (int c = 0; c < 2; ++c)
            interleaved.push_back(music.channel(c)[i]);
    EXPECT_EQ(sf_writef_float(file, interleaved.data(), numFrames), numFrames);
    sf_close(file);
    auto plan = std::make_shared<mastering::MasteringPlan>();
    plan->sampleRateHz = kRateHz;
    plan->numChannels = 2;
    plan->tone.mid[8] = -3;
    plan->limiter.inputGainDb = 6;
    StreamSpec spec;
    spec.path = path;
    spec.stamp = *stampOf(path);
    spec.plan = plan;
    spec.planId = mastering::hashOf(*plan);
    spec.format = {kRateHz, 2, pcm};
    spec.numFrames = numFrames;
    return spec;
}

TEST(WholeStream, TheServerStreamsWhatTheCommandLineRenders) {
    for (const encode::PcmFormat pcm : {encode::PcmFormat::Int16, encode::PcmFormat::Int24}) {
        const test::TempDir dir;
        const StreamSpec spec = specOf(dir.path() / "track.flac", 95 * kRateHz + 12345, pcm);
        test::MemoryStore store;
        RenderScheduler scheduler(store, {.workers = 2});
        const ChunkProvider provider(store, scheduler, chunk::renderChunk);
        EnhancedStream stream(provider, spec);
        Bytes streamed(static_cast<std::size_t>(stream.sizeBytes()));
        for (std::size_t at = 0; at < streamed.size();) {
            const auto got = stream.read(static_cast<std::int64_t>(at),
                                         std::span(streamed).subspan(at), ReadLimits{});
            ASSERT_TRUE(got) << got.error().message;
            at += *got;
        }

        Bytes rendered = encode::wavHeader(spec.format, spec.numFrames);
        const std::atomic<bool> never{false};
        const auto done =
            chunk::renderTrack(spec.renderRequest(0),
                               [&](std::int64_t, std::span<const std::byte> piece) -> Result<void> {
                                   rendered.insert(rendered.end(), piece.begin(), piece.end());
                                   return {};
                               },
                               never, {.workers = 2});
        ASSERT_TRUE(done) << done.error().message;
        rendered.resize(rendered.size() + static_cast<std::size_t>(encode::wavTrailerBytes(
                                              spec.format, spec.numFrames)));
        EXPECT_TRUE(streamed == rendered) << encode::bitsPerSample(pcm) << " bits";
    }
}

} // namespace
} // namespace segue::backend
