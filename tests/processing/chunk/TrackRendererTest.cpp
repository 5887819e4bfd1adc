// Whole streams without a server: the rule of docs/ARCHITECTURE.md, whatever the order and the
// number of workers. tests/backend/WholeStreamTest.cpp compares them with what the server streams.

#include "processing/chunk/TrackRenderer.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "processing/chunk/ChunkLayout.h"
#include "processing/decode/Recording.h"
#include "processing/encode/PcmQuantizer.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::chunk {
namespace {

using Bytes = std::vector<std::byte>;
using encode::PcmFormat;

const std::atomic<bool> kNever{false};
constexpr int kRateHz = 8000;

/// A stereo WAV file of something like music, with a plan that changes all of it.
class Track {
  public:
    explicit Track(std::int64_t numFrames) : path_(dir_.path() / "track.wav") {
        const AudioBuffer music = test::musicLike(2, numFrames, kRateHz);
        SF_INFO info{};
        info.samplerate = kRateHz;
        info.channels = 2;
        info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
        SNDFILE* file = sf_open(path_.c_str(), SFM_WRITE, &info);
        std::vector<float> interleaved;
        for (std::int64_t i = 0; i < numFrames; ++i)
            for (int c = 0; c < 2; ++c)
                interleaved.push_back(music.channel(c)[i]);
        EXPECT_EQ(sf_writef_float(file, interleaved.data(), numFrames), numFrames);
        sf_close(file);
        auto plan = std::make_shared<mastering::MasteringPlan>();
        plan->sampleRateHz = kRateHz;
        plan->numChannels = 2;
        plan->tone.mid[5] = 3;
        plan->dynamics.bands[1].thresholdDb = -30;
        plan->dynamics.bands[1].ratio = 2;
        plan->limiter.inputGainDb = 9;
        request_ = {path_, *stampOf(path_), plan, {kRateHz, 2, PcmFormat::Int16}, numFrames, 0};
    }

    const RenderRequest& request() const { return request_; }
    const std::filesystem::path& path() const { return path_; }

    RenderRequest in(PcmFormat pcm) const {
        RenderRequest request = request_;
        request.format.pcm = pcm;
        return request;
    }

    Bytes payload(std::int64_t chunk) const {
        RenderRequest request = request_;
        request.chunk = chunk;
        Bytes bytes;
        EXPECT_TRUE(renderChunk(
            request,
            [&](std::span<const std::byte> piece) -> Result<void> {
                bytes.insert(bytes.end(), piece.begin(), piece.end());
                return {};
            },
            kNever));
        return bytes;
    }

  private:
    test::TempDir dir_;
    std::filesystem::path path_;
    RenderRequest request_;
};

/// Writes pieces where they belong and counts what came out of turn.
struct Stream {
    Bytes bytes;
    std::int64_t end = 0;
    int jumps = 0;

