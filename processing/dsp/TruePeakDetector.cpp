// The polyphase true-peak detector. Stateless: history belongs to the caller. Any thread.

#include "processing/dsp/TruePeakDetector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "processing/dsp/Lanes.h"

namespace segue::dsp {

namespace {

constexpr int kTaps = TruePeakDetector::kTaps;
constexpr int kHalf = kTaps / 2;
// At 0.45 of the rate, the highest frequency that is measured rightly, four points per sample miss
// up to 0.56 dB of a tone's peak, and a little more of a sharper one: where less than 1 dB is
// missing to the threshold, eight are looked at.
constexpr float kFourfoldMiss = 1.12f;

/// The taps of a phase and of its mirror image, the phase as far before the next sample: half the
/// sum and half the difference of the two, of tap k and, up to the sign, of tap kTaps - 1 - k.
struct MirroredPhases {
    std::array<float, kHalf> even, odd;
};

struct Kernel {
    MirroredPhases quarter;              ///< 1/4 and 3/4
    std::array<float, kHalf> half;       ///< 1/2, its own mirror image
    MirroredPhases eighth, threeEighths; ///< 1/8 and 7/8, 3/8 and 5/8
    float largestOvershoot;              ///< no point exceeds this many times the largest sample
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

/// @param phase  0 .. 1, of the way from one sample to the next
std::array<double, kTaps> tapsOf(double phase) {
    // Leaves a ripple of 0.04 dB up to 0.45 of the rate; more attenuation would bend the response
    // below that.
    constexpr double kBeta = 5.0;
    const double centre = TruePeakDetector::kDelayFrames + phase;
    std::array<double, kTaps> taps{};
    double sum = 0;
    for (std::size_t k = 0; k < taps.size(); ++k) {
        const double t = static_cast<double>(k) - centre;
        const double u = t / kHalf;
        taps[k] = std::sin(std::numbers::pi * t) / (std::numbers::pi * t) *
                  besselI0(kBeta * std::sqrt(std::max(0.0, 1 - u * u)));
        sum += taps[k];
    }
    for (double& tap : taps)
        tap /= sum;
    return taps;
}

MirroredPhases mirrored(const std::array<double, kTaps>& taps) {
    MirroredPhases result{};
    for (std::size_t k = 0; k < kHalf; ++k) {
        result.even[k] = static_cast<float>((taps[k] + taps[kTaps - 1 - k]) / 2);
        result.odd[k] = static_cast<float>((taps[k] - taps[kTaps - 1 - k]) / 2);
    }
    return result;
}

Kernel makeKernel() {
    Kernel kernel{};
    kernel.quarter = mirrored(tapsOf(1.0 / 4));
    kernel.eighth = mirrored(tapsOf(1.0 / 8));
    kernel.threeEighths = mirrored(tapsOf(3.0 / 8));
    kernel.half = mirrored(tapsOf(1.0 / 2)).even;
    double largest = 1;
    for (int eighth = 1; eighth < 8; ++eighth) {
        double sum = 0;
        for (const double tap : tapsOf(eighth / 8.0))
            sum += std::fabs(tap);
        largest = std::max(largest, sum);
    }
    // A little more, for sums in single precision.
    kernel.largestOvershoot = static_cast<float>(1.0001 * largest);
    return kernel;
}

const Kernel& kernel() {
    static const Kernel instance = makeKernel();
    return instance;
}

/// Largest magnitude of two phases at once, lane by lane.
template <typename Lanes>
SEGUE_INLINE Lanes peaksOf(const MirroredPhases& phases, const float* x) {
    Lanes even = broadcast<Lanes>(0);
    Lanes odd = broadcast<Lanes>(0);
    for (std::size_t k = 0; k < kHalf; ++k) {
        const Lanes a = loaded<Lanes>(x + k);
        const Lanes b = loaded<Lanes>(x + (kTaps - 1 - k));
        even = even + (a + b) * broadcast<Lanes>(phases.even[k]);
        odd = odd + (a - b) * broadcast<Lanes>(phases.odd[k]);
    }
    // The larger of |even + odd| and |even - odd|.
    return magnitude(even) + magnitude(odd);
}

template <typename Lanes>
SEGUE_INLINE float peakOfGroupOn(const Kernel& kernel, const float* x, float threshold) {
    const Lanes samples = magnitude(loaded<Lanes>(x + TruePeakDetector::kDelayFrames));
    const Lanes before = magnitude(loaded<Lanes>(x));
    const Lanes after = magnitude(loaded<Lanes>(x + (TruePeakDetector::kWindowFrames - 16)));
    const float largestSample = largestLane(larger(larger(before, after), samples));
    if (largestSample * kernel.largestOvershoot <= threshold)
        return 0;

    Lanes half = broadcast<Lanes>(0);
    Lanes even = half;
    Lanes odd = half;
    for (std::size_t k = 0; k < kHalf; ++k) {
        const Lanes a = loaded<Lanes>(x + k);
        const Lanes b = loaded<Lanes>(x + (kTaps - 1 - k));
        const Lanes sum = a + b;
        half = half + sum * broadcast<Lanes>(kernel.half[k]);
        even = even + sum * broadcast<Lanes>(kernel.quarter.even[k]);
        odd = odd + (a - b) * broadcast<Lanes>(kernel.quarter.odd[k]);
    }
    Lanes peaks = larger(magnitude(even) + magnitude(odd), larger(magnitude(half), samples));
    const float fourfold = largestLane(peaks);
    if (fourfold * kFourfoldMiss <= threshold)
        return fourfold;
    peaks = larger(
        peaks, larger(peaksOf<Lanes>(kernel.eighth, x), peaksOf<Lanes>(kernel.threeEighths, x)));
    return largestLane(peaks);
}
SEGUE_LOOP(float, peakOfGroup, (const Kernel& kernel, const float* x, float threshold),
           (kernel, x, threshold))

} // namespace

float TruePeakDetector::groupPeak(const float* x, float threshold) noexcept {
    return peakOfGroup(kernel(), x, threshold);
}

} // namespace segue::dsp
