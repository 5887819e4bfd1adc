#include "processing/encode/WavHeader.h"

#include <gtest/gtest.h>

#include <sndfile.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "processing/types/Audio.h"
#include "processing/types/UniqueFd.h"

namespace segue::encode {
namespace {

std::uint64_t little(const std::vector<std::byte>& bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::to_integer<std::uint64_t>(bytes.at(at + i)) << (8 * i);
    return value;
}

/// Offset of a chunk's head, walking the RIFF chunks; npos if there is none.
std::size_t chunkAt(const std::vector<std::byte>& bytes, const char* tag) {
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        if (std::memcmp(&bytes[at], tag, 4) == 0)
            return at;
        at += 8 + little(bytes, at + 4, 4);
    }
    return std::string::npos;
}

std::string tagAt(const std::vector<std::byte>& bytes, std::size_t at) {
    return {reinterpret_cast<const char*>(&bytes.at(at)), 4};
}

/// Header, `numFrames` frames of bytes 1, 2, 3, ..., trailer.
std::vector<std::byte> fileOf(const StreamFormat& format, std::int64_t numFrames) {
    auto bytes = wavHeader(format, numFrames);
    for (std::int64_t i = 0; i < numFrames * format.bytesPerFrame(); ++i)
        bytes.push_back(static_cast<std::byte>(i % 60 + 1));
    bytes.resize(bytes.size() + static_cast<std::size_t>(wavTrailerBytes(format, numFrames)));
    return bytes;
}

constexpr PcmFormat kFormats[] = {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32};

TEST(WavHeader, LibsndfileReadsEveryFormatBack) {
    for (const PcmFormat pcm : kFormats)
        for (int numChannels = 1; numChannels <= kMaxChannels; ++numChannels)
            for (const std::int64_t numFrames : {0, 1, 3, 1000}) {
                const StreamFormat format{96000, numChannels, pcm};
                const auto bytes = fileOf(format, numFrames);
                UniqueFd fd(::memfd_create("wav", MFD_CLOEXEC));
                ASSERT_EQ(::write(fd.get(), bytes.data(), bytes.size()),
                          static_cast<ssize_t>(bytes.size()));
                ASSERT_EQ(::lseek(fd.get(), 0, SEEK_SET), 0);
                SF_INFO info{};
                const std::unique_ptr<SNDFILE, decltype(&sf_close)> file(
                    sf_open_fd(fd.get(), SFM_READ, &info, SF_FALSE), sf_close);
                ASSERT_TRUE(file) << sf_strerror(nullptr);
                EXPECT_EQ(info.frames, numFrames);
                EXPECT_EQ(info.channels, numChannels);
                EXPECT_EQ(info.samplerate, 96000);
                EXPECT_EQ(info.format & SF_FORMAT_SUBMASK,
                          pcm == PcmFormat::Int16   ? SF_FORMAT_PCM_16
                          : pcm == PcmFormat::Int24 ? SF_FORMAT_PCM_24
                                                    : SF_FORMAT_FLOAT);
                EXPECT_EQ(info.format & SF_FORMAT_TYPEMASK,
                          pcm == PcmFormat::Int16 && numChannels <= 2 ? SF_FORMAT_WAV
                                                                      : SF_FORMAT_WAVEX);
                std::vector<std::byte> data(
                    static_cast<std::size_t>(numFrames * format.bytesPerFrame()));
                EXPECT_EQ(
                    sf_read_raw(file.get(), data.data(), static_cast<sf_count_t>(data.size())),
                    static_cast<sf_count_t>(data.size()));
                for (std::size_t i = 0; i < data.size(); ++i)
                    ASSERT_EQ(data[i], static_cast<std::byte>(i % 60 + 1));
            }
}

TEST(WavHeader, PlainStereoIsTheClassic44Bytes) {
    const auto bytes = wavHeader({44100, 2, PcmFormat::Int16}, 1000);
    ASSERT_EQ(bytes.size(), 44u);
    EXPECT_EQ(tagAt(bytes, 0), "RIFF");
    EXPECT_EQ(little(bytes, 4, 4), 36u + 4000u);
    EXPECT_EQ(little(bytes, 20, 2), 1u);
    EXPECT_EQ(little(bytes, 28, 4), 176400u);
    EXPECT_EQ(little(bytes, 40, 4), 4000u);
}

TEST(WavHeader, IsAMultipleOfFourAndSizesMatchTheFileWithItsPad) {
    for (const PcmFormat pcm : kFormats)
        for (int numChannels = 1; numChannels <= kMaxChannels; ++numChannels)
            for (const std::int64_t numFrames : {0, 1, 2, 3, 4, 5, 101}) {
                const StreamFormat format{44100, numChannels, pcm};
                EXPECT_EQ(wavHeader(format, numFrames).size() % 4, 0u);
                const auto bytes = fileOf(format, numFrames);
                EXPECT_EQ(bytes.size() % 2, 0u);
                EXPECT_EQ(little(bytes, 4, 4), bytes.size() - 8);
                const std::size_t data = chunkAt(bytes, "data");
                EXPECT_EQ(little(bytes, data + 4, 4),
                          static_cast<std::uint64_t>(numFrames * format.bytesPerFrame()));
            }
}

TEST(WavHeader, TrailerPadsOnlyOddLengths) {
    EXPECT_EQ(wavTrailerBytes({44100, 1, PcmFormat::Int24}, 3), 1);
    EXPECT_EQ(wavTrailerBytes({44100, 1, PcmFormat::Int24}, 4), 0);
    EXPECT_EQ(wavTrailerBytes({44100, 2, PcmFormat::Int24}, 3), 0);
    EXPECT_EQ(wavTrailerBytes({44100, 1, PcmFormat::Int16}, 3), 0);
}

TEST(WavHeader, ChannelMasksNameAsManySpeakersAsChannels) {
    for (int numChannels = 1; numChannels <= kMaxChannels; ++numChannels) {
        const auto bytes = wavHeader({48000, numChannels, PcmFormat::Int24}, 10);
        const std::size_t fmt = chunkAt(bytes, "fmt ");
        EXPECT_EQ(little(bytes, fmt + 8, 2), 0xFFFEu);
        EXPECT_EQ(__builtin_popcountll(little(bytes, fmt + 8 + 20, 4)), numChannels);
    }
    const auto surround = wavHeader({48000, 6, PcmFormat::Int16}, 10);
    EXPECT_EQ(little(surround, chunkAt(surround, "fmt ") + 28, 4), 0x3Fu) << "5.1";
}

TEST(WavHeader, FloatHasAFactChunk) {
    const auto bytes = wavHeader({48000, 2, PcmFormat::Float32}, 12345);
    const std::size_t fact = chunkAt(bytes, "fact");
    ASSERT_NE(fact, std::string::npos);
    EXPECT_EQ(little(bytes, fact + 8, 4), 12345u);
}

TEST(WavHeader, AnOpenOneSaysNothingOfLengths) {
    for (const PcmFormat pcm : kFormats) {
        const StreamFormat format{48000, 2, pcm};
        const auto open = openWavHeader(format), closed = wavHeader(format, 0);
        ASSERT_EQ(open.size(), closed.size());
        EXPECT_EQ(little(open, 4, 4), 0xFFFF'FFFFu);
        EXPECT_EQ(tagAt(open, open.size() - 8), "data");
        EXPECT_EQ(little(open, open.size() - 4, 4), 0xFFFF'FFFFu);
        std::size_t different = 0;
        for (std::size_t i = 0; i < open.size(); ++i)
            different += open[i] != closed[i] ? 1 : 0;
        EXPECT_LE(different, pcm == PcmFormat::Float32 ? 12u : 8u);
        if (pcm == PcmFormat::Float32) {
            EXPECT_EQ(little(open, chunkAt(open, "fact") + 8, 4), 0xFFFF'FFFFu);
        }
    }
}

TEST(WavHeader, BecomesRf64WhenThirtyTwoBitsDoNotReach) {
    const StreamFormat format{192000, 8, PcmFormat::Float32};
    const std::int64_t numFrames = 200'000'000;
    const auto bytes = wavHeader(format, numFrames);
    EXPECT_EQ(bytes.size() % 4, 0u);
    EXPECT_EQ(tagAt(bytes, 0), "RF64");
    EXPECT_EQ(little(bytes, 4, 4), 0xFFFFFFFFu);
    ASSERT_EQ(chunkAt(bytes, "ds64"), 12u) << "ds64 comes first";
    EXPECT_EQ(little(bytes, 16, 4), 28u);
    EXPECT_EQ(little(bytes, 20, 8), bytes.size() - 8 + 6'400'000'000u);
    EXPECT_EQ(little(bytes, 28, 8), 6'400'000'000u);
    EXPECT_EQ(little(bytes, 36, 8), 200'000'000u);
    EXPECT_EQ(little(bytes, 44, 4), 0u);
    const std::size_t data = chunkAt(bytes, "data");
    EXPECT_EQ(data + 8, bytes.size());
    EXPECT_EQ(little(bytes, data + 4, 4), 0xFFFFFFFFu);
}

TEST(WavHeader, TurnsRf64ExactlyWhereTheRiffSizeOverflows) {
    const StreamFormat format{44100, 2, PcmFormat::Int16};
    // RIFF size = 36 + 4 * frames, and 0xFFFFFFFF is the marker of RF64.
    const std::int64_t last = (std::int64_t{0xFFFFFFFE} - 36) / 4;
    EXPECT_EQ(tagAt(wavHeader(format, last), 0), "RIFF");
    EXPECT_EQ(little(wavHeader(format, last), 4, 4), 36u + 4u * static_cast<unsigned>(last));
    EXPECT_EQ(tagAt(wavHeader(format, last + 1), 0), "RF64");
}

TEST(WavHeader, LibsndfileReadsRf64OfASparseFile) {
    const StreamFormat format{192000, 8, PcmFormat::Float32};
    const std::int64_t numFrames = 200'000'000;
    const auto header = wavHeader(format, numFrames);
    UniqueFd fd(::memfd_create("rf64", MFD_CLOEXEC));
    ASSERT_EQ(::write(fd.get(), header.data(), header.size()), static_cast<ssize_t>(header.size()));
    ASSERT_EQ(::ftruncate(fd.get(),
                          static_cast<off_t>(header.size()) + numFrames * format.bytesPerFrame()),
              0);
    ASSERT_EQ(::lseek(fd.get(), 0, SEEK_SET), 0);
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, decltype(&sf_close)> file(
        sf_open_fd(fd.get(), SFM_READ, &info, SF_FALSE), sf_close);
    ASSERT_TRUE(file) << sf_strerror(nullptr);
    EXPECT_EQ(info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_RF64);
    EXPECT_EQ(info.frames, numFrames);
    EXPECT_EQ(info.channels, 8);
}

} // namespace
} // namespace segue::encode
