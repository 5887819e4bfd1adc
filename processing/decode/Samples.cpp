// The loops over every decoded sample: order and range. Any thread; no state.

#include "processing/decode/Samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace segue::decode {
namespace {

inline float cleaned(float x) noexcept {
    const float magnitude = std::fabs(x);
    const float bounded = magnitude <= kMaxMagnitude ? x : std::copysign(kMaxMagnitude, x);
    return magnitude <= std::numeric_limits<float>::max() ? bounded : 0.0f;
}

constexpr int kIdentity[] = {0, 1, 2, 3, 4, 5, 6, 7};

// Vorbis I, 4.3.9: L C R; quad; L C R Ls Rs; L C R Ls Rs LFE; L C R Ls Rs Cs LFE;
// L C R Ls Rs Lb Rb LFE.
constexpr int kVorbis3[] = {0, 2, 1};
constexpr int kVorbis5[] = {0, 2, 1, 3, 4};
constexpr int kVorbis6[] = {0, 2, 1, 5, 3, 4};
constexpr int kVorbis7[] = {0, 2, 1, 6, 5, 3, 4};
constexpr int kVorbis8[] = {0, 2, 1, 7, 5, 6, 3, 4};

} // namespace

void clean(const float* in, std::int64_t numFrames, float* out) noexcept {
    for (std::int64_t n = 0; n < numFrames; ++n)
        out[n] = cleaned(in[n]);
}

void deinterleave(const float* in, int numChannels, const int* map, std::int64_t numFrames,
                  float* const* out) noexcept {
    if (numChannels == 1) {
        clean(in, numFrames, out[0]);
        return;
    }
    if (numChannels == 2) {
        float* __restrict left = out[0];
        float* __restrict right = out[1];
        for (std::int64_t n = 0; n < numFrames; ++n) {
            left[n] = cleaned(in[2 * n]);
            right[n] = cleaned(in[2 * n + 1]);
        }
        return;
    }
    for (int c = 0; c < numChannels; ++c) {
        const float* from = in + map[c];
        float* __restrict to = out[c];
        for (std::int64_t n = 0; n < numFrames; ++n)
            to[n] = cleaned(from[n * numChannels]);
    }
}

bool are16Bit(const float* in, std::int64_t numFrames) noexcept {
    std::uint32_t different = 0;
    for (std::int64_t n = 0; n < numFrames; ++n) {
        const float inRange = std::min(std::max(in[n] * 32768.0f, -32768.0f), 32767.0f);
        const float nearest = static_cast<float>(static_cast<std::int32_t>(inRange)) / 32768.0f;
        different |= std::bit_cast<std::uint32_t>(nearest) ^ std::bit_cast<std::uint32_t>(in[n]);
    }
    return different == 0;
}

void to16Bit(const float* in, std::int64_t numFrames, std::int16_t* out) noexcept {
    for (std::int64_t n = 0; n < numFrames; ++n)
        out[n] = static_cast<std::int16_t>(static_cast<std::int32_t>(in[n] * 32768.0f));
}

void from16Bit(const std::int16_t* in, std::int64_t numFrames, float* out) noexcept {
    for (std::int64_t n = 0; n < numFrames; ++n)
        out[n] = static_cast<float>(in[n]) / 32768.0f;
}

void fromIntegers(const std::int32_t* in, std::int64_t numFrames, int bits, float* out) noexcept {
    const float unit = std::ldexp(1.0f, 1 - bits);
    for (std::int64_t n = 0; n < numFrames; ++n)
        out[n] = static_cast<float>(in[n]) * unit;
}

const int* vorbisChannelMap(int numChannels) noexcept {
    switch (numChannels) {
    case 3:
        return kVorbis3;
    case 5:
        return kVorbis5;
    case 6:
        return kVorbis6;
    case 7:
        return kVorbis7;
    case 8:
        return kVorbis8;
    default:
        return kIdentity;
    }
}

const int* identityChannelMap() noexcept {
    return kIdentity;
}

} // namespace segue::decode
