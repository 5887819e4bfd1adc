// A source that is read ahead gives what it gives without. The queue itself: DecodeAheadTest.

#include "processing/decode/ReadAhead.h"

#include <gtest/gtest.h>

#include "tests/processing/decode/SourceReading.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"

namespace segue::decode {
namespace {

constexpr std::int64_t kFrames = 40 * ReadAhead::kBlockFrames + 77;

std::unique_ptr<AudioSource> noise() {
    return std::make_unique<segue::test::BufferSource>(segue::test::noise(2, kFrames), 44100);
}

/// Ends with an error instead of its last frames.
class Failing : public segue::test::BufferSource {
  public:
    Failing() : BufferSource(segue::test::noise(2, kFrames), 44100) {}
    Result<std::int64_t> read(const AudioBlock& block) override {
        if (given_ >= kFrames - 1000)
            return fail(ErrorCode::Io, "the disk is gone");
        auto count = BufferSource::read({block.channels, block.numChannels,
                                         std::min(block.numFrames, kFrames - 1000 - given_)});
        given_ += *count;
        return count;
    }

  private:
    std::int64_t given_ = 0;
};

TEST(ReadAhead, GivesWhatTheSourceGives) {
    const test::Planes whole = test::readAll(*noise());
    for (const std::int64_t block : {1000, 2048, 5000}) {
        const auto ahead = readAhead(noise());
        const test::Planes planes = test::readAll(*ahead, block);
        EXPECT_EQ(test::framesOf(planes), kFrames) << block;
        EXPECT_TRUE(test::equalAt(planes, whole, 0)) << block;
    }
}

TEST(ReadAhead, GoesOnFromWhereItIsMoved) {
    const test::Planes whole = test::readAll(*noise());
    const auto ahead = readAhead(noise());
    for (const std::int64_t frame : {std::int64_t{50000}, std::int64_t{3}, kFrames - 10}) {
        test::Planes part;
        ASSERT_TRUE(ahead->seek(frame));
        EXPECT_EQ(test::readInto(*ahead, 9000, 4096, part), "");
        EXPECT_EQ(test::framesOf(part), std::min<std::int64_t>(9000, kFrames - frame));
        EXPECT_TRUE(test::equalAt(part, whole, frame)) << frame;
    }
}

TEST(ReadAhead, AnErrorComesAfterWhatWasBeforeIt) {
    const auto ahead = readAhead(std::make_unique<Failing>());
    test::Planes planes;
    EXPECT_EQ(test::readInto(*ahead, kFrames, 4096, planes), "the disk is gone");
    EXPECT_EQ(test::framesOf(planes), kFrames - 1000);
}

} // namespace
} // namespace segue::decode
