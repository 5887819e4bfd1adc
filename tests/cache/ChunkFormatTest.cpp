#include "cache/ChunkFormat.h"

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "tests/support/Errors.h"

namespace segue::cache {
namespace {

const ChunkHeader kHeader{.key = {0x0102030405060708, 0x090a0b0c0d0e0f10},
                          .payloadBytes = 0x20000,
                          .budget = Budget::FirstChunk,
                          .about = {.source = {0x21, 0x22},
                                    .stream = {0x23, 0x24},
                                    .preset = "warm",
                                    .intensity = 0.75,
                                    .chunk = 3,
                                    .sampleRateHz = 44100,
                                    .numChannels = 2,
                                    .bitsPerSample = 16,
                                    .dithered = true,
                                    .numFrames = 0x500000}};

TEST(ChunkFormat, HeaderLooksAsDocumented) {
    const HeaderBytes bytes = encodeHeader(kHeader);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto hash = [](char high, char low) {
        return high + std::string(7, '\0') + low + std::string(7, '\0');
    };
    const std::string expected =
        std::string("SEGUECHK") + std::string("\2\0\0\0", 4) + std::string("\0\0\1\0", 4) +
        "\x08\x07\x06\x05\x04\x03\x02\x01" + "\x10\x0f\x0e\x0d\x0c\x0b\x0a\x09" +
        std::string("\0\0\2\0\0\0\0\0", 8) + "\1" + std::string(7, '\0') + hash('\x21', '\x22') +
        hash('\x23', '\x24') + std::string("\0\0\x50\0\0\0\0\0", 8) +
        std::string("\x44\xac\0\0\3\0\0\0", 8) + std::string("\xb0\x71\x0b\0\2\x10\1\4", 8) +
        "warm" + std::string(36 + 16, '\0');
    EXPECT_EQ(text, expected);
}

TEST(ChunkFormat, HeaderComesBack) {
    EXPECT_EQ(decodeHeader(encodeHeader(kHeader)).value(), kHeader);
}

TEST(ChunkFormat, LengthsFollowTheBlocks) {
    EXPECT_EQ(fileBytes(0), 168);
    EXPECT_EQ(fileBytes(1), 160 + 1 + 16);
    EXPECT_EQ(fileBytes(65536), 160 + 65536 + 16);
    EXPECT_EQ(fileBytes(65537), 160 + 65537 + 24);
}

TEST(ChunkFormat, ImpossibleHeadersAreCorrupt) {
    const auto corruptWith = [](std::size_t at, int value) {
        HeaderBytes bytes = encodeHeader(kHeader);
        bytes[at] = static_cast<std::byte>(value);
        const auto header = decodeHeader(bytes);
        return !header && header.error().code == ErrorCode::Corrupt;
    };
    EXPECT_TRUE(corruptWith(0, 'X'));   // magic
    EXPECT_TRUE(corruptWith(8, 1));     // version
    EXPECT_TRUE(corruptWith(12, 1));    // block size
    EXPECT_TRUE(corruptWith(35, 0x80)); // 2 GiB
    EXPECT_TRUE(corruptWith(39, 0x80)); // negative
    EXPECT_TRUE(corruptWith(40, 2));    // budget
    EXPECT_TRUE(corruptWith(103, 41));  // length of the preset's name
    EXPECT_FALSE(corruptWith(103, 40));
    EXPECT_FALSE(corruptWith(40, 1));
}

TEST(ChunkFormat, FooterCoversTheReservedBytesToo) {
    const HeaderBytes header = encodeHeader(kHeader);
    const auto footer = encodeFooter(header, {1, 2});
    EXPECT_EQ(decodeFooter(header, footer).value(), (BlockHashes{1, 2}));
    HeaderBytes other = header;
    other[50] = std::byte{1};
    EXPECT_EQ(test::codeOf(decodeFooter(other, footer)), ErrorCode::Corrupt);
    for (std::size_t i = 0; i < footer.size(); ++i) {
        auto damaged = footer;
        damaged[i] ^= std::byte{4};
        EXPECT_FALSE(decodeFooter(header, damaged)) << i;
    }
}

} // namespace
} // namespace segue::cache
