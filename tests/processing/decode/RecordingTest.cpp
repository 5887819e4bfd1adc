// What was read once is read again, bit for bit, from memory and behind its end from the file.
#include "processing/decode/Recording.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

#include <sndfile.h>

#include "tests/processing/decode/SourceReading.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

using segue::test::BufferSource;
using test::equalAt;
using test::Planes;
using test::readAll;
using test::readInto;

constexpr int kRateHz = 44100;
constexpr std::int64_t kPlenty = std::int64_t{1} << 30;

class RecordingTest : public testing::Test {
  protected:
    void write(const AudioBuffer& audio, int format) const {
        SF_INFO info{};
        info.samplerate = kRateHz;
        info.channels = audio.numChannels();
        info.format = format;
        SNDFILE* file = sf_open(path().c_str(), SFM_WRITE, &info);
        ASSERT_NE(file, nullptr);
        std::vector<float> frames;
        for (std::int64_t i = 0; i < audio.numFrames(); ++i)
            for (int c = 0; c < audio.numChannels(); ++c)
                frames.push_back(audio.channel(c)[i]);
        EXPECT_EQ(sf_writef_float(file, frames.data(), audio.numFrames()), audio.numFrames());
        sf_close(file);
    }
    std::filesystem::path path() const { return dir_.path() / "track"; }

    /// @param blockFrames  of the reads that record
    std::shared_ptr<Recording> record(std::int64_t maxBytes,
                                      std::int64_t blockFrames = 2048) const {
        auto source = test::opened(path());
        auto recording = std::make_shared<Recording>(source->info(), maxBytes);
        const auto recorder = recorded(std::move(source), recording);
        readAll(*recorder, blockFrames);
        return recording;
    }

    segue::test::TempDir dir_;
};

TEST_F(RecordingTest, EveryFormatComesBackBitForBit) {
    const AudioBuffer sound = segue::test::musicLike(2, kRateHz + 123, kRateHz);
    for (const int format : {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
                             SF_FORMAT_WAV | SF_FORMAT_PCM_U8, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                             SF_FORMAT_OGG | SF_FORMAT_VORBIS}) {
        write(sound, format);
        const Planes once = readAll(*test::opened(path()));
        const auto recording = record(kPlenty, 1000);
        EXPECT_EQ(recording->numFrames(), test::framesOf(once));
        const auto again = replayed(recording, path());
        for (const std::int64_t from : {0, 8191, 8192, 40000}) {
            ASSERT_TRUE(again->seek(from));
            const Planes read = readAll(*again, 777);
            EXPECT_EQ(test::framesOf(read), test::framesOf(once) - from);
            EXPECT_TRUE(equalAt(read, once, from)) << std::hex << format << " from " << from;
        }
    }
}

TEST_F(RecordingTest, BehindItsBoundTheFileIsDecoded) {
    write(segue::test::musicLike(2, 3 * kRateHz, kRateHz), SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    const Planes once = readAll(*test::opened(path()));
    const auto recording = record(kRateHz * 4);
    EXPECT_GT(recording->numFrames(), 0);
    EXPECT_LE(recording->numFrames(), kRateHz);
    const auto again = replayed(recording, path());
    EXPECT_TRUE(equalAt(readAll(*again, 5000), once, 0));
    for (const std::int64_t from : {2 * kRateHz, kRateHz / 2, 3 * kRateHz - 5}) {
        ASSERT_TRUE(again->seek(from));
        Planes read;
        EXPECT_EQ(readInto(*again, kRateHz, 5000, read), "");
        EXPECT_TRUE(equalAt(read, once, from)) << from;
    }
}

TEST_F(RecordingTest, SixteenBitsTakeTwoBytes) {
    const AudioBuffer sound = segue::test::musicLike(1, 4 * 8192, kRateHz);
    write(sound, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    EXPECT_EQ(record(4 * 8192 * 2)->numFrames(), 4 * 8192);
    EXPECT_EQ(record(4 * 8192 * 2 - 1)->numFrames(), 3 * 8192);
    write(sound, SF_FORMAT_WAV | SF_FORMAT_PCM_24);
    EXPECT_EQ(record(4 * 8192 * 2)->numFrames(), 2 * 8192);
}

TEST_F(RecordingTest, ValuesThatNoIntegerHasStay) {
    AudioBuffer odd(1, 6);
    const float values[] = {
        -0.0f, 1.0f, -1.0f, 1e4f, std::numeric_limits<float>::denorm_min(), 0.5f + 1e-7f};
    for (const float value : values) {
        std::fill_n(odd.channel(0), 6, 0.25f);
        odd.channel(0)[3] = value;
        AudioBuffer copy(1, 6);
        std::copy_n(odd.channel(0), 6, copy.channel(0));
        auto source = std::make_unique<BufferSource>(std::move(copy), kRateHz);
        auto recording = std::make_shared<Recording>(source->info(), kPlenty);
        readAll(*recorded(std::move(source), recording));
        AudioBuffer read(1, 6);
        recording->copy(0, read.block());
        for (int n = 0; n < 6; ++n)
            EXPECT_EQ(std::bit_cast<std::uint32_t>(read.channel(0)[n]),
                      std::bit_cast<std::uint32_t>(odd.channel(0)[n]))
                << value;
    }
}

TEST_F(RecordingTest, AGapEndsIt) {
    write(segue::test::musicLike(1, kRateHz, kRateHz), SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    auto source = test::opened(path());
    auto recording = std::make_shared<Recording>(source->info(), kPlenty);
    auto recorder = recorded(std::move(source), recording);
    Planes ignored;
    ASSERT_EQ(readInto(*recorder, 10000, 2048, ignored), "");
    ASSERT_TRUE(recorder->seek(20000));
    ASSERT_EQ(readInto(*recorder, 5000, 2048, ignored), "");
    ASSERT_TRUE(recorder->seek(0));
    ASSERT_EQ(readInto(*recorder, 12000, 5000, ignored), "");
    recorder.reset();
    EXPECT_EQ(recording->numFrames(), 12000);
    const Planes once = readAll(*test::opened(path()));
    EXPECT_TRUE(equalAt(readAll(*replayed(recording, path())), once, 0));
}

TEST_F(RecordingTest, AnEditedFileIsTold) {
    write(segue::test::musicLike(1, kRateHz, kRateHz), SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const auto recording = record(8192 * 2);
    std::ofstream(path(), std::ios::app) << "more";
    const auto again = replayed(recording, path());
    ASSERT_TRUE(again->seek(20000));
    AudioBuffer buffer(1, 100);
    EXPECT_EQ(segue::test::codeOf(again->read(buffer.block())), ErrorCode::Changed);
    EXPECT_EQ(segue::test::codeOf(again->seek(kRateHz + 1)), ErrorCode::InvalidArgument);
}

} // namespace
} // namespace segue::decode
