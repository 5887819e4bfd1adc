#pragma once

#include <filesystem>
#include <fstream>
#include <vector>

#include "processing/encode/PcmQuantizer.h"
#include "processing/encode/WavHeader.h"
#include "processing/types/Audio.h"

namespace segue::test {

/// Writes a 16-bit WAV file. @return its samples as they lie in the file
inline std::vector<std::byte> writeWav(const std::filesystem::path& path, AudioBuffer audio,
                                       int sampleRateHz) {
    const encode::StreamFormat format{.sampleRateHz = sampleRateHz,
                                      .numChannels = audio.numChannels(),
                                      .pcm = encode::PcmFormat::Int16};
    std::vector<std::byte> samples(
        static_cast<std::size_t>(audio.numFrames() * format.bytesPerFrame()));
    encode::quantize(audio.block(), 0, format.pcm, encode::Dither::No, samples.data());
    const std::vector<std::byte> header = encode::wavHeader(format, audio.numFrames());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const auto write = [&](const std::vector<std::byte>& bytes) {
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    };
    write(header);
    write(samples);
    return samples;
}

} // namespace segue::test
