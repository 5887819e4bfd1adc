// From payloads of chunks to the bytes of a stream, for whoever renders a whole track. A stream of
// the server reads the same sections from its cache instead; the rule is the same and so are the
// bytes.

#include "processing/chunk/StreamAssembler.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "processing/chunk/ChunkLayout.h"
#include "processing/chunk/ChunkRenderer.h"

namespace segue::chunk {

StreamAssembler::StreamAssembler(const ChunkGeometry& geometry, const encode::StreamFormat& format,
                                 encode::Dither dither, StreamSink sink)
    : geometry_(geometry), format_(format), dither_(dither), sink_(std::move(sink)) {}

Result<void> StreamAssembler::add(std::int64_t chunk, std::span<const std::byte> piece) {
    const ChunkLayout layout(geometry_, format_, chunk);
    std::int64_t& at = received_[chunk];
    assert(at + static_cast<std::int64_t>(piece.size()) <= layout.payloadBytes());
    const auto take = [&](std::int64_t sectionEnd) {
        const std::int64_t count =
            std::clamp<std::int64_t>(sectionEnd - at, 0, static_cast<std::int64_t>(piece.size()));
        const auto part = piece.first(static_cast<std::size_t>(count));
        piece = piece.subspan(part.size());
        return part;
    };

    if (const auto part = take(layout.midOffset()); !part.empty()) {
        std::vector<std::byte>& head = seams_[chunk].head;
        head.reserve(static_cast<std::size_t>(layout.midOffset()));
        head.insert(head.end(), part.begin(), part.end());
        at += static_cast<std::int64_t>(part.size());
        if (at == layout.midOffset())
            if (auto done = finishSeam(chunk); !done)
                return done;
    }
    if (const auto part = take(layout.tailOffset()); !part.empty()) {
        const std::int64_t offset =
            layout.mid().begin * format_.bytesPerFrame() + (at - layout.midOffset());
        if (auto sent = sink_(offset, part); !sent)
            return sent;
        at += static_cast<std::int64_t>(part.size());
    }
    if (const auto part = take(layout.payloadBytes()); !part.empty()) {
        std::vector<std::byte>& tail = seams_[chunk + 1].tail;
        tail.reserve(static_cast<std::size_t>(layout.payloadBytes() - layout.tailOffset()));
        tail.insert(tail.end(), part.begin(), part.end());
        at += static_cast<std::int64_t>(part.size());
    }
    if (at < layout.payloadBytes())
        return {};
    received_.erase(chunk);
    return layout.tail().length() > 0 ? finishSeam(chunk + 1) : Result<void>{};
}

Result<void> StreamAssembler::finishSeam(std::int64_t chunk) {
    const FrameRange frames = geometry_.seam(chunk);
    const auto floatBytes = static_cast<std::size_t>(frames.length()) * sizeof(float) *
                            static_cast<std::size_t>(format_.numChannels);
    const auto found = seams_.find(chunk);
    if (found == seams_.end() || found->second.tail.size() < floatBytes ||
        found->second.head.size() < floatBytes)
        return {};
    const Seam seam = std::move(found->second);
    seams_.erase(found);
    std::vector<std::byte> blended(
        static_cast<std::size_t>(frames.length() * format_.bytesPerFrame()));
    blendSeam(frames, frames, seam.tail, seam.head, format_, dither_, blended.data());
    return sink_(frames.begin * format_.bytesPerFrame(), blended);
}

} // namespace segue::chunk
