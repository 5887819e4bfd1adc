// Arithmetic of a session's fades. Pure functions, no libm, so that a fade has the same bits
// everywhere.
#include "backend/live/Crossfade.h"

#include <cassert>
#include <cstring>

namespace segue::backend::live {

namespace {

float sampleAt(const std::byte* pcm, encode::PcmFormat format) {
    switch (format) {
    case encode::PcmFormat::Int16: {
        std::int16_t value = 0;
        std::memcpy(&value, pcm, sizeof value);
        return static_cast<float>(value) / 32768.0f;
    }
    case encode::PcmFormat::Int24: {
        std::uint32_t high = 0; // the sample in the upper three bytes
        std::memcpy(reinterpret_cast<std::byte*>(&high) + 1, pcm, 3);
        // Exact: the lowest byte is 0.
        return static_cast<float>(static_cast<std::int32_t>(high)) / 2147483648.0f;
    }
    case encode::PcmFormat::Float32: {
        float value = 0;
        std::memcpy(&value, pcm, sizeof value);
        return value;
    }
    }
    return 0;
}

} // namespace

void decodePcm(std::span<const std::byte> pcm, encode::PcmFormat format, const AudioBlock& out) {
    const auto sampleBytes = static_cast<std::size_t>(encode::bytesPerSample(format));
    assert(pcm.size() == sampleBytes * static_cast<std::size_t>(out.numChannels * out.numFrames));
    const std::byte* sample = pcm.data();
    for (std::int64_t n = 0; n < out.numFrames; ++n)
        for (int c = 0; c < out.numChannels; ++c, sample += sampleBytes)
            out.channels[c][n] = sampleAt(sample, format);
}

void crossfade(const AudioBlock& to, const AudioBlock& from, std::int64_t first,
               std::int64_t length) {
    assert(to.numChannels == from.numChannels && to.numFrames == from.numFrames);
    const float scale = 1.0f / static_cast<float>(length + 1);
    for (int c = 0; c < to.numChannels; ++c)
        for (std::int64_t n = 0; n < to.numFrames; ++n) {
            const float weight = static_cast<float>(first + n + 1) * scale;
            to.channels[c][n] = weight * to.channels[c][n] + (1.0f - weight) * from.channels[c][n];
        }
}

void ramp(const AudioBlock& block, std::int64_t level, int step, std::int64_t levels) {
    const float scale = 1.0f / static_cast<float>(levels);
    for (int c = 0; c < block.numChannels; ++c)
        for (std::int64_t n = 0; n < block.numFrames; ++n)
            block.channels[c][n] *= static_cast<float>(level + n * step) * scale;
}

} // namespace segue::backend::live
