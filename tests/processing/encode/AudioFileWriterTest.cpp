// Every format against FFmpeg as an independent reader: length, place and sound.
#include "processing/encode/AudioFileWriter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "processing/encode/PcmQuantizer.h"
#include "processing/encode/PcmReader.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::encode {
namespace {

namespace fs = std::filesystem;

/// What a command prints.
std::string outputOf(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string output;
    char buffer[65536];
    for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;)
        output.append(buffer, count);
    return output;
}

class AudioFileWriterTest : public testing::Test {
  protected:
    Result<void> write(const fs::path& path, AudioBuffer& audio, const FileTarget& target,
                       int rateHz, std::size_t pieceFrames = 3000) const {
        const StreamFormat format{rateHz, audio.numChannels(), pcmFor(target)};
        std::vector<std::byte> pcm(
            static_cast<std::size_t>(audio.numFrames() * format.bytesPerFrame()));
        quantize(audio.block(), 0, format.pcm, Dither::No, pcm.data());
        auto writer = createAudioFile(path, target, format, audio.numFrames(), Overwrite::Yes);
        if (!writer)
            return fail(writer.error());
        const std::size_t piece = pieceFrames * static_cast<std::size_t>(format.bytesPerFrame());
        for (std::size_t at = 0; at < pcm.size(); at += piece)
            if (auto done =
                    (*writer)->append(std::span(pcm).subspan(at, std::min(piece, pcm.size() - at)));
                !done)
                return done;
        return (*writer)->commit();
    }

    /// Interleaved float, by FFmpeg.
    std::vector<float> decoded(const fs::path& path) const {
        const std::string bytes =
            outputOf("ffmpeg -v error -i '" + path.string() + "' -f f32le - < /dev/null");
        std::vector<float> samples(bytes.size() / sizeof(float));
        std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
        return samples;
    }

    fs::path fileOf(const FormatTraits& traits) const {
        return dir_.path() / ("song" + std::string(traits.extension));
    }

    test::TempDir dir_;
};

/// How far the error lies below the sound, dB.
double signalToErrorDb(const std::vector<float>& have, const AudioBuffer& want) {
    double sound = 0;
    double error = 0;
    const auto channels = static_cast<std::size_t>(want.numChannels());
    for (std::int64_t i = 0; i < want.numFrames(); ++i)
        for (std::size_t c = 0; c < channels; ++c) {
            const double x = want.channel(static_cast<int>(c))[i];
            const double difference = have[static_cast<std::size_t>(i) * channels + c] - x;
            sound += x * x;
            error += difference * difference;
        }
    return 10 * std::log10(sound / std::max(error, 1e-30));
}

/// What integers of that many bits make of it.
AudioBuffer rounded(AudioBuffer& audio, PcmFormat pcm) {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(audio.numFrames() * audio.numChannels() * bytesPerSample(pcm)));
    quantize(audio.block(), 0, pcm, Dither::No, bytes.data());
    AudioBuffer result(audio.numChannels(), audio.numFrames());
    readPcm(bytes.data(), pcm, result.block());
    return result;
}

/// The length that a file tells, and the sound that comes out. FFmpeg gives an AAC file's last
/// frame whole, whatever the container says about its end.
void expectLength(const std::filesystem::path& path, FileFormat format,
                  const std::vector<float>& have, std::int64_t frames) {
    const auto decoded = static_cast<std::int64_t>(have.size()) / 2;
    if (format != FileFormat::Aac) {
        EXPECT_EQ(decoded, frames) << path;
        return;
    }
    EXPECT_EQ(std::stoll(outputOf("ffprobe -v error -of csv=p=0 -show_entries "
                                  "stream=duration_ts '" +
                                  path.string() + "'")),
              frames);
    EXPECT_GE(decoded, frames);
    EXPECT_LT(decoded, frames + 1024);
}

TEST_F(AudioFileWriterTest, LosslessFormatsKeepEveryBit) {
    for (const FormatTraits& traits : kFileFormats) {
        if (!traits.lossless)
            continue;
        for (const int bits : {16, 24})
            for (const int channels : {1, 2, 6}) {
                if (channels > traits.mostChannels)
                    continue;
                for (const std::int64_t frames : {1, 4096, 30011}) {
                    AudioBuffer audio = test::musicLike(channels, frames, 44100);
                    const FileTarget target{traits.format, bits};
                    const AudioBuffer want = rounded(audio, pcmFor(target));
                    const auto written = write(fileOf(traits), audio, target, 44100);
                    ASSERT_TRUE(written) << traits.name << ": " << written.error().message;
                    const auto have = decoded(fileOf(traits));
                    ASSERT_EQ(have.size(), static_cast<std::size_t>(frames * channels))
                        << traits.name << ", " << bits << " bits, " << channels << " channels";
                    for (std::int64_t i = 0; i < frames; ++i)
                        for (int c = 0; c < channels; ++c)
                            ASSERT_EQ(have[static_cast<std::size_t>(i * channels + c)],
                                      want.channel(c)[i])
                                << traits.name;
                }
            }
    }
}

