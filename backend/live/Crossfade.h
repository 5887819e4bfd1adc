#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "processing/encode/PcmFormat.h"
#include "processing/types/Audio.h"

namespace segue::backend::live {

/// Delivered PCM as planar float; exact for every format.
/// @param pcm  interleaved, as many frames as `out` has  @param out  planar [channels][frames]
void decodePcm(std::span<const std::byte> pcm, encode::PcmFormat format, const AudioBlock& out);

/// `w * to + (1-w) * from` into `to`, w of frame i = (first + i + 1) / (length + 1).
///
/// Equal gain, for seeks too: two streams that keep below a ceiling stay below it, whatever they
/// are; and two masterings of one place are coherent, so their loudness does not dip.
/// @param to, from  planar [channels][frames], of one shape
/// @param first  frames of the fade that came before  @param length  of the whole fade, frames
void crossfade(const AudioBlock& to, const AudioBlock& from, std::int64_t first,
               std::int64_t length);

/// Multiplies frame i with (level + i * step) / levels.
/// @param step  +1 or -1  @param level  of frame 0; stays within 0 .. levels
void ramp(const AudioBlock& block, std::int64_t level, int step, std::int64_t levels);

} // namespace segue::backend::live
