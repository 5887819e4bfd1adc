// Where MPEG-4 and iTunes say that the sound begins and ends; bytes made by hand.

#include "processing/decode/Mp4Edit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/processing/decode/TestFiles.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

std::string number(std::uint64_t value, int count) {
    std::string bytes;
    for (int i = count - 1; i >= 0; --i)
        bytes.push_back(static_cast<char>(value >> (8 * i)));
    return bytes;
}
std::string box(const std::string& name, const std::string& body) {
    return number(body.size() + 8, 4) + name + body;
}
std::string zeros(std::size_t count) {
    return std::string(count, '\0');
}

std::string track(const std::string& handler, const std::string& edits) {
    return box("trak",
               box("edts", box("elst", edits)) +
                   box("mdia", box("mdhd", zeros(12) + number(44'100, 4) + number(99'000, 4)) +
                                   box("hdlr", zeros(8) + handler + zeros(12))));
}
std::string movie(const std::string& tracks) {
    return box("ftyp", "M4A ") + box("free", zeros(100)) +
           box("moov", box("mvhd", zeros(12) + number(1000, 4) + zeros(80)) + tracks);
}

std::optional<Mp4Edit> editOf(const std::string& bytes) {
    const segue::test::TempDir dir;
    test::writeBytes(dir.path() / "a", {bytes.begin(), bytes.end()});
    auto file = SourceFile::open(dir.path() / "a");
    return mp4EditOf(*file);
}

const std::string kOneEdit =
    number(0, 4) + number(1, 4) + number(2000, 4) + number(2112, 4) + number(0x10000, 4);

TEST(Mp4Edit, IsThatOfTheFirstTrackOfSound) {
    const std::string picture = track("vide", number(0, 4) + number(1, 4) + number(7, 4) +
                                                  number(7, 4) + number(0x10000, 4));
    const auto edit = editOf(movie(picture + track("soun", kOneEdit)));
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->mediaTimescale, 44'100);
    EXPECT_EQ(edit->mediaDuration, 99'000);
    EXPECT_EQ(edit->movieTimescale, 1000);
    EXPECT_EQ(edit->begin, 2112);
    EXPECT_EQ(edit->numUnits, 2000);
    EXPECT_FALSE(edit->fragmented);
    EXPECT_FALSE(editOf(movie(picture)));
    EXPECT_TRUE(editOf(movie(track("soun", kOneEdit)) + box("moof", ""))->fragmented);
}

TEST(Mp4Edit, EmptyEditsAreSkippedAndWideOnesRead) {
    const std::string wide = number(0x01000000, 4) + number(2, 4) + number(500, 8) +
                             number(~std::uint64_t{0}, 8) + number(0x10000, 4) + number(3000, 8) +
                             number(1024, 8) + number(0x10000, 4);
    const auto edit = editOf(movie(track("soun", wide)));
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->begin, 1024);
    EXPECT_EQ(edit->numUnits, 3000);
}

TEST(Mp4Edit, DamageEndsTheReading) {
    const std::string whole = movie(track("soun", kOneEdit));
    for (std::size_t size = 0; size < whole.size(); ++size)
        editOf(whole.substr(0, size));
    EXPECT_FALSE(editOf(number(3, 4) + "moov"));
    EXPECT_FALSE(editOf(""));
    // Boxes without end, each of the least size.
    std::string many;
    for (int i = 0; i < 100'000; ++i)
        many += box("free", "");
    EXPECT_FALSE(editOf(many + whole));
}

TEST(ItunesGapless, IsFourNumbersInHex) {
    const auto gapless = parseItunesGapless(
        " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000 00000000");
    ASSERT_TRUE(gapless);
    EXPECT_EQ(gapless->delay, 0x840);
    EXPECT_EQ(gapless->padding, 0x1CA);
    EXPECT_EQ(gapless->numFrames, 0x3F31F6);
    for (const char* wrong : {"", " 0 1 2", "x 1 2 3", " 0 1 2 FFFFFFFFFFFFFFFF", "    "})
        EXPECT_FALSE(parseItunesGapless(wrong)) << wrong;
}

} // namespace
} // namespace segue::decode
