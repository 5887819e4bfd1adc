// fuzz_decode_seeds FOLDER: a small corpus for fuzz_decode, one short file per format.

#include <sndfile.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/processing/decode/TestFiles.h"

using namespace segue::decode::test;

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    const std::filesystem::path folder(argv[1]);
    std::filesystem::create_directories(folder);
    const Encoding encodings[] = {
        {"wav16", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44'100, 2},
        {"wav24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 48'000, 6},
        {"wavfloat", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 96'000, 1},
        {"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 48'000, 2},
        {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44'100, 2},
        {"aifc", SF_FORMAT_AIFF | SF_FORMAT_FLOAT, 44'100, 1},
        {"flac16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44'100, 2},
        {"flac24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 96'000, 1},
        {"vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22'050, 1, 0.9},
        {"vorbis2", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44'100, 2, 0.9},
        {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48'000, 2, 0.9},
        {"opus6", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48'000, 6, 0.99},
        {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44'100, 2, 0.8},
        {"mp3low", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16'000, 1, 0.9},
    };
    for (const Encoding& encoding : encodings)
        writeAudio(folder / encoding.name, encoding,
                   music(encoding.sampleRateHz, encoding.numChannels, encoding.sampleRateHz / 3));
    const std::string front = " -movflags +faststart .m4a";
    for (const std::string arguments :
         {"-c:a aac" + front, "-c:a alac" + front, std::string("-c:a aac .aac"),
          std::string("-c:a wmav2 .wma"), std::string("-c:a wmav1 .wma"),
          std::string("-c:a wavpack .wv"), std::string("-c:a tta .tta"),
          std::string("-c:a flac .oga"), std::string("-c:a libopus .webm"),
          std::string("-c:a libvorbis .mka"), std::string("-c:a pcm_s16le .mka"),
          std::string("-c:a aac -movflags +frag_keyframe+empty_moov .mp4")})
        encodeWithFfmpeg(folder / ("ffmpeg" + std::to_string(arguments.size())), {"", 0, 48'000, 2},
                         music(48'000, 2, 16'000), arguments);
    return 0;
}
