#pragma once

#include <cstdint>

namespace segue::decode {

/// The largest magnitude that a source gives: 80 dB above full scale. No music comes near it, and
/// the products and sums of a mastering chain stay far from overflow.
inline constexpr float kMaxMagnitude = 1e4f;

/// Keeps the order of WAVE_FORMAT_EXTENSIBLE; `map[c]` is the interleaved channel that becomes
/// plane c.
/// @param in  interleaved  @param out  [numChannels] planes
/// NaN and infinities become 0, larger values +-kMaxMagnitude; denormals pass.
void deinterleave(const float* in, int numChannels, const int* map, std::int64_t numFrames,
                  float* const* out) noexcept;

/// The same cleaning for one plane; `in` may equal `out`.
void clean(const float* in, std::int64_t numFrames, float* out) noexcept;

/// Whether every value is k / 2^15, k of 16 bits, to the last bit (-0 is not).
bool are16Bit(const float* in, std::int64_t numFrames) noexcept;
/// @param in  are16Bit()
void to16Bit(const float* in, std::int64_t numFrames, std::int16_t* out) noexcept;
void from16Bit(const std::int16_t* in, std::int64_t numFrames, float* out) noexcept;
/// k / 2^(bits-1).  @param bits  1 .. 32
void fromIntegers(const std::int32_t* in, std::int64_t numFrames, int bits, float* out) noexcept;

/// Where each channel of WAVE_FORMAT_EXTENSIBLE's default layout lies in the Vorbis order, which
/// Opus shares. @param numChannels  1..8
const int* vorbisChannelMap(int numChannels) noexcept;
/// {0, 1, 2, ...}
const int* identityChannelMap() noexcept;

} // namespace segue::decode
