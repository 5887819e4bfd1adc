#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace segue::decode::test {

/// Interleaved audio that keeps codecs busy: gliding partials, another mix per channel, and bursts
/// of noise. |x| < 0.8.
std::vector<float> music(int sampleRateHz, int numChannels, std::int64_t numFrames,
                         unsigned seed = 1);

struct Encoding {
    std::string name; ///< for messages, and the file's name
    int format = 0;   ///< SF_FORMAT_*
    int sampleRateHz = 44'100;
    int numChannels = 2;
    double compression = -1; ///< libsndfile's 0 (best) .. 1; negative: its default
    std::optional<int> bitrateMode{};
};

/// Writes `interleaved` through libsndfile. Throws std::runtime_error if it cannot.
void writeAudio(const std::filesystem::path& path, const Encoding& encoding,
                const std::vector<float>& interleaved);

/// The same for integers, left-justified in 32 bits; libsndfile would scale floats by 32767.
void writeIntegers(const std::filesystem::path& path, const Encoding& encoding,
                   const std::vector<std::int32_t>& interleaved);

/// Has the program `ffmpeg` encode `interleaved`, in 16 bits (24 where `arguments` name them).
/// @param arguments  as ffmpeg wants them; the last one is the file's ending
/// @return `path` with the ending. Throws std::runtime_error if it cannot
std::filesystem::path encodeWithFfmpeg(const std::filesystem::path& path, const Encoding& encoding,
                                       const std::vector<float>& interleaved,
                                       const std::string& arguments);

std::vector<std::uint8_t> bytesOf(const std::filesystem::path& path);
void writeBytes(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes);

/// Gives every Ogg page in `bytes` the checksum of its content: readers skip pages whose checksum
/// is wrong.
void mendOggChecksums(std::vector<std::uint8_t>& bytes);

} // namespace segue::decode::test
