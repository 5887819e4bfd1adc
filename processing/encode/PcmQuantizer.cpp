// Float to PCM at the wire's edge, with dither that is a function of position alone: a byte range
// of a stream quantises to the same bytes whichever request or thread asks for it. Integer
// arithmetic and correctly rounded float operations only, so every instruction set gives the same
// result. Any thread; nothing but the stack is used.
//
// A call walks through pieces that fit in L1: each channel becomes 32-bit integers, then the
// channels are woven into bytes. Both loops vectorise.

#include "processing/encode/PcmQuantizer.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

// GCC resolves the clones before a sanitizer's runtime is up, and Clang 14's differ in what they
// accept; those builds take the baseline, which computes the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEGUE_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SEGUE_VECTOR_CLONES
#endif

namespace segue::encode {
namespace {

// 512 frames x 8 channels of int32 are 16 KiB: half of a small L1 cache.
constexpr int kPieceFrames = 512;

// 1.5 * 2^23: adding it to |x| < 2^22 leaves x, rounded to the nearest even integer, in the low
// bits of the float.
constexpr float kRoundingBias = 12'582'912.0f;

/// What turns a frame's low 32 bits into the random bits of one channel.
struct DitherKey {
    std::uint32_t add = 0;
    std::uint32_t mix = 0;
};

/// SplitMix64's finaliser over (channel, upper half of the frame number).
DitherKey ditherKey(int channel, std::uint32_t frameHigh) noexcept {
    std::uint64_t z = (std::uint64_t{frameHigh} << 8 | static_cast<std::uint64_t>(channel)) + 1;
    z *= 0x9E37'79B9'7F4A'7C15u;
    z = (z ^ z >> 30) * 0xBF58'476D'1CE4'E5B9u;
    z = (z ^ z >> 27) * 0x94D0'49BB'1331'11EBu;
    z ^= z >> 31;
    return {static_cast<std::uint32_t>(z), static_cast<std::uint32_t>(z >> 32)};
}

/// The "lowbias32" hash (C. Wellons) with the key put in twice, so that no channel is a shifted
/// copy of another.
inline std::uint32_t ditherBits(std::uint32_t frameLow, DitherKey key) noexcept {
    std::uint32_t x = frameLow + key.add;
    x ^= x >> 16;
    x *= 0x7FEB'352Du;
    x ^= x >> 15;
    x ^= key.mix;
    x *= 0x846C'A68Bu;
    x ^= x >> 16;
    return x;
}

/// The difference of two independent 16-bit uniforms: triangular over (-1, 1).
inline float triangular(std::uint32_t bits) noexcept {
    const auto difference =
        static_cast<std::int32_t>(bits & 0xFFFF) - static_cast<std::int32_t>(bits >> 16);
    return static_cast<float>(difference) * (1.0f / 65536.0f);
}

/// round(x * 2^(bits-1) + d) for one channel, clamped to the format's range; NaN gives what 0 does.
///
/// The integer part is split off first, so that at 24 bits, where the float holds no more than the
/// integer, adding the dither does not round.
template <int kBits, Dither kDither>
inline __attribute__((always_inline)) void quantizeLoop(const float* in, int numFrames,
                                                        std::uint32_t frameLow, DitherKey key,
                                                        std::int32_t* out) noexcept {
    constexpr std::int32_t kMax = (1 << (kBits - 1)) - 1;
    constexpr std::int32_t kMin = -kMax - 1;
    constexpr float kScale = static_cast<float>(1 << (kBits - 1));
    for (int i = 0; i < numFrames; ++i) {
        float x = in[i];
        x = x == x ? x : 0.0f;
        // Within [-1, 1] the dither stays inside the integer type; beyond it only the clamp counts.
        x = x < 1.0f ? x : 1.0f;
        x = x > -1.0f ? x : -1.0f;
        const float scaled = x * kScale;
        const auto whole = static_cast<std::int32_t>(scaled);
        float rest = scaled - static_cast<float>(whole);
        if constexpr (kDither == Dither::Tpdf)
            rest += triangular(ditherBits(frameLow + static_cast<std::uint32_t>(i), key));
        const std::int32_t rounded = std::bit_cast<std::int32_t>(rest + kRoundingBias) -
                                     std::bit_cast<std::int32_t>(kRoundingBias);
        out[i] = std::clamp(whole + rounded, kMin, kMax);
    }
}

SEGUE_VECTOR_CLONES
void quantize16(const float* in, int numFrames, std::uint32_t frameLow, DitherKey key,
                std::int32_t* out) noexcept {
    quantizeLoop<16, Dither::Tpdf>(in, numFrames, frameLow, key, out);
}

SEGUE_VECTOR_CLONES
void quantize24(const float* in, int numFrames, std::uint32_t frameLow, DitherKey key,
                std::int32_t* out) noexcept {
    quantizeLoop<24, Dither::Tpdf>(in, numFrames, frameLow, key, out);
}

SEGUE_VECTOR_CLONES
void round16(const float* in, int numFrames, std::int32_t* out) noexcept {
    quantizeLoop<16, Dither::No>(in, numFrames, 0, {}, out);
}

SEGUE_VECTOR_CLONES
void round24(const float* in, int numFrames, std::int32_t* out) noexcept {
    quantizeLoop<24, Dither::No>(in, numFrames, 0, {}, out);
}

void quantizeChannel(const float* in, int numFrames, std::uint32_t frameLow, DitherKey key,
                     PcmFormat format, Dither dither, std::int32_t* out) noexcept {
    if (format == PcmFormat::Float32)
        std::memcpy(out, in, static_cast<std::size_t>(numFrames) * sizeof(float));
    else if (format == PcmFormat::Int16)
        dither == Dither::Tpdf ? quantize16(in, numFrames, frameLow, key, out)
                               : round16(in, numFrames, out);
    else
        dither == Dither::Tpdf ? quantize24(in, numFrames, frameLow, key, out)
                               : round24(in, numFrames, out);
}

using Plane = std::int32_t[kPieceFrames];

SEGUE_VECTOR_CLONES
void weaveMono16(const std::int32_t* in, int numFrames, std::byte* out) noexcept {
    for (int i = 0; i < numFrames; ++i) {
        const auto sample = static_cast<std::int16_t>(in[i]);
        std::memcpy(out + 2 * i, &sample, 2);
    }
}

SEGUE_VECTOR_CLONES
void weaveStereo16(const std::int32_t* left, const std::int32_t* right, int numFrames,
                   std::byte* out) noexcept {
    for (int i = 0; i < numFrames; ++i) {
        const std::uint32_t frame = (static_cast<std::uint32_t>(left[i]) & 0xFFFF) |
                                    static_cast<std::uint32_t>(right[i]) << 16;
        std::memcpy(out + 4 * i, &frame, 4);
    }
}

/// Six bytes a frame as one eight-byte store whose last two bytes the next frame overwrites.
void weaveStereo24(const std::int32_t* left, const std::int32_t* right, int numFrames,
                   std::byte* out) noexcept {
    for (int i = 0; i < numFrames; ++i) {
        const std::uint64_t frame = (static_cast<std::uint64_t>(left[i]) & 0xFF'FFFF) |
                                    (static_cast<std::uint64_t>(right[i]) & 0xFF'FFFF) << 24;
        std::memcpy(out + 6 * i, &frame, i + 1 < numFrames ? 8 : 6);
    }
}

SEGUE_VECTOR_CLONES
void weaveStereo32(const std::int32_t* left, const std::int32_t* right, int numFrames,
                   std::byte* out) noexcept {
    for (int i = 0; i < numFrames; ++i) {
        const std::uint64_t frame =
            static_cast<std::uint32_t>(left[i]) | static_cast<std::uint64_t>(right[i]) << 32;
        std::memcpy(out + 8 * i, &frame, 8);
    }
}

template <int kBytes>
void weaveAny(const Plane* planes, int numChannels, int numFrames, std::byte* out) noexcept {
    for (int i = 0; i < numFrames; ++i)
        for (int c = 0; c < numChannels; ++c, out += kBytes)
            std::memcpy(out, &planes[c][i], kBytes);
}

void weave(const Plane* planes, int numChannels, int numFrames, PcmFormat format,
           std::byte* out) noexcept {
    switch (format) {
    case PcmFormat::Int16:
        if (numChannels == 1)
            weaveMono16(planes[0], numFrames, out);
        else if (numChannels == 2)
            weaveStereo16(planes[0], planes[1], numFrames, out);
        else
            weaveAny<2>(planes, numChannels, numFrames, out);
        break;
    case PcmFormat::Int24:
        if (numChannels == 2)
            weaveStereo24(planes[0], planes[1], numFrames, out);
        else
            weaveAny<3>(planes, numChannels, numFrames, out);
        break;
    case PcmFormat::Float32:
        if (numChannels == 2)
            weaveStereo32(planes[0], planes[1], numFrames, out);
        else
            weaveAny<4>(planes, numChannels, numFrames, out);
        break;
    }
}

static_assert(std::endian::native == std::endian::little,
              "samples are stored as they lie in memory");

} // namespace

void quantize(const AudioBlock& block, std::int64_t firstFrame, PcmFormat format, Dither dither,
              std::byte* out) noexcept {
    assert(block.numChannels >= 0 && block.numChannels <= kMaxChannels && firstFrame >= 0);
    alignas(64) Plane planes[kMaxChannels];
    const int numChannels = block.numChannels;
    const std::int64_t frameBytes = std::int64_t{numChannels} * bytesPerSample(format);
    for (std::int64_t done = 0; done < block.numFrames;) {
        const auto position = static_cast<std::uint64_t>(firstFrame + done);
        const auto low = static_cast<std::uint32_t>(position);
        // A piece does not cross a multiple of 2^32 frames, where the key changes.
        const std::uint64_t untilKeyChange = (std::uint64_t{1} << 32) - low;
        const auto piece = static_cast<int>(
            std::min({std::uint64_t{kPieceFrames},
                      static_cast<std::uint64_t>(block.numFrames - done), untilKeyChange}));
        for (int c = 0; c < numChannels; ++c)
            quantizeChannel(block.channels[c] + done, piece, low,
                            ditherKey(c, static_cast<std::uint32_t>(position >> 32)), format,
                            dither, planes[c]);
        weave(planes, numChannels, piece, format, out + done * frameBytes);
        done += piece;
    }
}

} // namespace segue::encode
