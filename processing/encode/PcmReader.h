#pragma once

#include <cstddef>

#include "processing/encode/PcmFormat.h"
#include "processing/types/Audio.h"

namespace segue::encode {

/// Delivered PCM back to planar float32, as any decoder reads it: k / 2^(bits-1).
/// @param bytes  block.numFrames * block.numChannels * bytesPerSample(format), little-endian
/// @param block  planar [numChannels][frames], written
/// @errors none  @thread any; no allocation
void readPcm(const std::byte* bytes, PcmFormat format, const AudioBlock& block) noexcept;

} // namespace segue::encode