    StreamSink sink() {
        return [this](std::int64_t offset, std::span<const std::byte> piece) -> Result<void> {
            jumps += offset != end;
            end = offset + static_cast<std::int64_t>(piece.size());
            bytes.resize(std::max(bytes.size(), static_cast<std::size_t>(end)));
            std::copy(piece.begin(), piece.end(), bytes.begin() + offset);
            return {};
        };
    }
};

Bytes render(const RenderRequest& request, const TrackRenderOptions& options = {}) {
    Stream stream;
    const auto done = renderTrack(request, stream.sink(), kNever, options);
    EXPECT_TRUE(done) << done.error().message;
    if (options.order.empty()) {
        EXPECT_EQ(stream.jumps, 0);
    }
    return stream.bytes;
}

/// The rule as the document states it, one sample at a time.
Bytes byTheRule(const Track& track) {
    const RenderRequest& request = track.request();
    const ChunkGeometry geometry(kRateHz, request.numFrames);
    Bytes stream, before;
    for (std::int64_t chunk = 0; chunk < geometry.numChunks(); ++chunk) {
        const Bytes now = track.payload(chunk);
        const ChunkLayout layout(geometry, request.format, chunk);
        if (chunk > 0) {
            const FrameRange seam = geometry.seam(chunk);
            const ChunkLayout previous(geometry, request.format, chunk - 1);
            for (std::int64_t frame = seam.begin; frame < seam.end; ++frame) {
                const auto at = static_cast<std::size_t>(8 * (frame - seam.begin));
                std::byte blended[4]{};
                blendSeam(seam, {frame, frame + 1},
                          std::span(before).subspan(
                              static_cast<std::size_t>(previous.tailOffset()) + at, 8),
                          std::span(now).subspan(at, 8), request.format, ditherOf(*request.plan),
                          blended);
                stream.insert(stream.end(), blended, blended + 4);
            }
        }
        stream.insert(stream.end(), now.begin() + layout.midOffset(),
                      now.begin() + layout.tailOffset());
        before = now;
    }
    return stream;
}

TEST(TrackRenderer, GivesTheStreamByTheRule) {
    const Track track(95 * kRateHz + 77);
    const Bytes stream = render(track.request());
    EXPECT_EQ(static_cast<std::int64_t>(stream.size()), 4 * track.request().numFrames);
    EXPECT_TRUE(stream == byTheRule(track));
}

TEST(TrackRenderer, TheSameBytesForAnyNumberOfWorkers) {
    const Track track(155 * kRateHz);
    for (const PcmFormat pcm : {PcmFormat::Int16, PcmFormat::Float32}) {
        const Bytes one = render(track.in(pcm));
        for (const int workers : {2, 3, 16})
            EXPECT_TRUE(render(track.in(pcm), {.workers = workers}) == one) << workers;
    }
}

TEST(TrackRenderer, TheSameBytesWhereverItIsDecoded) {
    const Track track(65 * kRateHz);
    RenderRequest here = track.request();
    here.decodeOn = DecodeOn::CallersThread;
    for (const int workers : {1, 2})
        EXPECT_TRUE(render(here, {.workers = workers}) == render(track.request())) << workers;
}

TEST(TrackRenderer, TheSameBytesInEveryOrder) {
    const Track track(100 * kRateHz);
    const Bytes straight = render(track.request());
    std::vector<std::int64_t> order{0, 1, 2, 3};
    do {
        EXPECT_TRUE(render(track.request(), {.workers = 2, .order = order}) == straight);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(TrackRenderer, AFloatStreamQuantisesToTheIntegerStream) {
    // The scorecard renders once, in float, and delivers integers from that.
    const Track track(65 * kRateHz);
    const Bytes floats = render(track.in(PcmFormat::Float32));
    const std::int64_t frames = track.request().numFrames;
    AudioBuffer audio(2, frames);
    for (std::int64_t i = 0; i < frames; ++i)
        for (int c = 0; c < 2; ++c)
            std::memcpy(audio.channel(c) + i,
                        floats.data() + static_cast<std::size_t>((2 * i + c) * 4), 4);
    for (const PcmFormat pcm : {PcmFormat::Int16, PcmFormat::Int24}) {
        Bytes integers(static_cast<std::size_t>(frames * 2 * encode::bytesPerSample(pcm)));
        encode::quantize(audio.block(), 0, pcm, encode::Dither::Tpdf, integers.data());
        EXPECT_TRUE(render(track.in(pcm)) == integers);
    }
}

TEST(TrackRenderer, EveryEdgeLengthIsWhole) {
    constexpr std::int64_t kL = 30 * kRateHz;
    for (const std::int64_t frames :
         {std::int64_t{1}, kL - 1, kL, kL + 1, kL + kRateHz, kL + kRateHz + 1}) {
        const Track track(frames);
        EXPECT_EQ(static_cast<std::int64_t>(render(track.request()).size()), 4 * frames);
        EXPECT_TRUE(render(track.request(), {.workers = 2}) == render(track.request())) << frames;
    }
}

TEST(TrackRenderer, AnOrderMustNameEveryChunkOnce) {
    const Track track(65 * kRateHz);
    for (const std::vector<std::int64_t>& order :
         {std::vector<std::int64_t>{0, 1}, {0, 1, 1}, {0, 1, 3}, {0, 1, 2, 2}}) {
        Stream stream;
        EXPECT_EQ(
            test::codeOf(renderTrack(track.request(), stream.sink(), kNever, {.order = order})),
            ErrorCode::InvalidArgument);
    }
}

TEST(TrackRenderer, TellsItsProgressToTheEnd) {
    const Track track(65 * kRateHz);
    for (const int workers : {1, 2}) {
        std::vector<double> told;
        render(track.request(),
               {.workers = workers, .progress = [&](double part) { told.push_back(part); }});
        EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
        EXPECT_DOUBLE_EQ(told.back(), 1.0);
        EXPECT_GT(told.size(), 3u);
    }
}

TEST(TrackRenderer, AsksBeforeEachBlockWhetherItMayGoOn) {
    constexpr std::int64_t kSeconds = 65;
    const Track track(kSeconds * kRateHz);
    const Bytes whole = render(track.request());
    for (const int workers : {1, 2}) {
        std::atomic<int> asked{0};
        std::atomic<bool> cancel{false};
        TrackRenderOptions options{.workers = workers};
        options.beforeEachBlock = [&] { ++asked; };
        EXPECT_EQ(render(track.request(), options), whole) << workers;
        EXPECT_GT(asked, kSeconds) << workers;
        options.beforeEachBlock = [&] { cancel = true; };
        Stream stream;
        const auto stopped = renderTrack(track.request(), stream.sink(), cancel, options);
        EXPECT_EQ(test::codeOf(stopped), ErrorCode::Cancelled) << workers;
        EXPECT_LT(stream.bytes.size(), std::size_t{4} * kRateHz) << workers;
    }
}

TEST(TrackRenderer, ACancelStopsItSoon) {
    const Track track(155 * kRateHz);
    for (const int workers : {1, 3}) {
        std::atomic<bool> cancel{false};
        std::size_t bytes = 0;
        const auto done =
            renderTrack(track.request(),
                        [&](std::int64_t, std::span<const std::byte> piece) -> Result<void> {
                            bytes += piece.size();
                            cancel = true;
                            return {};
                        },
                        cancel, {.workers = workers});
        EXPECT_EQ(test::codeOf(done), ErrorCode::Cancelled);
        EXPECT_LT(bytes, static_cast<std::size_t>(4 * 155 * kRateHz));
    }
}

TEST(TrackRenderer, AnErrorOfTheSinkIsPassedOn) {
    const Track track(155 * kRateHz);
    for (const int workers : {1, 3}) {
        const auto done =
            renderTrack(track.request(),
                        [&](std::int64_t offset, std::span<const std::byte>) -> Result<void> {
                            if (offset > 40 * kRateHz * 4)
                                return fail(ErrorCode::NoSpace, "full");
                            return {};
                        },
                        kNever, {.workers = workers});
        EXPECT_EQ(test::codeOf(done), ErrorCode::NoSpace);
    }
}

TEST(TrackRenderer, AnEditedFileIsRefused) {
    const Track track(65 * kRateHz);
    RenderRequest request = track.request();
    request.stamp.modifiedNs += 1;
    Stream stream;
    for (const int workers : {1, 2})
        EXPECT_EQ(test::codeOf(renderTrack(request, stream.sink(), kNever, {.workers = workers})),
                  ErrorCode::Changed);
}

TEST(StreamAssembler, PiecesOfAnyLengthGiveTheSameBytes) {
    const Track track(65 * kRateHz);
    const Bytes straight = render(track.request());
    for (const std::size_t piece : {std::size_t{997}, std::size_t{65537}, std::size_t{1} << 30}) {
        Stream stream;
        StreamAssembler assembler({kRateHz, track.request().numFrames}, track.request().format,
                                  ditherOf(*track.request().plan), stream.sink());
        for (const std::int64_t chunk : {0, 1, 2}) {
            const Bytes payload = track.payload(chunk);
            for (std::size_t at = 0; at < payload.size(); at += piece)
                ASSERT_TRUE(assembler.add(
                    chunk, std::span(payload).subspan(at, std::min(piece, payload.size() - at))));
        }
        EXPECT_TRUE(stream.bytes == straight) << piece;
        EXPECT_EQ(stream.jumps, 0);
    }
}

TEST(TrackRenderer, ARecordingChangesNoByte) {
    const Track track(95 * kRateHz);
    const Bytes decoded = render(track.request());
    // All of it, and a part that ends in the middle of a chunk.
    for (const std::int64_t seconds : {100, 40}) {
        auto source = decode::openSource(track.path()).value();
        auto recording = std::make_shared<decode::Recording>(source->info(), seconds * kRateHz * 4);
        auto recorder = decode::recorded(std::move(source), recording);
        AudioBuffer buffer(2, 2048);
        while (recorder->read(buffer.block()).value() > 0) {
        }
        recorder.reset();
        EXPECT_EQ(recording->numFrames() < 95 * kRateHz, seconds == 40);
        RenderRequest request = track.request();
        request.recording = recording;
        for (const int workers : {1, 3})
            EXPECT_TRUE(render(request, {.workers = workers}) == decoded) << seconds;
    }
}

} // namespace
} // namespace segue::chunk
