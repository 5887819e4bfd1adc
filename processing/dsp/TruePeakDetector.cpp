// The polyphase true-peak detector. Stateless: history belongs to the caller. Any thread.

#include "processing/dsp/TruePeakDetector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "processing/dsp/SimdVector.h"

namespace segue::dsp {

namespace {

constexpr int kTaps = TruePeakDetector::kTaps;
constexpr int kPhases = 3; // between two samples; the fourth is the sample

struct Kernel {
    float taps[kTaps][kPhases];
};

double besselI0(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; k < 40; ++k) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

Kernel makeKernel() {
    constexpr double kBeta = 6.0;    // 60 dB stop band
    constexpr double kCutoff = 0.97; // of the Nyquist frequency: keeps 20 kHz of 44.1 kHz
    Kernel kernel{};
    for (int phase = 0; phase < kPhases; ++phase) {
        const double centre = TruePeakDetector::kDelayFrames + (phase + 1) / 4.0;
        std::array<double, kTaps> taps{};
        double sum = 0;
        for (int k = 0; k < kTaps; ++k) {
            const double t = k - centre;
            const double sinc = std::sin(std::numbers::pi * kCutoff * t) / (std::numbers::pi * t);
            const double u = t / (kTaps / 2.0);
            taps[static_cast<std::size_t>(k)] =
                sinc * besselI0(kBeta * std::sqrt(std::max(0.0, 1 - u * u))) / besselI0(kBeta);
            sum += taps[static_cast<std::size_t>(k)];
        }
        for (int k = 0; k < kTaps; ++k)
            kernel.taps[k][phase] = static_cast<float>(taps[static_cast<std::size_t>(k)] / sum);
    }
    return kernel;
}

const Kernel& kernel() {
    static const Kernel instance = makeKernel();
    return instance;
}

SEGUE_INLINE V16 magnitude(const V16& v) {
    return v < 0.0f ? -v : v;
}
SEGUE_INLINE V16 larger(const V16& a, const V16& b) {
    return a > b ? a : b;
}

SEGUE_HOT_LOOP float peakOfGroup(const Kernel* k, const float* x) {
    V16 one{};
    V16 two{};
    V16 three{};
    V16 samples{};
    for (int tap = 0; tap < kTaps; ++tap) {
        V16 v;
        load(v, x + tap);
        one += v * k->taps[tap][0];
        two += v * k->taps[tap][1];
        three += v * k->taps[tap][2];
        if (tap == TruePeakDetector::kDelayFrames)
            samples = v;
    }
    const V16 peaks = larger(larger(magnitude(one), magnitude(two)),
                             larger(magnitude(three), magnitude(samples)));
    float largest = 0;
    for (int lane = 0; lane < 16; ++lane)
        largest = std::max(largest, peaks[lane]);
    return largest;
}

} // namespace

float TruePeakDetector::groupPeak(const float* x) noexcept {
    return peakOfGroup(&kernel(), x);
}

double TruePeakDetector::largestOvershoot() noexcept {
    double largest = 1;
    for (int phase = 0; phase < kPhases; ++phase) {
        double sum = 0;
        for (int tap = 0; tap < kTaps; ++tap)
            sum += std::fabs(kernel().taps[tap][phase]);
        largest = std::max(largest, sum);
    }
    return largest;
}

} // namespace segue::dsp
