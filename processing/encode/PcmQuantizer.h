#pragma once

#include <cstddef>
#include <cstdint>

#include "processing/encode/PcmFormat.h"
#include "processing/types/Audio.h"

namespace segue::encode {

enum class Dither { No, Tpdf };

/// Turns planar float32 into interleaved little-endian PCM.
///
/// Integer formats: value = round(x * 2^(bits-1) + d), clamped; d is triangular over (-1, 1) LSB
/// and a pure function of (absolute frame, channel), so that any range of a stream quantises to the
/// same bytes in any order. Float32 is copied bit for bit. No dither makes 16- and 24-bit integer
/// sources come back exactly.
/// @param block  planar [numChannels][frames]
/// @param firstFrame  position of the block's first frame in the track
/// @param out  block.numFrames * numChannels * bytesPerSample(format) bytes
/// @errors  none  @thread any; no allocation
void quantize(const AudioBlock& block, std::int64_t firstFrame, PcmFormat format, Dither dither,
              std::byte* out) noexcept;

} // namespace segue::encode
