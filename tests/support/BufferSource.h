#pragma once

#include <algorithm>
#include <utility>

#include "processing/decode/AudioSource.h"

namespace segue::test {

/// An AudioSource over audio in memory.
class BufferSource : public decode::AudioSource {
  public:
    BufferSource(AudioBuffer audio, int sampleRateHz) : audio_(std::move(audio)) {
        info_.sampleRateHz = sampleRateHz;
        info_.numChannels = audio_.numChannels();
        info_.numFrames = audio_.numFrames();
        info_.codec = "memory";
    }

    const decode::SourceInfo& info() const noexcept override { return info_; }
    Result<std::int64_t> read(const AudioBlock& block) override {
        const std::int64_t count = std::min(block.numFrames, audio_.numFrames() - position_);
        for (int c = 0; c < block.numChannels; ++c)
            std::copy_n(audio_.channel(c) + position_, count, block.channels[c]);
        position_ += count;
        return count;
    }
    Result<void> seek(std::int64_t frame) override {
        position_ = frame;
        return {};
    }
    const AudioBuffer& audio() const { return audio_; }

  private:
    AudioBuffer audio_;
    decode::SourceInfo info_;
    std::int64_t position_ = 0;
};

} // namespace segue::test
