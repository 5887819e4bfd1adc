#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "tests/support/Signals.h"

namespace segue::test {

/// Largest magnitude between samples by a 64-tap windowed sinc at 16 points per sample: independent
/// of the detector.
inline double fineTruePeak(const float* x, std::int64_t n) {
    constexpr int kHalf = 32;
    constexpr int kPoints = 16;
    double kernel[kPoints][2 * kHalf];
    for (int p = 0; p < kPoints; ++p)
        for (int k = 0; k < 2 * kHalf; ++k) {
            const double t = k - (kHalf - 1) - static_cast<double>(p) / kPoints;
            const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * t / kHalf);
            kernel[p][k] =
                (t == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t)) * window;
        }
    double largest = 0;
    for (std::int64_t i = kHalf; i + kHalf < n; ++i) {
        if (std::abs(x[i]) < 0.4 * largest && std::abs(x[i + 1]) < 0.4 * largest)
            continue;
        for (const auto& phase : kernel) {
            double sum = 0;
            for (int k = 0; k < 2 * kHalf; ++k)
                sum += phase[k] * x[i - (kHalf - 1) + k];
            largest = std::max(largest, std::abs(sum));
        }
    }
    return largest;
}

/// Noise that falls off towards the Nyquist frequency as music does; white noise has peaks between
/// the points of any fourfold meter.
inline AudioBuffer softNoise(std::int64_t numFrames) {
    AudioBuffer audio = noise(2, numFrames, 1.0);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = numFrames - 1; n >= 2; --n)
            audio.channel(c)[n] = 0.25f * audio.channel(c)[n] + 0.5f * audio.channel(c)[n - 1] +
                                  0.25f * audio.channel(c)[n - 2];
    return audio;
}

} // namespace segue::test
