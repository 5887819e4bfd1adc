#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processing/encode/PcmFormat.h"

namespace segue::encode {

/// The bytes before the first sample of a WAV stream of exactly `numFrames` frames: plain RIFF for
/// 16-bit mono or stereo, WAVE_FORMAT_EXTENSIBLE otherwise, RF64 (EBU Tech 3306) where 32-bit sizes
/// do not reach.
/// @return a multiple of 4 bytes
std::vector<std::byte> wavHeader(const StreamFormat& format, std::int64_t numFrames);

/// The same for a stream that ends when it ends: sizes are 0xFFFFFFFF, which readers take as "up to
/// the end of the file".
std::vector<std::byte> openWavHeader(const StreamFormat& format);

/// The bytes after the last sample: one zero when the data chunk's length is odd, else none.
std::int64_t wavTrailerBytes(const StreamFormat& format, std::int64_t numFrames);

} // namespace segue::encode
