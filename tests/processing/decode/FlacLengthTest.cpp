#include "processing/decode/FlacLength.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <sndfile.h>

#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

class FlacLength : public ::testing::TestWithParam<std::pair<int, int>> {
  protected:
    void SetUp() override {
        const auto [bits, numChannels] = GetParam();
        test::writeAudio(path_,
                         {"a", SF_FORMAT_FLAC | (bits == 16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24),
                          44'100, numChannels},
                         test::music(44'100, numChannels, kFrames));
        bytes_ = test::bytesOf(path_);
        whole_ = test::readAll(*test::opened(path_));
    }
    /// STREAMINFO's 36-bit total.
    void declare(std::int64_t numFrames) {
        bytes_[21] = static_cast<std::uint8_t>((bytes_[21] & 0xF0) | (numFrames >> 32 & 0xF));
        for (std::size_t i = 0; i < 4; ++i)
            bytes_[22 + i] = static_cast<std::uint8_t>(numFrames >> (24 - 8 * i));
        test::writeBytes(path_, bytes_);
    }
    void expectWhole(std::int64_t numFrames) {
        auto source = test::opened(path_);
        ASSERT_TRUE(source);
        EXPECT_EQ(source->info().numFrames, numFrames);
        const auto planes = test::readAll(*source);
        EXPECT_EQ(test::framesOf(planes), numFrames);
        EXPECT_TRUE(test::equalAt(planes, whole_, 0));
        ASSERT_TRUE(source->seek(numFrames - 5000));
        EXPECT_TRUE(test::equalAt(test::readAll(*source), whole_, numFrames - 5000));
    }

    static constexpr std::int64_t kFrames = 70'001;
    segue::test::TempDir dir_;
    std::filesystem::path path_ = dir_.path() / "a.flac";
    std::vector<std::uint8_t> bytes_;
    test::Planes whole_;
};

TEST_P(FlacLength, AnUnknownTotalIsFound) {
    declare(0);
    expectWhole(kFrames);
}

TEST_P(FlacLength, ATotalThatIsTooLargeOrTooSmallIsMended) {
    declare(kFrames * 1000);
    expectWhole(kFrames);
    declare((std::int64_t{1} << 36) - 1);
    expectWhole(kFrames);
    declare(100);
    expectWhole(kFrames);
}

TEST_P(FlacLength, ACutFileEndsWithItsLastWholeFrame) {
    bytes_.resize(bytes_.size() * 6 / 10);
    test::writeBytes(path_, bytes_);
    auto source = test::opened(path_);
    ASSERT_TRUE(source);
    const std::int64_t numFrames = source->info().numFrames;
    EXPECT_LT(numFrames, kFrames * 7 / 10);
    EXPECT_GT(numFrames, kFrames * 4 / 10);
    expectWhole(numFrames);
}

TEST_P(FlacLength, ALengthThatNoFileOfThisSizeCanHoldIsRefused) {
    declare((std::int64_t{1} << 36) - 1);
    // Without one intact frame header there is nothing to mend it by.
    for (std::size_t i = 0; i + 1 < bytes_.size(); ++i)
        if (bytes_[i] == 0xFF && (bytes_[i + 1] & 0xFE) == 0xF8)
            bytes_[i] = 0;
    test::writeBytes(path_, bytes_);
    const auto source = openSource(path_);
    ASSERT_FALSE(source);
    EXPECT_EQ(segue::test::codeOf(source), ErrorCode::Corrupt);
}

TEST_P(FlacLength, TagsAroundTheStreamDoNotDisturb) {
    std::vector<std::uint8_t> tagged(10 + 256, 0x55);
    std::ranges::copy(std::initializer_list<std::uint8_t>{'I', 'D', '3', 4, 0, 0, 0, 0, 2, 0},
                      tagged.begin());
    declare(0);
    tagged.insert(tagged.end(), bytes_.begin(), bytes_.end());
    std::vector<std::uint8_t> id3v1(128, 0x20);
    id3v1[0] = 'T', id3v1[1] = 'A', id3v1[2] = 'G';
    tagged.insert(tagged.end(), id3v1.begin(), id3v1.end());
    test::writeBytes(path_, tagged);
    expectWhole(kFrames);
}

INSTANTIATE_TEST_SUITE_P(Formats, FlacLength,
                         ::testing::Values(std::pair{16, 1}, std::pair{16, 2}, std::pair{24, 6}));

} // namespace
} // namespace segue::decode
