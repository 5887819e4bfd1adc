#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace segue {

/// Most channels a source may have; more is Unsupported.
inline constexpr int kMaxChannels = 8;
/// Sample rates outside are Unsupported.
inline constexpr int kMinSampleRateHz = 8'000;
inline constexpr int kMaxSampleRateHz = 192'000;

/// Planar float32 [numChannels][numFrames] that belongs to somebody else. Lengths are frames, never
/// samples.
struct AudioBlock {
    float* const* channels = nullptr;
    int numChannels = 0;
    std::int64_t numFrames = 0;
};

/// Owns planar float32; every channel starts on a 64-byte border. resize() keeps nothing.
class AudioBuffer {
  public:
    AudioBuffer() = default;
    AudioBuffer(int numChannels, std::int64_t numFrames) { resize(numChannels, numFrames); }
    AudioBuffer(AudioBuffer&&) noexcept = default;
    AudioBuffer& operator=(AudioBuffer&&) noexcept = default;

    /// Zero-filled [numChannels][numFrames].
    void resize(int numChannels, std::int64_t numFrames) {
        assert(numChannels >= 0 && numFrames >= 0);
        // Whole cache lines per channel, and one more so that power-of-two lengths do not fall in
        // one cache set.
        constexpr std::int64_t kLineFrames = 16;
        const std::int64_t stride =
            (numFrames + kLineFrames - 1) / kLineFrames * kLineFrames + kLineFrames;
        storage_.assign(static_cast<std::size_t>(stride * numChannels + kLineFrames), 0.0f);
        auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
        float* base = storage_.data() + (64 - address % 64) % 64 / sizeof(float);
        pointers_.clear();
        for (int c = 0; c < numChannels; ++c)
            pointers_.push_back(base + c * stride);
        numFrames_ = numFrames;
    }

    int numChannels() const noexcept { return static_cast<int>(pointers_.size()); }
    std::int64_t numFrames() const noexcept { return numFrames_; }
    float* channel(int c) noexcept { return pointers_[static_cast<std::size_t>(c)]; }
    const float* channel(int c) const noexcept { return pointers_[static_cast<std::size_t>(c)]; }

    /// The first `numFrames` frames of every channel.
    AudioBlock block(std::int64_t numFrames) noexcept {
        assert(numFrames <= numFrames_);
        return {pointers_.data(), numChannels(), numFrames};
    }
    AudioBlock block() noexcept { return block(numFrames_); }

  private:
    std::vector<float> storage_;
    std::vector<float*> pointers_;
    std::int64_t numFrames_ = 0;
};

} // namespace segue
