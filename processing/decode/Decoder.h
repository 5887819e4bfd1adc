#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "processing/decode/AudioSource.h"

namespace segue::decode {

/// One codec behind CellSource, which makes an AudioSource of it.
///
/// @thread one at a time
class Decoder {
  public:
    virtual ~Decoder() = default;

    virtual const SourceInfo& info() const noexcept = 0;

    /// Frames between the positions where decoding starts afresh, even when read from the start to
    /// the end; 0 for a codec whose restart() gives the very values that reading on would give.
    virtual std::int64_t cellFrames() const noexcept = 0;

    /// The next decode() begins at `frame`, a multiple of cellFrames() if that is not 0. What it
    /// gives is a function of the file and `frame` alone, not of what was decoded before.
    /// @param frame  in [0, info().numFrames)
    /// @errors Corrupt, Io
    virtual Result<void> restart(std::int64_t frame) = 0;

    /// @param block  planar, not empty
    /// @return frames written, at least 1; 0 only at the end
    /// @errors Corrupt, Io
    virtual Result<std::int64_t> decode(const AudioBlock& block) = 0;
};

/// A `SomeDecoder` made of `arguments`, opened.
/// @errors  those of its open()
template <typename SomeDecoder, typename... Arguments>
Result<std::unique_ptr<Decoder>> openedDecoder(Arguments&&... arguments) {
    auto decoder = std::make_unique<SomeDecoder>(std::forward<Arguments>(arguments)...);
    if (auto opened = decoder->open(); !opened)
        return fail(std::move(opened.error()));
    return decoder;
}

} // namespace segue::decode
