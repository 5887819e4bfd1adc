#include "processing/decode/Mp3Frames.h"

#include <gtest/gtest.h>

#include <sndfile.h>

#include <algorithm>
#include <cmath>

#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

constexpr int kMp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;

TEST(Mp3Header, ReadsSizesAndRefusesOtherLayersAndReservedValues) {
    const auto header = parseMp3Header(0xFFFB9064); // MPEG-1, 128 kbit/s, 44.1 kHz, joint stereo
    ASSERT_TRUE(header);
    EXPECT_EQ(header->sampleRateHz, 44'100);
    EXPECT_EQ(header->numChannels, 2);
    EXPECT_EQ(header->numFrames, 1152);
    EXPECT_EQ(header->numBytes, 417);
    EXPECT_EQ(header->sideBytes, 36);
    EXPECT_EQ(parseMp3Header(0xFFFB9264)->numBytes, 418) << "padding";
    EXPECT_EQ(parseMp3Header(0xFFFA9064)->sideBytes, 38) << "CRC";
    EXPECT_EQ(parseMp3Header(0xFFF390C4)->numChannels, 1);
    EXPECT_EQ(parseMp3Header(0xFFF390C4)->sampleRateHz, 22'050);
    EXPECT_EQ(parseMp3Header(0xFFE390C4)->sampleRateHz, 11'025);
    EXPECT_FALSE(parseMp3Header(0xFFFD9064)) << "layer II";
    EXPECT_FALSE(parseMp3Header(0xFFFB0064)) << "free format";
    EXPECT_FALSE(parseMp3Header(0xFFFBF064)) << "bad bitrate";
    EXPECT_FALSE(parseMp3Header(0xFFFB9C64)) << "reserved rate";
    EXPECT_FALSE(parseMp3Header(0xFFEB9064)) << "reserved version";
    EXPECT_FALSE(parseMp3Header(0xFFFB9066)) << "reserved emphasis";
    EXPECT_FALSE(parseMp3Header(0x7FFB9064)) << "no sync";
}

class Mp3File : public ::testing::Test {
  protected:
    void SetUp() override {
        test::writeAudio(path_, {"a", kMp3, 44'100, 2, 0.5, SF_BITRATE_MODE_VARIABLE},
                         test::music(44'100, 2, kFrames));
        bytes_ = test::bytesOf(path_);
        whole_ = test::readAll(*test::opened(path_));
        auto file = SourceFile::open(path_);
        frames_ = Mp3Frames::scan(*file);
        ASSERT_TRUE(frames_);
        ASSERT_TRUE(frames_->hasEncoderTag());
        first_ = frames_->places(*file, 0, 1).at(0).offset;
    }
    std::unique_ptr<AudioSource> openedWith(const std::vector<std::uint8_t>& bytes) {
        test::writeBytes(path_, bytes);
        return test::opened(path_);
    }

    static constexpr std::int64_t kFrames = 400'000;
    segue::test::TempDir dir_;
    std::filesystem::path path_ = dir_.path() / "a.mp3";
    std::vector<std::uint8_t> bytes_;
    test::Planes whole_;
    std::optional<Mp3Frames> frames_;
    std::int64_t first_ = 0; ///< byte offset of the first audio frame, after the encoder's tag
};

TEST_F(Mp3File, IsAsLongAsWhatWasEncoded) {
    EXPECT_EQ(test::framesOf(whole_), kFrames);
}

TEST_F(Mp3File, PlacesAreTheSameFromAnyStart) {
    auto file = SourceFile::open(path_);
    const auto all = frames_->places(*file, 0, frames_->count());
    ASSERT_EQ(static_cast<std::int64_t>(all.size()), frames_->count());
    for (std::int64_t begin = 0; begin < frames_->count(); begin += 13) {
        const auto some = frames_->places(*file, begin, std::min(begin + 40, frames_->count()));
        for (std::size_t i = 0; i < some.size(); ++i)
            ASSERT_EQ(some[i].offset, all[static_cast<std::size_t>(begin) + i].offset);
    }
    EXPECT_TRUE(frames_->places(*file, 5, 5).empty());
    EXPECT_TRUE(frames_->places(*file, 0, frames_->count() + 1).empty());
}

TEST_F(Mp3File, WithoutItsTagAVariableRateFileKeepsAllItsAudio) {
    auto source = openedWith({bytes_.begin() + first_, bytes_.end()});
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, frames_->count() * 1152);
    const auto planes = test::readAll(*source);
    EXPECT_EQ(test::framesOf(planes), frames_->count() * 1152);
    // The same audio, but the encoder's and the decoder's delay stay in it.
    const std::int64_t delay = frames_->encoderDelay() + 529;
    double error = 0;
    for (std::int64_t n = 0; n < kFrames; ++n)
        error = std::max<double>(error, std::abs(planes[0][static_cast<std::size_t>(n + delay)] -
                                                 whole_[0][static_cast<std::size_t>(n)]));
    EXPECT_LT(error, 1e-6) << "cells are cut elsewhere, so the last bits may differ";
}

TEST_F(Mp3File, TagsAndJunkAroundTheAudioChangeNothing) {
    std::vector<std::uint8_t> tagged = {'I', 'D', '3', 3, 0, 0, 0, 0, 8, 0};
    tagged.resize(10 + 1024, 0xFF); // what looks like sync inside a tag is not audio
    tagged.resize(tagged.size() + 777, 0);
    tagged.insert(tagged.end(), bytes_.begin(), bytes_.end());
    std::vector<std::uint8_t> id3v1(128, 0xFF);
    id3v1[0] = 'T', id3v1[1] = 'A', id3v1[2] = 'G';
    tagged.insert(tagged.end(), id3v1.begin(), id3v1.end());
    auto source = openedWith(tagged);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, kFrames);
    EXPECT_TRUE(test::equalAt(test::readAll(*source), whole_, 0));
}

TEST_F(Mp3File, JunkBetweenFramesIsSkipped) {
    auto file = SourceFile::open(path_);
    const auto middle = frames_->places(*file, 100, 101).at(0).offset;
    auto damaged = bytes_;
    damaged.insert(damaged.begin() + middle, 5000, 0xFF);
    auto source = openedWith(damaged);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, kFrames);
    EXPECT_TRUE(test::equalAt(test::readAll(*source), whole_, 0));
}

TEST_F(Mp3File, ABrokenFrameIsSilentOrRoughAndTheRestStaysInPlace) {
    auto file = SourceFile::open(path_);
    const auto place = frames_->places(*file, 100, 101).at(0);
    auto damaged = bytes_;
    for (std::int64_t i = 4; i < place.header.numBytes; ++i)
        damaged[static_cast<std::size_t>(place.offset + i)] ^= 0x5A;
    auto source = openedWith(damaged);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, kFrames);
    auto planes = test::readAll(*source);
    ASSERT_EQ(test::framesOf(planes), kFrames);
    for (auto& plane : planes) {
        for (const float x : plane)
            ASSERT_TRUE(std::isfinite(x));
        plane.erase(plane.begin(), plane.begin() + 147'456); // the next cell
    }
    EXPECT_TRUE(test::equalAt(planes, whole_, 147'456));
}

TEST_F(Mp3File, AFewFramesAreEnough) {
    auto file = SourceFile::open(path_);
    const auto places = frames_->places(*file, 0, 4);
    for (std::size_t count = 1; count < 4; ++count) {
        auto source = openedWith({bytes_.begin() + first_, bytes_.begin() + places[count].offset});
        ASSERT_TRUE(source) << count;
        EXPECT_EQ(source->info().numFrames, static_cast<std::int64_t>(count) * 1152);
        EXPECT_EQ(test::framesOf(test::readAll(*source)), static_cast<std::int64_t>(count) * 1152);
    }
}

} // namespace
} // namespace segue::decode
