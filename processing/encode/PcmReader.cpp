// The way back from delivered bytes, to measure what was delivered. One loop a format; frames are
// taken from their interleaving channel by channel.

#include "processing/encode/PcmReader.h"

#include <cstring>

namespace segue::encode {

namespace {

float sampleOf(const std::byte* at, PcmFormat format) noexcept {
    switch (format) {
    case PcmFormat::Int16: {
        std::int16_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return static_cast<float>(value) * 0x1p-15f;
    }
    case PcmFormat::Int24: {
        const std::uint32_t bits = std::to_integer<std::uint32_t>(at[0]) << 8 |
                                   std::to_integer<std::uint32_t>(at[1]) << 16 |
                                   std::to_integer<std::uint32_t>(at[2]) << 24;
        return static_cast<float>(static_cast<std::int32_t>(bits)) * 0x1p-31f;
    }
    case PcmFormat::Float32:
        break;
    }
    float value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <PcmFormat format>
void readChannels(const std::byte* bytes, const AudioBlock& block) noexcept {
    const std::int64_t stride = std::int64_t{bytesPerSample(format)} * block.numChannels;
    for (int c = 0; c < block.numChannels; ++c) {
        const std::byte* from = bytes + std::int64_t{bytesPerSample(format)} * c;
        float* to = block.channels[c];
        for (std::int64_t i = 0; i < block.numFrames; ++i)
            to[i] = sampleOf(from + i * stride, format);
    }
}

} // namespace

void readPcm(const std::byte* bytes, PcmFormat format, const AudioBlock& block) noexcept {
    switch (format) {
    case PcmFormat::Int16:
        return readChannels<PcmFormat::Int16>(bytes, block);
    case PcmFormat::Int24:
        return readChannels<PcmFormat::Int24>(bytes, block);
    case PcmFormat::Float32:
        return readChannels<PcmFormat::Float32>(bytes, block);
    }
}

} // namespace segue::encode
