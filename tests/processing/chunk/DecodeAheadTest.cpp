// The queue between decoder and chain: order, ends, errors, and leaving early.

#include <gtest/gtest.h>

#include "processing/chunk/DecodeAhead.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"

namespace segue::chunk {
namespace {

constexpr std::int64_t kBlock = DecodeAhead::kBlockFrames;

/// Fails once with `code` at a frame; what is read after that is sound again.
class FailingSource final : public decode::AudioSource {
  public:
    FailingSource(std::int64_t failsAt, ErrorCode code) : failsAt_(failsAt), code_(code) {
        info_.numChannels = 1;
        info_.sampleRateHz = 44100;
        info_.numFrames = 1'000'000;
    }
    const decode::SourceInfo& info() const noexcept override { return info_; }
    Result<std::int64_t> read(const AudioBlock& block) override {
        if (position_ == failsAt_ && !failed_) {
            failed_ = true;
            return fail(code_, "bad block");
        }
        const std::int64_t count =
            failed_ ? block.numFrames : std::min(block.numFrames, failsAt_ - position_);
        std::fill_n(block.channels[0], count, 1.0f);
        position_ += count;
        return count;
    }
    Result<void> seek(std::int64_t frame) override {
        position_ = frame;
        return {};
    }

  private:
    decode::SourceInfo info_;
    std::int64_t failsAt_, position_ = 0;
    ErrorCode code_;
    bool failed_ = false;
};

TEST(DecodeAhead, GivesTheSourceInOrderThenSilence) {
    const std::int64_t length = 20 * kBlock + 100;
    test::BufferSource source(test::noise(2, length), 44100);
    DecodeAhead ahead(source, length, length + 3 * kBlock);
    for (std::int64_t at = 0; at < length + 3 * kBlock;) {
        const auto block = ahead.next();
        ASSERT_TRUE(block);
        ASSERT_EQ(block->numFrames, std::min(kBlock, length + 3 * kBlock - at));
        for (std::int64_t i = 0; i < block->numFrames; ++i)
            for (int c = 0; c < 2; ++c)
                ASSERT_EQ(block->channels[c][i],
                          at + i < length ? source.audio().channel(c)[at + i] : 0.0f);
        at += block->numFrames;
    }
}

TEST(DecodeAhead, AnErrorComesAfterTheBlocksBeforeIt) {
    FailingSource source(3 * kBlock, ErrorCode::Io);
    DecodeAhead ahead(source, 10 * kBlock, 10 * kBlock);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(ahead.next());
    EXPECT_EQ(test::codeOf(ahead.next()), ErrorCode::Io);
    EXPECT_EQ(test::codeOf(ahead.next()), ErrorCode::Io);
}

TEST(DecodeAhead, CorruptionIsFollowedBySilence) {
    FailingSource source(kBlock + 10, ErrorCode::Corrupt);
    DecodeAhead ahead(source, 4 * kBlock, 4 * kBlock);
    ASSERT_TRUE(ahead.next());
    const auto second = ahead.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->channels[0][9], 1.0f);
    EXPECT_EQ(second->channels[0][10], 0.0f);
    const auto third = ahead.next();
    ASSERT_TRUE(third);
    EXPECT_EQ(third->channels[0][0], 0.0f);
}

TEST(DecodeAhead, MayBeLeftAtAnyTime) {
    for (int taken = 0; taken < 12; ++taken) {
        test::BufferSource source(test::noise(1, 100 * kBlock), 44100);
        DecodeAhead ahead(source, 100 * kBlock, 100 * kBlock);
        for (int i = 0; i < taken; ++i)
            ASSERT_TRUE(ahead.next());
    }
}

} // namespace
} // namespace segue::chunk
