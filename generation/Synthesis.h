#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "processing/types/Audio.h"

namespace segue::generation {

/// Everything is synthesised at this rate.
inline constexpr int kSampleRateHz = 44'100;

inline double hzOfPitch(double midiPitch) {
    return 440.0 * std::exp2((midiPitch - 69.0) / 12.0);
}
inline double linearOfDb(double db) {
    return std::pow(10.0, db / 20.0);
}
inline std::int64_t framesOf(double seconds) {
    return static_cast<std::int64_t>(std::llround(seconds * kSampleRateHz));
}
/// Factor per frame after which a sound has fallen by 60 dB in `seconds`.
inline double decayPerFrame(double seconds) {
    return std::exp(-6.907755 / (seconds * kSampleRateHz));
}

/// Second-order section, transposed direct form II, double state; formulas of the Audio EQ
/// Cookbook.
class Biquad {
  public:
    static Biquad lowPass(double hz, double q = 0.7071);
    static Biquad highPass(double hz, double q = 0.7071);
    /// 0 dB at the centre.
    static Biquad bandPass(double hz, double q);
    static Biquad peak(double hz, double q, double gainDb);
    static Biquad lowShelf(double hz, double gainDb);
    static Biquad highShelf(double hz, double gainDb);

    float process(float x) noexcept {
        const double y = b0_ * static_cast<double>(x) + s1_;
        s1_ = b1_ * static_cast<double>(x) - a1_ * y + s2_;
        s2_ = b2_ * static_cast<double>(x) - a2_ * y;
        return static_cast<float>(y);
    }

  private:
    Biquad(double b0, double b1, double b2, double a0, double a1, double a2)
        : b0_(b0 / a0), b1_(b1 / a0), b2_(b2 / a0), a1_(a1 / a0), a2_(a2 / a0) {}
    double b0_, b1_, b2_, a1_, a2_;
    double s1_ = 0, s2_ = 0;
};

/// Resonant low pass whose cutoff may move every frame (trapezoidal state-variable filter).
class SweptLowPass {
  public:
    explicit SweptLowPass(double resonance) : damping_(1.0 / resonance) {}

    void setCutoff(double hz) noexcept {
        const double limited = std::clamp(hz, 20.0, 0.45 * kSampleRateHz);
        g_ = std::tan(std::numbers::pi * limited / kSampleRateHz);
        a1_ = 1.0 / (1.0 + g_ * (g_ + damping_));
    }
    float process(float x) noexcept {
        const double v3 = static_cast<double>(x) - s2_;
        const double v1 = a1_ * (s1_ + g_ * v3);
        const double v2 = s2_ + g_ * v1;
        s1_ = 2.0 * v1 - s1_;
        s2_ = 2.0 * v2 - s2_;
        return static_cast<float>(v2);
    }

  private:
    double damping_;
    double g_ = 0, a1_ = 1;
    double s1_ = 0, s2_ = 0;
};

/// Band-limited saw and pulse (polynomial band-limited steps).
class Oscillator {
  public:
    explicit Oscillator(double startPhase) : phase_(startPhase - std::floor(startPhase)) {}

    float saw(double cyclesPerFrame) noexcept {
        advance(cyclesPerFrame);
        return static_cast<float>(2.0 * phase_ - 1.0 - step(phase_, cyclesPerFrame));
    }
    float pulse(double cyclesPerFrame, double width) noexcept {
        advance(cyclesPerFrame);
        double other = phase_ + 1.0 - width;
        other -= std::floor(other);
        // Two saws half a pulse apart; their difference has no DC but that of its width.
        return static_cast<float>((2.0 * phase_ - step(phase_, cyclesPerFrame)) -
                                  (2.0 * other - step(other, cyclesPerFrame)));
    }

  private:
    void advance(double cyclesPerFrame) noexcept {
        phase_ += cyclesPerFrame;
        if (phase_ >= 1.0)
            phase_ -= 1.0;
    }
    static double step(double t, double dt) noexcept {
        if (t < dt) {
            const double x = t / dt;
            return x + x - x * x - 1.0;
        }
        if (t > 1.0 - dt) {
            const double x = (t - 1.0) / dt;
            return x * x + x + x + 1.0;
        }
        return 0.0;
    }
    double phase_;
};

/// Attack and release along raised cosines, so that no edge clicks; level 1 between.
class Swell {
  public:
    Swell(double attackSeconds, double holdSeconds, double releaseSeconds)
        : attack_(std::max(1.0, attackSeconds * kSampleRateHz)), hold_(holdSeconds * kSampleRateHz),
          release_(std::max(1.0, releaseSeconds * kSampleRateHz)) {}

    std::int64_t frames() const noexcept { return static_cast<std::int64_t>(hold_ + release_); }
    double at(std::int64_t frame) const noexcept {
        const auto n = static_cast<double>(frame);
        double level = n < attack_ ? 0.5 - 0.5 * std::cos(std::numbers::pi * n / attack_) : 1.0;
        if (n > hold_)
            level *= 0.5 + 0.5 * std::cos(std::numbers::pi * std::min(1.0, (n - hold_) / release_));
        return level;
    }

  private:
    double attack_, hold_, release_;
};

/// Equal-power position, -1 left to +1 right.
struct Pan {
    explicit Pan(double position) {
        const double angle = (std::clamp(position, -1.0, 1.0) + 1.0) * std::numbers::pi / 4.0;
        left = static_cast<float>(std::cos(angle));
        right = static_cast<float>(std::sin(angle));
    }
    float left, right;
};

/// A stereo mix of fixed length; what would lie beyond its end is dropped.
class Bus {
  public:
    explicit Bus(double seconds) : buffer_(2, framesOf(seconds)) {}

    std::int64_t frames() const noexcept { return buffer_.numFrames(); }
    float* left() noexcept { return buffer_.channel(0); }
    float* right() noexcept { return buffer_.channel(1); }
    AudioBuffer& buffer() noexcept { return buffer_; }

    /// Passes both channels through their own copy of `filter`.
    Bus& filter(const Biquad& filter);
    Bus& gainDb(double db);
    /// Adds `other` at `db`.
    Bus& add(Bus& other, double db);

  private:
    AudioBuffer buffer_;
};

} // namespace segue::generation