TEST_F(AudioFileWriterTest, LossyFormatsKeepLengthAndPlace) {
    for (const FormatTraits& traits : kFileFormats) {
        if (traits.lossless)
            continue;
        for (const std::int64_t frames : {960, 5000, 100'003}) {
            AudioBuffer audio = test::musicLike(2, frames, 48000);
            const auto written = write(fileOf(traits), audio, {traits.format}, 48000);
            ASSERT_TRUE(written) << traits.name << ": " << written.error().message;
            const auto have = decoded(fileOf(traits));
            expectLength(fileOf(traits), traits.format, have, frames);
            ASSERT_GE(have.size(), static_cast<std::size_t>(frames * 2));
            EXPECT_GT(signalToErrorDb(have, audio), 10) << traits.name;
        }
    }
}

TEST_F(AudioFileWriterTest, ResamplesWhereTheFormatNeedsIt) {
    struct Case {
        FileFormat format;
        int from, to;
    };
    for (const Case& c :
         {Case{FileFormat::Opus, 44100, 48000}, Case{FileFormat::Opus, 96000, 48000},
          Case{FileFormat::Mp3, 96000, 48000}, Case{FileFormat::Aac, 192000, 96000},
          Case{FileFormat::Mp3, 88200, 44100}}) {
        const std::int64_t frames = 2 * c.from + 777;
        AudioBuffer audio = test::sine(2, frames, 997, c.from, 0.5, 0);
        const auto& traits = traitsOf(c.format);
        ASSERT_EQ(sampleRateFor(c.format, c.from), c.to);
        const auto written = write(fileOf(traits), audio, {c.format}, c.from);
        ASSERT_TRUE(written) << written.error().message;
        const auto have = decoded(fileOf(traits));
        const std::int64_t expected = std::llround(static_cast<double>(frames) * c.to / c.from);
        expectLength(fileOf(traits), c.format, have, expected);
        ASSERT_GE(static_cast<std::int64_t>(have.size()), 2 * expected);
        AudioBuffer want = test::sine(2, expected, 997, c.to, 0.5, 0);
        EXPECT_GT(signalToErrorDb(have, want), 25) << traits.name << " from " << c.from;
    }
}

TEST_F(AudioFileWriterTest, ABitRateIsObeyed) {
    AudioBuffer audio = test::musicLike(2, 10 * 48000, 48000);
    for (const auto& [format, kbps] :
         {std::pair{FileFormat::Mp3, 128}, std::pair{FileFormat::Opus, 96},
          std::pair{FileFormat::Aac, 128}}) {
        const auto path = fileOf(traitsOf(format));
        ASSERT_TRUE(write(path, audio, {format, 16, kbps}, 48000));
        EXPECT_NEAR(static_cast<double>(fs::file_size(path)) * 8 / 10 / 1000, kbps, kbps * 0.2)
            << traitsOf(format).name;
    }
}

TEST_F(AudioFileWriterTest, TheSamePcmGivesTheSameFile) {
    AudioBuffer audio = test::musicLike(2, 50'000, 44100);
    for (const FormatTraits& traits : kFileFormats) {
        std::string first;
        for (const std::size_t piece : {1000u, 7777u}) {
            ASSERT_TRUE(write(fileOf(traits), audio, {traits.format}, 44100, piece));
            std::ifstream file(fileOf(traits), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(file), {}};
            if (!first.empty()) {
                EXPECT_TRUE(bytes == first) << traits.name;
            }
            first = bytes;
        }
    }
}

TEST_F(AudioFileWriterTest, WhatAFormatCannotHoldIsTold) {
    AudioBuffer six = test::musicLike(6, 1000, 44100);
    const auto written = write(dir_.path() / "six.mp3", six, {FileFormat::Mp3}, 44100);
    EXPECT_EQ(test::codeOf(written), ErrorCode::Unsupported);
    const auto lossless = write(dir_.path() / "six.m4a", six, {FileFormat::Alac}, 44100);
    EXPECT_EQ(test::codeOf(lossless), ErrorCode::Unsupported);
    EXPECT_TRUE(fs::is_empty(dir_.path()));
    EXPECT_FALSE(check({FileFormat::Flac, 32}));
    EXPECT_FALSE(check({FileFormat::Flac, 16, 128}));
    EXPECT_FALSE(check({FileFormat::Opus, 16, 600}));
    EXPECT_TRUE(check({FileFormat::Wav, 32}));
    EXPECT_TRUE(check({FileFormat::Aac, 16, 320}));
}

TEST_F(AudioFileWriterTest, AnAbandonedFileGoes) {
    {
        const auto writer = createAudioFile(dir_.path() / "song.flac", {FileFormat::Flac},
                                            {44100, 2, PcmFormat::Int16}, 100, Overwrite::No);
        ASSERT_TRUE(writer) << writer.error().message;
        const std::vector<std::byte> frames(400);
        ASSERT_TRUE((*writer)->append(frames));
    }
    EXPECT_TRUE(fs::is_empty(dir_.path()));
}

} // namespace
} // namespace segue::encode
