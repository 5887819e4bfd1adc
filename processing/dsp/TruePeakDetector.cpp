// The polyphase true-peak detector. Stateless: history belongs to the caller. Any thread.

#include "processing/dsp/TruePeakDetector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "processing/dsp/SimdVector.h"

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

SEGUE_INLINE V16 magnitude(const V16& v) {
    return v < 0.0f ? -v : v;
}
SEGUE_INLINE V16 larger(const V16& a, const V16& b) {
    return a > b ? a : b;
}

SEGUE_INLINE float largestLane(const V16& v) {
    V8 eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    const V8 upper = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    eight = eight > upper ? eight : upper;
    V4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3);
    const V4 upperFour = __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
    four = four > upperFour ? four : upperFour;
    return std::max(std::max(four[0], four[1]), std::max(four[2], four[3]));
}

/// Largest magnitude of two phases at once, lane by lane.
SEGUE_INLINE V16 peaksOf(const MirroredPhases& phases, const float* x) {
    V16 even{};
    V16 odd{};
    for (std::size_t k = 0; k < kHalf; ++k) {
        V16 a;
        V16 b;
        load(a, x + k);
        load(b, x + (kTaps - 1 - k));
        even += (a + b) * phases.even[k];
        odd += (a - b) * phases.odd[k];
    }
    // The larger of |even + odd| and |even - odd|.
    return magnitude(even) + magnitude(odd);
}

SEGUE_HOT_LOOP float peakOfGroup(const Kernel* kernel, const float* x, float threshold) {
    V16 samples;
    V16 before;
    V16 after;
    load(before, x);
    load(samples, x + TruePeakDetector::kDelayFrames);
    load(after, x + (TruePeakDetector::kWindowFrames - 16));
    samples = magnitude(samples);
    const float largestSample =
        largestLane(larger(larger(magnitude(before), magnitude(after)), samples));
    if (largestSample * kernel->largestOvershoot <= threshold)
        return 0;

    V16 half{};
    V16 even{};
    V16 odd{};
    for (std::size_t k = 0; k < kHalf; ++k) {
        V16 a;
        V16 b;
        load(a, x + k);
        load(b, x + (kTaps - 1 - k));
        const V16 sum = a + b;
        half += sum * kernel->half[k];
        even += sum * kernel->quarter.even[k];
        odd += (a - b) * kernel->quarter.odd[k];
    }
    V16 peaks = larger(magnitude(even) + magnitude(odd), larger(magnitude(half), samples));
    const float fourfold = largestLane(peaks);
    if (fourfold * kFourfoldMiss <= threshold)
        return fourfold;
    peaks = larger(peaks, larger(peaksOf(kernel->eighth, x), peaksOf(kernel->threeEighths, x)));
    return largestLane(peaks);
}

} // namespace

float TruePeakDetector::groupPeak(const float* x, float threshold) noexcept {
    return peakOfGroup(&kernel(), x, threshold);
}

} // namespace segue::dsp
