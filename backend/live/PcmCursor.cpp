// A stream as a sequence of frames. Runs on the connection's thread of a session's listener, which
// has two of them while a change is prepared: so each wait is short, and a Timeout is no error.
#include "backend/live/PcmCursor.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "processing/encode/WavHeader.h"

namespace segue::backend::live {

namespace {

bool isNotYet(const Error& error, const ReadLimits& limits) {
    return error.code == ErrorCode::Timeout ||
           (error.code == ErrorCode::Busy && limits.whenFull == ReadLimits::WhenFull::WaitForRoom);
}

} // namespace

PcmCursor::PcmCursor(const ChunkProvider& provider, StreamSpec spec, std::int64_t frame)
    : stream_(provider, std::move(spec)),
      headerBytes_(static_cast<std::int64_t>(
          encode::wavHeader(stream_.spec().format, stream_.spec().numFrames).size())),
      frame_(frame) {
    assert(frame >= 0 && frame <= stream_.spec().numFrames);
}

std::int64_t PcmCursor::framesHeld() const noexcept {
    return static_cast<std::int64_t>(numBytes_) / frameBytes();
}

Result<std::int64_t> PcmCursor::fill(std::int64_t count, const ReadLimits& limits) {
    count = std::min(count, framesLeft());
    const auto wanted = static_cast<std::size_t>(count * frameBytes());
    if (bytes_.size() < wanted)
        bytes_.resize(wanted);
    while (numBytes_ < wanted) {
        const std::int64_t at =
            headerBytes_ + frame_ * frameBytes() + static_cast<std::int64_t>(numBytes_);
        const auto got =
            stream_.read(at, std::span(bytes_).subspan(numBytes_, wanted - numBytes_), limits);
        if (!got && isNotYet(got.error(), limits))
            break;
        if (!got)
            return fail(got.error());
        numBytes_ += *got;
    }
    return std::min(count, framesHeld());
}

std::span<const std::byte> PcmCursor::peek(std::int64_t count) const {
    assert(count <= framesHeld());
    return std::span(bytes_).first(static_cast<std::size_t>(count * frameBytes()));
}

void PcmCursor::drop(std::int64_t count) {
    assert(count <= framesHeld());
    const auto dropped = count * frameBytes();
    std::copy(bytes_.begin() + dropped, bytes_.begin() + static_cast<std::ptrdiff_t>(numBytes_),
              bytes_.begin());
    numBytes_ -= static_cast<std::size_t>(dropped);
    frame_ += count;
}

void PcmCursor::skipTo(std::int64_t frame) {
    assert(frame >= frame_ && frame <= spec().numFrames);
    if (frame - frame_ <= framesHeld())
        return drop(frame - frame_);
    numBytes_ = 0;
    frame_ = frame;
}

} // namespace segue::backend::live
