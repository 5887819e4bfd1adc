// Renders one chunk: decode with context, chain, trim, encode. Runs on a render worker; blocks on
// file reads only.

#include "processing/chunk/ChunkRenderer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <vector>

#include "processing/decode/AudioSource.h"
#include "processing/decode/Recording.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/mastering/MasteringChain.h"

namespace segue::chunk {

namespace {

// About 50 ms: small enough that first bytes leave early and a cancel is noticed.
constexpr std::int64_t kBlockFrames = DecodeAhead::kBlockFrames;

AudioBlock part(const AudioBlock& block, std::int64_t from, std::int64_t count, float** channels) {
    for (int c = 0; c < block.numChannels; ++c)
        channels[c] = block.channels[c] + from;
    return {channels, block.numChannels, count};
}

/// Turns rendered frames, which arrive in order, into the sections of the payload.
class PayloadEncoder {
  public:
    PayloadEncoder(const RenderRequest& request, const ChunkLayout& layout, const PayloadSink& sink)
        : layout_(layout), format_(request.format), dither_(ditherOf(*request.plan)), sink_(sink),
          bytes_(static_cast<std::size_t>(kBlockFrames * request.format.numChannels * 4)) {}

    /// @param firstFrame  of the block in the track; all inside the chunk's rendered range
    Result<void> add(const AudioBlock& block, std::int64_t firstFrame) {
        const FrameRange sections[] = {layout_.head(), layout_.mid(), layout_.tail()};
        for (const FrameRange& section : sections) {
            const std::int64_t from = std::max(section.begin, firstFrame);
            const std::int64_t to = std::min(section.end, firstFrame + block.numFrames);
            if (from >= to)
                continue;
            float* channels[kMaxChannels];
            const AudioBlock piece = part(block, from - firstFrame, to - from, channels);
            const bool final = section == layout_.mid();
            const encode::PcmFormat format = final ? format_.pcm : encode::PcmFormat::Float32;
            encode::quantize(piece, from, format, dither_, bytes_.data());
            const std::int64_t size =
                piece.numFrames * format_.numChannels * encode::bytesPerSample(format);
            if (auto sent = sink_({bytes_.data(), static_cast<std::size_t>(size)}); !sent)
                return sent;
        }
        return {};
    }

  private:
    ChunkLayout layout_;
    encode::StreamFormat format_;
    encode::Dither dither_;
    const PayloadSink& sink_;
    std::vector<std::byte> bytes_;
};

Result<std::unique_ptr<decode::AudioSource>> open(const RenderRequest& request) {
    if (request.recording)
        return decode::replayed(request.recording, request.path);
    return decode::openSource(request.path);
}

Result<void> checkStamp(const RenderRequest& request, const FileStamp& stamp) {
    if (stamp != request.stamp)
        return fail(ErrorCode::Changed,
                    "'" + request.path.string() + "' was edited while it played");
    return {};
}

} // namespace

Result<void> renderChunk(const RenderRequest& request, const PayloadSink& sink,
                         const std::atomic<bool>& cancel) {
    auto opened = open(request);
    if (!opened)
        return fail(opened.error());
    decode::AudioSource& source = **opened;
    const decode::SourceInfo& info = source.info();
    if (auto same = checkStamp(request, info.stamp); !same)
        return same;
    if (info.sampleRateHz != request.format.sampleRateHz ||
        info.numChannels != request.format.numChannels)
        return fail(ErrorCode::Changed,
                    "'" + request.path.string() + "' has another format than it was analysed with");

    mastering::MasteringChain chain(*request.plan);
    const ChunkGeometry geometry(info.sampleRateHz, request.numFrames);
    const FrameRange wanted = geometry.rendered(request.chunk);
    const std::int64_t start = geometry.source(request.chunk, chain.settlingFrames()).begin;
    if (auto moved = source.seek(std::min(start, info.numFrames)); !moved)
        return moved;

    chain.reset(start);
    PayloadEncoder encoder(request, ChunkLayout(geometry, request.format, request.chunk), sink);
    // `out` is the track position of the first frame that the chain gives back for the next block.
    std::int64_t out = start - chain.latencyFrames();
    // The source may hold more than the track is streamed with, never the other way round.
    DecodeAhead ahead(source, std::max<std::int64_t>(request.numFrames - start, 0),
                      wanted.end - out, request.decodeOn);
    while (out < wanted.end) {
        if (cancel.load(std::memory_order_relaxed))
            return fail(ErrorCode::Cancelled, "render cancelled");
        const auto next = ahead.next();
        if (!next)
            return fail(next.error());
        const AudioBlock block = *next;
        chain.process(block);
        if (const std::int64_t skip = std::max<std::int64_t>(wanted.begin - out, 0);
            skip < block.numFrames) {
            float* channels[kMaxChannels];
            const AudioBlock piece = part(block, skip, block.numFrames - skip, channels);
            if (auto sent = encoder.add(piece, out + skip); !sent)
                return sent;
        } else if (auto heldUp = sink({}); !heldUp) {
            return heldUp;
        }
        out += block.numFrames;
    }
    const auto after = stampOf(request.path);
    if (!after)
        return fail(after.error());
    return checkStamp(request, *after);
}

encode::Dither ditherOf(const mastering::MasteringPlan& plan) {
    // Nothing was computed in a bypass: integers come back exactly, the rest is rounded once.
    return plan.bypass() ? encode::Dither::No : encode::Dither::Tpdf;
}

void blendSeam(const FrameRange& seam, const FrameRange& frames, std::span<const std::byte> tail,
               std::span<const std::byte> head, const encode::StreamFormat& format,
               encode::Dither dither, std::byte* out) {
    constexpr std::int64_t kPieceFrames = 256;
    const int numChannels = format.numChannels;
    const auto frameBytes = static_cast<std::int64_t>(sizeof(float)) * numChannels;
    assert(frames.begin >= seam.begin && frames.end <= seam.end);
    assert(static_cast<std::int64_t>(tail.size()) >= frames.length() * frameBytes &&
           head.size() >= tail.size());
    AudioBuffer piece(numChannels, kPieceFrames);
    float a[kMaxChannels];
    float b[kMaxChannels];
    for (std::int64_t done = 0; done < frames.length(); done += kPieceFrames) {
        const std::int64_t count = std::min(kPieceFrames, frames.length() - done);
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t frame = frames.begin + done + i;
            const float w =
                static_cast<float>(frame - seam.begin) / static_cast<float>(seam.length());
            std::memcpy(a, tail.data() + (done + i) * frameBytes,
                        static_cast<std::size_t>(frameBytes));
            std::memcpy(b, head.data() + (done + i) * frameBytes,
                        static_cast<std::size_t>(frameBytes));
            // Equal sides give exactly themselves in this form.
            for (int c = 0; c < numChannels; ++c)
                piece.channel(c)[i] = a[c] + w * (b[c] - a[c]);
        }
        encode::quantize(piece.block(count), frames.begin + done, format.pcm, dither,
                         out + done * format.bytesPerFrame());
    }
}

} // namespace segue::chunk
