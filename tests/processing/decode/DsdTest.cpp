// One-bit files, made here: what comes out is the sound that was modulated, wherever one begins.

#include "processing/decode/AudioSource.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

using test::Planes;
using Bytes = std::vector<std::uint8_t>;

constexpr int kRate = 2'822'400;
constexpr double kToneHz = 1000;

double tone(int channel, double seconds) {
    return 0.4 * std::sin(2 * std::numbers::pi * kToneHz * (channel + 1) * seconds + 1);
}

/// A sigma-delta modulator of second order; the earliest bit on top.
Bytes modulated(int channel, std::int64_t firstBit, std::int64_t numBits) {
    Bytes bytes(static_cast<std::size_t>(numBits / 8));
    double first = 0, second = 0;
    for (std::int64_t n = 0; n < numBits; ++n) {
        const double out = second >= 0 ? 1 : -1;
        first += tone(channel, static_cast<double>(firstBit + n) / kRate) - out;
        second += first - out;
        if (out > 0)
            bytes[static_cast<std::size_t>(n / 8)] |= static_cast<std::uint8_t>(0x80 >> n % 8);
    }
    return bytes;
}

void put(Bytes& bytes, const std::string& text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
}
void little(Bytes& bytes, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void big(Bytes& bytes, std::uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint8_t turned(std::uint8_t byte) {
    unsigned value = 0;
    for (unsigned bit = 0; bit < 8; ++bit)
        value |= (byte >> bit & 1U) << (7 - bit);
    return static_cast<std::uint8_t>(value);
}

Bytes dsf(const std::vector<Bytes>& channels) {
    constexpr std::size_t kBlock = 4096;
    const std::size_t numBlocks = (channels[0].size() + kBlock - 1) / kBlock;
    const std::size_t data = numBlocks * kBlock * channels.size();
    Bytes file;
    put(file, "DSD ");
    little(file, 28, 8);
    little(file, 28 + 52 + 12 + data, 8);
    little(file, 0, 8);
    put(file, "fmt ");
    little(file, 52, 8);
    little(file, 1, 4);
    little(file, 0, 4);
    little(file, channels.size(), 4);
    little(file, channels.size(), 4);
    little(file, kRate, 4);
    little(file, 1, 4);
    little(file, channels[0].size() * 8, 8);
    little(file, kBlock, 4);
    little(file, 0, 4);
    put(file, "data");
    little(file, data + 12, 8);
    for (std::size_t block = 0; block < numBlocks; ++block)
        for (const Bytes& channel : channels)
            for (std::size_t i = block * kBlock; i < (block + 1) * kBlock; ++i)
                file.push_back(i < channel.size() ? turned(channel[i]) : 0);
    return file;
}

Bytes dsdiff(const std::vector<Bytes>& channels, const std::string& compression = "DSD ") {
    Bytes property;
    put(property, "SND FS  ");
    big(property, 4, 8);
    big(property, kRate, 4);
    put(property, "CHNL");
    big(property, 2 + 4 * channels.size(), 8);
    big(property, channels.size(), 2);
    for (std::size_t c = 0; c < channels.size(); ++c)
        put(property, c == 0 ? "SLFT" : "SRGT");
    put(property, "CMPR");
    big(property, 5, 8);
    put(property, compression + std::string(2, '\0')); // an empty name, and a byte to make it even
    Bytes body;
    put(body, "DSD FVER");
    big(body, 4, 8);
    big(body, 0x01050000, 4);
    put(body, "PROP");
    big(body, property.size(), 8);
    body.insert(body.end(), property.begin(), property.end());
    put(body, "DSD ");
    big(body, channels[0].size() * channels.size(), 8);
    for (std::size_t i = 0; i < channels[0].size(); ++i)
        for (const Bytes& channel : channels)
            body.push_back(channel[i]);
    Bytes file;
    put(file, "FRM8");
    big(file, body.size(), 8);
    file.insert(file.end(), body.begin(), body.end());
    return file;
}

constexpr std::int64_t kFrames = 40'000; // at 88.2 kHz
constexpr std::int64_t kBits = kFrames * 32;

std::vector<Bytes> stereo(std::int64_t firstBit = 0, std::int64_t numBits = kBits) {
    return {modulated(0, firstBit, numBits), modulated(1, firstBit, numBits)};
}

double worstError(const Planes& planes, std::int64_t from, std::int64_t to, std::int64_t at) {
    double worst = 0;
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = from; n < to; ++n)
            worst = std::max(
                worst, std::fabs(planes[static_cast<std::size_t>(c)][static_cast<std::size_t>(n)] -
                                 tone(c, static_cast<double>(at + n) / 88'200)));
    return worst;
}

TEST(Dsd, BothContainersGiveTheSoundThatWasModulated) {
    const segue::test::TempDir dir;
    test::writeBytes(dir.path() / "a.dsf", dsf(stereo()));
    test::writeBytes(dir.path() / "a.dff", dsdiff(stereo()));
    const auto source = test::opened(dir.path() / "a.dsf");
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().codec, "dsd");
    EXPECT_EQ(source->info().sampleRateHz, 88'200);
    EXPECT_EQ(source->info().numChannels, 2);
    EXPECT_EQ(source->info().numFrames, kFrames);
    const Planes planes = test::readAll(*source);
    ASSERT_EQ(test::framesOf(planes), kFrames);
    // What the modulator moves beyond 20 kHz stays; a frame's shift would be an error of 0.03.
    EXPECT_LT(worstError(planes, 1000, kFrames - 1000, 0), 0.004);
    const auto other = test::opened(dir.path() / "a.dff");
    ASSERT_TRUE(other);
    EXPECT_TRUE(test::equalAt(test::readAll(*other), planes, 0));
}

TEST(Dsd, SeeksGiveTheSameFrames) {
    const segue::test::TempDir dir;
    test::writeBytes(dir.path() / "a.dsf", dsf(stereo()));
    const auto source = test::opened(dir.path() / "a.dsf");
    const Planes whole = test::readAll(*source, 10'007);
    std::mt19937 random(3);
    for (int i = 0; i < 50; ++i) {
        const auto target = static_cast<std::int64_t>(random() % kFrames);
        ASSERT_TRUE(source->seek(target));
        Planes part;
        ASSERT_EQ(test::readInto(*source, 2500, 611, part), "");
        ASSERT_EQ(test::framesOf(part), std::min<std::int64_t>(2500, kFrames - target));
        ASSERT_TRUE(test::equalAt(part, whole, target)) << target;
    }
}

TEST(Dsd, TracksOfAnAlbumJoinWithoutAStep) {
    const segue::test::TempDir dir;
    const auto all = stereo();
    std::vector<Bytes> first, second;
    for (const Bytes& channel : all) {
        first.emplace_back(channel.begin(), channel.begin() + kBits / 16);
        second.emplace_back(channel.begin() + kBits / 16, channel.end());
    }
    test::writeBytes(dir.path() / "1.dsf", dsf(first));
    test::writeBytes(dir.path() / "2.dsf", dsf(second));
    Planes joined = test::readAll(*test::opened(dir.path() / "1.dsf"));
    ASSERT_EQ(test::framesOf(joined), kFrames / 2);
    const Planes rest = test::readAll(*test::opened(dir.path() / "2.dsf"));
    for (std::size_t c = 0; c < joined.size(); ++c)
        joined[c].insert(joined[c].end(), rest[c].begin(), rest[c].end());
    ASSERT_EQ(test::framesOf(joined), kFrames);
    // Silence beyond the ends would be an error of a quarter.
    EXPECT_LT(worstError(joined, kFrames / 2 - 50, kFrames / 2 + 50, 0), 0.09);
}

TEST(Dsd, CutFilesEndWhereTheirBytesEnd) {
    const segue::test::TempDir dir;
    const auto path = dir.path() / "a";
    for (const bool isDsf : {true, false}) {
        Bytes file = isDsf ? dsf(stereo()) : dsdiff(stereo());
        file.resize(file.size() / 2);
        test::writeBytes(path, file);
        const auto source = test::opened(path);
        ASSERT_TRUE(source);
        EXPECT_NEAR(static_cast<double>(source->info().numFrames), kFrames / 2.0, 1100);
        EXPECT_EQ(test::framesOf(test::readAll(*source)), source->info().numFrames);
    }
}

TEST(Dsd, WhatIsNotPlainDsdIsRefused) {
    const segue::test::TempDir dir;
    const auto path = dir.path() / "a";
    test::writeBytes(path, dsdiff(stereo(0, 3200), "DST "));
    EXPECT_EQ(segue::test::codeOf(openSource(path)), ErrorCode::Unsupported);
    Bytes file = dsf(stereo(0, 3200));
    file[28 + 28] ^= 0x40; // its rate
    test::writeBytes(path, file);
    EXPECT_EQ(segue::test::codeOf(openSource(path)), ErrorCode::Unsupported);
    file.resize(40);
    test::writeBytes(path, file);
    EXPECT_EQ(segue::test::codeOf(openSource(path)), ErrorCode::Corrupt);
}

} // namespace
} // namespace segue::decode
