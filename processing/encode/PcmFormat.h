#pragma once

#include <cstdint>
#include <optional>

namespace segue::encode {

/// The sample format of a delivered WAV stream.
enum class PcmFormat { Int16, Int24, Float32 };

inline constexpr int bytesPerSample(PcmFormat format) {
    return format == PcmFormat::Int16 ? 2 : format == PcmFormat::Int24 ? 3 : 4;
}
inline constexpr int bitsPerSample(PcmFormat format) {
    return 8 * bytesPerSample(format);
}

/// 16, 24 or 32 (float); nothing else.
inline constexpr std::optional<PcmFormat> pcmFormatOfBits(int bits) {
    if (bits == 16)
        return PcmFormat::Int16;
    if (bits == 24)
        return PcmFormat::Int24;
    if (bits == 32)
        return PcmFormat::Float32;
    return std::nullopt;
}

/// Everything that fixes the bytes of a WAV stream apart from its samples.
struct StreamFormat {
    int sampleRateHz = 0;
    int numChannels = 0;
    PcmFormat pcm = PcmFormat::Int16;

    int bytesPerFrame() const { return numChannels * bytesPerSample(pcm); }
    bool operator==(const StreamFormat&) const = default;
};

} // namespace segue::encode
