// Audio files for the tests and the fuzzer's seeds, made by libsndfile from fixed seeds.

#include "tests/processing/decode/TestFiles.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>

/// libvorbis 1.3.7 leaks when it sets up an encoder for six channels, and a few bytes where it
/// refuses a damaged file.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:vorbis_encode_setup_init\nleak:libvorbisfile\n";
}

namespace segue::decode::test {

std::vector<float> music(int sampleRateHz, int numChannels, std::int64_t numFrames, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> out(static_cast<std::size_t>(numFrames * numChannels));
    constexpr int kHop = 64; // the glide and the bursts move in steps of this many frames
    for (int c = 0; c < numChannels; ++c) {
        float phase[4] = {0, 0, 0, 0}; // of triangles, in cycles
        for (std::int64_t begin = 0; begin < numFrames; begin += kHop) {
            const double t = static_cast<double>(begin) / sampleRateHz;
            float step[4];
            for (int k = 0; k < 4; ++k)
                step[k] =
                    static_cast<float>((160.0 + 70 * c) * (k + 1) *
                                       (1 + 0.1 * std::sin(2 * t * (k + 1) + c)) / sampleRateHz);
            const auto burst =
                static_cast<float>(0.2 * std::exp(-20 * std::fmod(t + 0.05 * c, 0.4)));
            for (std::int64_t n = begin; n < std::min(begin + kHop, numFrames); ++n) {
                float value = burst * uniform(random);
                for (int k = 0; k < 4; ++k) {
                    phase[k] += step[k];
                    phase[k] -= std::floor(phase[k]);
                    value +=
                        0.25f / static_cast<float>(k + 1) * (4 * std::fabs(phase[k] - 0.5f) - 1);
                }
                out[static_cast<std::size_t>(n * numChannels + c)] = value;
            }
        }
    }
    return out;
}

namespace {

using Handle = std::unique_ptr<SNDFILE, decltype(&sf_close)>;

Handle create(const std::filesystem::path& path, const Encoding& encoding) {
    SF_INFO info{};
    info.samplerate = encoding.sampleRateHz;
    info.channels = encoding.numChannels;
    info.format = encoding.format;
    Handle file(sf_open(path.c_str(), SFM_WRITE, &info), sf_close);
    if (!file)
        throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
    if (encoding.bitrateMode) {
        int mode = *encoding.bitrateMode;
        sf_command(file.get(), SFC_SET_BITRATE_MODE, &mode, sizeof mode);
    }
    if (encoding.compression >= 0) {
        double level = encoding.compression;
        sf_command(file.get(), SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    }
    return file;
}

} // namespace

void writeAudio(const std::filesystem::path& path, const Encoding& encoding,
                const std::vector<float>& interleaved) {
    const Handle file = create(path, encoding);
    // In pieces: libsndfile's Vorbis encoder keeps a whole write on the stack.
    const auto total = static_cast<sf_count_t>(interleaved.size()) / encoding.numChannels;
    for (sf_count_t done = 0; done < total;) {
        const sf_count_t piece = std::min<sf_count_t>(total - done, 4096);
        if (sf_writef_float(file.get(), interleaved.data() + done * encoding.numChannels, piece) !=
            piece)
            throw std::runtime_error(path.string() + ": " + sf_strerror(file.get()));
        done += piece;
    }
}

void writeIntegers(const std::filesystem::path& path, const Encoding& encoding,
                   const std::vector<std::int32_t>& interleaved) {
    const Handle file = create(path, encoding);
    const auto total = static_cast<sf_count_t>(interleaved.size());
    if (sf_write_int(file.get(), interleaved.data(), total) != total)
        throw std::runtime_error(path.string() + ": " + sf_strerror(file.get()));
}

std::filesystem::path encodeWithFfmpeg(const std::filesystem::path& path, const Encoding& encoding,
                                       const std::vector<float>& interleaved,
                                       const std::string& arguments) {
    const auto wav = path.string() + ".source.wav";
    const bool is24 = arguments.find("24") != std::string::npos;
    writeAudio(wav,
               {"source", SF_FORMAT_WAVEX | (is24 ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_16),
                encoding.sampleRateHz, encoding.numChannels},
               interleaved);
    const auto space = arguments.rfind(' ');
    const auto encoded = path.string() + arguments.substr(space + 1);
    const std::string command = "ffmpeg -v error -y -i '" + wav + "' " +
                                arguments.substr(0, space) + " '" + encoded + "' < /dev/null";
    if (std::system(command.c_str()) != 0)
        throw std::runtime_error(command);
    std::filesystem::remove(wav);
    return encoded;
}

std::vector<std::uint8_t> bytesOf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void writeBytes(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
}

void mendOggChecksums(std::vector<std::uint8_t>& bytes) {
    for (std::size_t at = 0; at + 27 <= bytes.size();) {
        if (std::memcmp(&bytes[at], "OggS", 4) != 0) {
            ++at;
            continue;
        }
        std::size_t end = at + 27 + bytes[at + 26];
        for (std::size_t i = at + 27; i < at + 27 + bytes[at + 26] && i < bytes.size(); ++i)
            end += bytes[i];
        if (end > bytes.size())
            return;
        std::fill_n(&bytes[at + 22], 4, std::uint8_t{0});
        std::uint32_t crc = 0;
        for (std::size_t i = at; i < end; ++i) {
            crc ^= static_cast<std::uint32_t>(bytes[i]) << 24;
            for (int bit = 0; bit < 8; ++bit)
                crc = crc << 1 ^ (crc & 0x80000000u ? 0x04C11DB7u : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i)
            bytes[at + 22 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
        at = end;
    }
}

} // namespace segue::decode::test
