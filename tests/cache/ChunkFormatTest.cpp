#include "cache/ChunkFormat.h"

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "tests/support/Errors.h"

namespace segue::cache {
namespace {

constexpr ChunkHeader kHeader{.key = {0x0102030405060708, 0x090a0b0c0d0e0f10},
                              .payloadBytes = 0x20000,
                              .budget = Budget::FirstChunk};

TEST(ChunkFormat, HeaderLooksAsDocumented) {
    const HeaderBytes bytes = encodeHeader(kHeader);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string expected = std::string("SEGUECHK") + std::string("\1\0\0\0", 4) +
                                 std::string("\0\0\1\0", 4) + "\x08\x07\x06\x05\x04\x03\x02\x01" +
                                 "\x10\x0f\x0e\x0d\x0c\x0b\x0a\x09" +
                                 std::string("\0\0\2\0\0\0\0\0", 8) + "\1" + std::string(23, '\0');
    EXPECT_EQ(text, expected);
}

TEST(ChunkFormat, HeaderComesBack) {
    EXPECT_EQ(decodeHeader(encodeHeader(kHeader)).value(), kHeader);
}

TEST(ChunkFormat, LengthsFollowTheBlocks) {
    EXPECT_EQ(fileBytes(0), 72);
    EXPECT_EQ(fileBytes(1), 64 + 1 + 16);
    EXPECT_EQ(fileBytes(65536), 64 + 65536 + 16);
    EXPECT_EQ(fileBytes(65537), 64 + 65537 + 24);
}

TEST(ChunkFormat, ImpossibleHeadersAreCorrupt) {
    const auto corruptWith = [](std::size_t at, int value) {
        HeaderBytes bytes = encodeHeader(kHeader);
        bytes[at] = static_cast<std::byte>(value);
        const auto header = decodeHeader(bytes);
        return !header && header.error().code == ErrorCode::Corrupt;
    };
    EXPECT_TRUE(corruptWith(0, 'X'));   // magic
    EXPECT_TRUE(corruptWith(8, 2));     // version
    EXPECT_TRUE(corruptWith(12, 1));    // block size
    EXPECT_TRUE(corruptWith(35, 0x80)); // 2 GiB
    EXPECT_TRUE(corruptWith(39, 0x80)); // negative
    EXPECT_TRUE(corruptWith(40, 2));    // budget
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
