#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "processing/types/Audio.h"

namespace segue::test {

/// A sine of peak amplitude `amplitude` on every channel.
inline AudioBuffer sine(int numChannels, std::int64_t numFrames, double frequencyHz,
                        int sampleRateHz, double amplitude = 0.5, double phase = 0) {
    AudioBuffer buffer(numChannels, numFrames);
    for (int c = 0; c < numChannels; ++c)
        for (std::int64_t n = 0; n < numFrames; ++n)
            buffer.channel(c)[n] = static_cast<float>(
                amplitude * std::sin(phase + 2 * std::numbers::pi * frequencyHz *
                                                 static_cast<double>(n) / sampleRateHz));
    return buffer;
}

/// White noise, each channel its own, uniform in [-amplitude, amplitude].
inline AudioBuffer noise(int numChannels, std::int64_t numFrames, double amplitude = 0.5,
                         unsigned seed = 1) {
    AudioBuffer buffer(numChannels, numFrames);
    std::mt19937 random(seed);
    for (int c = 0; c < numChannels; ++c)
        for (std::int64_t n = 0; n < numFrames; ++n)
            buffer.channel(c)[n] = static_cast<float>(
                amplitude * (static_cast<double>(random()) / 2147483648.0 - 1.0));
    return buffer;
}

/// Something like music: pinkish noise under bursts that decay, partly common to the channels,
/// level rising and falling.
inline AudioBuffer musicLike(int numChannels, std::int64_t numFrames, int sampleRateHz,
                             unsigned seed = 7) {
    AudioBuffer buffer(numChannels, numFrames);
    std::mt19937 random(seed);
    const auto uniform = [&] { return static_cast<double>(random()) / 2147483648.0 - 1.0; };
    std::vector<double> brown(static_cast<std::size_t>(numChannels), 0.0);
    double envelope = 0;
    double frequency = 220;
    double phase = 0;
    for (std::int64_t n = 0; n < numFrames; ++n) {
        if (n % (sampleRateHz / 3) == 0) {
            envelope = 0.2 + 0.6 * std::abs(uniform());
            frequency = 55.0 * std::pow(2.0, 2.5 * (uniform() + 1));
        }
        envelope *= 1.0 - 4.0 / sampleRateHz;
        phase += 2 * std::numbers::pi * frequency / sampleRateHz;
        const double swell = 0.55 + 0.45 * std::sin(2 * std::numbers::pi * static_cast<double>(n) /
                                                    (11.0 * sampleRateHz));
        const double tone =
            envelope * (std::sin(phase) + 0.4 * std::sin(3 * phase) + 0.2 * std::sin(7 * phase));
        for (int c = 0; c < numChannels; ++c) {
            double& b = brown[static_cast<std::size_t>(c)];
            const double white = uniform();
            b += 0.03 * (white - b);
            const double pan = numChannels == 1 ? 1.0 : 0.6 + 0.4 * std::cos(c + frequency);
            buffer.channel(c)[n] =
                static_cast<float>(0.7 * swell * (pan * tone + 1.2 * b + 0.06 * envelope * white));
        }
    }
    return buffer;
}

/// Largest |a - b|.
inline double peakDifference(const float* a, const float* b, std::int64_t numFrames) {
    double largest = 0;
    for (std::int64_t n = 0; n < numFrames; ++n)
        largest =
            std::max(largest, std::abs(static_cast<double>(a[n]) - static_cast<double>(b[n])));
    return largest;
}

inline double toDb(double amplitude) {
    return 20 * std::log10(std::max(amplitude, 1e-15));
}

} // namespace segue::test
