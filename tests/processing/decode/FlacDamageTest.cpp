// A FLAC file that is damaged inside: what is broken is silence, and all else stays in its place.

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include <sndfile.h>

#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

constexpr std::int64_t kFrames = 200'000;
constexpr std::int64_t kFlacFrame = 4096; // of libsndfile's encoder

class FlacDamage : public ::testing::Test {
  protected:
    void SetUp() override {
        test::writeAudio(path_, {"a", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44'100, 2},
                         test::music(44'100, 2, kFrames));
        bytes_ = test::bytesOf(path_);
        whole_ = test::readAll(*test::opened(path_));
    }
    /// Breaks `count` bytes from `part` of the file on.
    void damage(double part, std::size_t count, std::uint8_t with) {
        const auto from = static_cast<std::size_t>(part * static_cast<double>(bytes_.size()));
        for (std::size_t i = from; i < from + count; ++i)
            bytes_[i] ^= with;
        test::writeBytes(path_, bytes_);
    }
    /// Reads all, which must have its length and, where it is not as it was, silence: in at most
    /// `most` FLAC frames.
    test::Planes expectInPlace(std::int64_t most) {
        auto source = test::opened(path_);
        EXPECT_EQ(source->info().numFrames, kFrames);
        test::Planes planes = test::readAll(*source);
        EXPECT_EQ(test::framesOf(planes), kFrames);
        std::int64_t silent = 0;
        for (std::size_t n = 0; n < planes[0].size(); ++n)
            if (planes[0][n] != whole_[0][n] || planes[1][n] != whole_[1][n]) {
                ++silent;
                EXPECT_EQ(planes[0][n], 0.0f) << n;
                EXPECT_EQ(planes[1][n], 0.0f) << n;
                if (HasFailure())
                    break;
            }
        EXPECT_GT(silent, 0);
        EXPECT_LE(silent, most * kFlacFrame);
        return planes;
    }
    /// What a seek to anywhere gives is what reading on gives; where that is silent, it may be the
    /// sound itself.
    void expectSeeksToAgree(const test::Planes& planes) {
        auto source = test::opened(path_);
        std::mt19937 random(3);
        for (int i = 0; i < 60; ++i) {
            const auto frame = static_cast<std::int64_t>(random() % kFrames);
            ASSERT_TRUE(source->seek(frame));
            test::Planes part;
            ASSERT_EQ(test::readInto(*source, 3000, 1000, part), "") << frame;
            ASSERT_EQ(test::framesOf(part), std::min<std::int64_t>(3000, kFrames - frame));
            for (std::size_t c = 0; c < 2; ++c)
                for (std::size_t n = 0; n < part[c].size(); ++n) {
                    const std::size_t at = static_cast<std::size_t>(frame) + n;
                    const float expected =
                        planes[c][at] == 0 && part[c][n] != 0 ? whole_[c][at] : planes[c][at];
                    ASSERT_EQ(part[c][n], expected) << frame << " + " << n;
                }
        }
    }

    segue::test::TempDir dir_;
    std::filesystem::path path_ = dir_.path() / "a.flac";
    std::vector<std::uint8_t> bytes_;
    test::Planes whole_;
};

TEST_F(FlacDamage, ABrokenFrameIsSilence) {
    damage(0.4, 1, 0x10);
    expectSeeksToAgree(expectInPlace(2));
}

TEST_F(FlacDamage, SoAreFramesThatAreGone) {
    damage(0.3, 40'000, 0xA5);
    expectSeeksToAgree(expectInPlace(8));
}

TEST_F(FlacDamage, TheFirstFrame) {
    damage(0.02, 3, 0xFF);
    expectSeeksToAgree(expectInPlace(1));
}

std::uint8_t crc8(const std::uint8_t* bytes, int count) {
    unsigned crc = 0;
    for (int i = 0; i < count; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc << 1 ^ (crc & 0x80 ? 0x07u : 0u)) & 0xFF;
    }
    return static_cast<std::uint8_t>(crc);
}

TEST_F(FlacDamage, AFrameWhoseNumberLiesMovesNothing) {
    constexpr std::uint8_t kFrame = 10;
    constexpr std::uint8_t kOther = 30;
    constexpr int kNumberAt = 4; // of frames of 4096 at 44.1 kHz; the header's CRC follows
    int found = 0;
    for (std::size_t i = 0; i + 8 < bytes_.size(); ++i) {
        std::uint8_t* header = bytes_.data() + i;
        if (header[0] == 0xFF && header[1] == 0xF8 && header[kNumberAt] == kFrame &&
            crc8(header, kNumberAt + 1) == header[kNumberAt + 1]) {
            header[kNumberAt] = kOther;
            header[kNumberAt + 1] = crc8(header, kNumberAt + 1);
            ++found;
        }
    }
    ASSERT_EQ(found, 1);
    test::writeBytes(path_, bytes_);
    expectSeeksToAgree(expectInPlace(2));
}

TEST_F(FlacDamage, NothingButDamageIsAnError) {
    damage(0.005, bytes_.size() - bytes_.size() / 200 - 100, 0x5A);
    auto source = openSource(path_);
    if (!source) {
        EXPECT_EQ(source.error().code, ErrorCode::Corrupt);
        return;
    }
    AudioBuffer buffer(2, 4096);
    EXPECT_EQ(segue::test::codeOf((*source)->read(buffer.block())), ErrorCode::Corrupt);
}

} // namespace
} // namespace segue::decode
