// Maps byte offsets of a WAV stream to sections of chunk payloads (chunk::ChunkLayout) and joins
// neighbours in their seams. Runs on a connection's thread, which only looks up, asks and waits:
// rendering is the scheduler's. What a read returns depends on the offset alone.
#include "backend/EnhancedStream.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "processing/encode/WavHeader.h"

namespace segue::backend {

namespace {

/// Audio that a waiting reader waits for at least, so that a render does not wake it at every block
/// and the first byte still comes soon.
constexpr int kStepsPerSecond = 20;
/// Frames of a seam that are blended at once.
constexpr std::int64_t kSeamPieceFrames = 4096;

} // namespace

EnhancedStream::EnhancedStream(const ChunkProvider& provider, StreamSpec spec)
    : provider_(provider), spec_(std::move(spec)), geometry_(spec_.geometry()),
      header_(encode::wavHeader(spec_.format, spec_.numFrames)),
      dataBytes_(spec_.numFrames * spec_.format.bytesPerFrame()),
      sizeBytes_(static_cast<std::int64_t>(header_.size()) + dataBytes_ +
                 encode::wavTrailerBytes(spec_.format, spec_.numFrames)),
      endFrame_(spec_.numFrames) {}

void EnhancedStream::setEnd(std::int64_t endOffset) noexcept {
    const std::int64_t dataEnd = endOffset - static_cast<std::int64_t>(header_.size());
    const std::int64_t frameBytes = spec_.format.bytesPerFrame();
    endFrame_ =
        std::clamp<std::int64_t>((dataEnd + frameBytes - 1) / frameBytes, 0, spec_.numFrames);
}

void EnhancedStream::setAhead(Ahead ahead) noexcept {
    if (ahead == wantsAhead_)
        return;
    wantsAhead_ = ahead;
    aheadOf_ = -1;
    if (ahead == Ahead::No)
        ahead_.clear();
}

Result<void> EnhancedStream::prime(std::int64_t offset, const ReadLimits& limits) {
    // The header alone proves nothing: wait for the first frame after it.
    const std::int64_t first =
        std::max(offset, std::min(static_cast<std::int64_t>(header_.size()), sizeBytes_ - 1));
    std::byte probe{};
    const auto got = read(first, {&probe, 1}, limits);
    if (!got)
        return fail(got.error());
    return {};
}

Result<std::size_t> EnhancedStream::read(std::int64_t offset, std::span<std::byte> out,
                                         const ReadLimits& limits) {
    const auto headerBytes = static_cast<std::int64_t>(header_.size());
    if (out.empty() || offset < 0 || offset >= sizeBytes_)
        return 0;
    if (offset < headerBytes) {
        const std::size_t count =
            std::min(out.size(), static_cast<std::size_t>(headerBytes - offset));
        std::memcpy(out.data(), header_.data() + offset, count);
        if (count == out.size() || dataBytes_ == 0)
            return count;
        // One piece for the client; an error shows again where the frames begin.
        return count + readFrames(0, out.subspan(count), limits).value_or(0);
    }
    const std::int64_t dataOffset = offset - headerBytes;
    if (dataOffset < dataBytes_)
        return readFrames(dataOffset, out, limits);
    const std::size_t count = std::min(out.size(), static_cast<std::size_t>(sizeBytes_ - offset));
    std::fill_n(out.begin(), count, std::byte{0});
    return count;
}

Result<std::size_t> EnhancedStream::readFrames(std::int64_t dataOffset, std::span<std::byte> out,
                                               const ReadLimits& limits) {
    const std::int64_t frame = dataOffset / spec_.format.bytesPerFrame();
    const std::int64_t chunk = geometry_.chunkOf(frame);
    const bool inSeam = frame < geometry_.seam(chunk).end;
    moveTo(inSeam ? chunk - 1 : chunk, chunk);
    auto got =
        inSeam ? readSeam(chunk, dataOffset, out, limits) : readMid(chunk, dataOffset, out, limits);
    // Only now, so that the reader's own chunk never shares the processor with what can wait.
    if (got && aheadOf_ != chunk && wantsAhead_ == Ahead::Yes) {
        aheadOf_ = chunk;
        requestAhead(frame, limits.client);
    }
    return got;
}

Result<std::size_t> EnhancedStream::readMid(std::int64_t chunk, std::int64_t dataOffset,
                                            std::span<std::byte> out, const ReadLimits& limits) {
    const chunk::ChunkLayout layout = spec_.layout(chunk);
    const std::int64_t frameBytes = spec_.format.bytesPerFrame();
    const std::int64_t inMid = dataOffset - layout.mid().begin * frameBytes;
    const std::int64_t left = layout.mid().length() * frameBytes - inMid;
    const std::int64_t step = frameBytes * spec_.format.sampleRateHz / kStepsPerSecond;
    return reader(chunk).read(layout.midOffset() + inMid,
                              out.first(std::min(out.size(), static_cast<std::size_t>(left))),
                              static_cast<std::size_t>(std::max<std::int64_t>(step, 1)), limits);
}

Result<std::size_t> EnhancedStream::readSeam(std::int64_t chunk, std::int64_t dataOffset,
                                             std::span<std::byte> out, const ReadLimits& limits) {
    const chunk::FrameRange seam = geometry_.seam(chunk);
    const std::int64_t frameBytes = spec_.format.bytesPerFrame();
    const auto floatBytes =
        static_cast<std::int64_t>(sizeof(float)) * spec_.format.numChannels; // per frame
    const std::int64_t skip = dataOffset % frameBytes;
    chunk::FrameRange frames;
    frames.begin = dataOffset / frameBytes;
    const std::int64_t wanted =
        (skip + static_cast<std::int64_t>(out.size()) + frameBytes - 1) / frameBytes;
    frames.end = std::min(seam.end, frames.begin + std::min(wanted, kSeamPieceFrames));

    const auto count = frames.length() * floatBytes;
    const chunk::ChunkLayout layoutBefore = spec_.layout(chunk - 1);
    const std::int64_t tailOffset =
        layoutBefore.tailOffset() + (frames.begin - layoutBefore.tail().begin) * floatBytes;
    const chunk::ChunkLayout layout = spec_.layout(chunk);
    const std::int64_t headOffset =
        layout.headOffset() + (frames.begin - layout.head().begin) * floatBytes;

    // Both at once, the tail first: it comes last in its payload and takes longer.
    ChunkReader& before = reader(chunk - 1);
    ChunkReader& here = reader(chunk);
    const auto now = Clock::now();
    if (auto asked = before.ask(tailOffset + count, now, limits); !asked)
        return fail(asked.error());
    if (auto asked = here.ask(headOffset + count, now + std::chrono::milliseconds(1), limits);
        !asked)
        return fail(asked.error());

    // The head is there sooner, and once it has been read, its render gives way to the other.
    const auto size = static_cast<std::size_t>(count);
    std::vector<std::byte> tail(size), head(size);
    if (auto got = here.read(headOffset, head, size, limits); !got)
        return fail(got.error());
    if (auto got = before.read(tailOffset, tail, size, limits); !got)
        return fail(got.error());

    std::vector<std::byte> blended(static_cast<std::size_t>(frames.length() * frameBytes));
    chunk::blendSeam(seam, frames, tail, head, spec_.format, chunk::ditherOf(*spec_.plan),
                     blended.data());
    const std::size_t given = std::min(out.size(), blended.size() - static_cast<std::size_t>(skip));
    std::memcpy(out.data(), blended.data() + skip, given);
    return given;
}

ChunkReader& EnhancedStream::reader(std::int64_t chunk) {
    std::optional<ChunkReader>& slot = readers_[static_cast<std::size_t>(chunk % 2)];
    if (!slot) {
        slot.emplace(provider_, spec_, chunk);
        const auto it = std::find_if(ahead_.begin(), ahead_.end(),
                                     [&](const auto& entry) { return entry.first == chunk; });
        if (it != ahead_.end()) {
            slot->adopt(std::move(it->second));
            ahead_.erase(it);
        }
    }
    return *slot;
}

void EnhancedStream::moveTo(std::int64_t first, std::int64_t last) {
    for (auto& slot : readers_) {
        if (!slot || (slot->chunk() >= first && slot->chunk() <= last))
            continue;
        if (slot->unkept())
            chunksAhead_ = 1; // chunks live in memory: hold few of them
        slot.reset();
    }
    if (last == at_)
        return;
    at_ = last;
    std::erase_if(ahead_, [&](const auto& entry) {
        return entry.first < first || entry.first > last + kChunksAhead;
    });
}

void EnhancedStream::requestAhead(std::int64_t frame, const std::string& client) {
    if (endFrame_ <= frame)
        return;
    const int count = std::min(chunksAhead_, provider_.chunksAhead(spec_, at_));
    const std::int64_t last = std::min(at_ + count, geometry_.chunkOf(endFrame_ - 1));
    for (std::int64_t chunk = at_ + 1; chunk <= last; ++chunk) {
        const bool asked = std::any_of(ahead_.begin(), ahead_.end(),
                                       [&](const auto& entry) { return entry.first == chunk; });
        if (asked || provider_.stateOf(spec_, chunk) == ChunkState::Ready)
            continue;
        const auto playsIn = std::chrono::duration<double>(
            static_cast<double>(geometry_.body(chunk).begin - frame) / spec_.format.sampleRateHz);
        auto interest = provider_.request(
            spec_, chunk, RenderClass::Ahead,
            Clock::now() + std::chrono::duration_cast<Clock::duration>(playsIn), client);
        if (!interest)
            return; // full: they are asked for again as Blocked when the reader comes to them
        ahead_.emplace_back(chunk, std::move(*interest));
    }
}

} // namespace segue::backend
