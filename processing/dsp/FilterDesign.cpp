// Filter design in double precision: JUCE makes the coefficients, this turns them into the
// recursion that the hot loops run. Pure functions, any thread; not for process().

#include "processing/dsp/FilterDesign.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <juce_dsp/juce_dsp.h>

namespace segue::dsp {

namespace {

using JuceDesign = juce::dsp::IIR::ArrayCoefficients<double>;

// Above this part of the rate the bilinear transform leaves nothing useful to shape.
constexpr double kHighestDesign = 0.45;

double usable(double sampleRateHz, double frequencyHz) {
    return std::min(frequencyHz, kHighestDesign * sampleRateHz);
}

bool outOfBand(double sampleRateHz, double frequencyHz) {
    return frequencyHz >= kHighestDesign * sampleRateHz;
}

Biquad fromJuce(const std::array<double, 6>& c) {
    return {c[0] / c[3], c[1] / c[3], c[2] / c[3], c[4] / c[3], c[5] / c[3]};
}

double linear(double gainDb) {
    return std::pow(10.0, gainDb / 20.0);
}

} // namespace

double Biquad::phiOf(double frequencyHz, double sampleRateHz) {
    const double sine = std::sin(std::numbers::pi * frequencyHz / sampleRateHz);
    return sine * sine;
}

double Biquad::powerAt(double phi) const {
    const auto power = [phi](double c0, double c1, double c2) {
        const double sum = c0 + c1 + c2;
        return sum * sum + 4 * phi * (4 * phi * c0 * c2 - (c0 * c1 + 4 * c0 * c2 + c1 * c2));
    };
    return power(b0, b1, b2) / power(1, a1, a2);
}

double Biquad::magnitudeDbAt(double frequencyHz, double sampleRateHz) const {
    return 10.0 * std::log10(powerAt(phiOf(frequencyHz, sampleRateHz)));
}

NormalForm normalFormOf(const Biquad& biquad) {
    NormalForm form;
    form.d = biquad.b0;
    const double c1 = biquad.b1 - biquad.b0 * biquad.a1;
    const double c2 = biquad.b2 - biquad.b0 * biquad.a2;
    const double half = -biquad.a1 / 2;
    const double discriminant = half * half - biquad.a2;
    // A nearly double pole is treated as two real ones.
    constexpr double kNearlyDouble = 1e-9;
    if (discriminant < -kNearlyDouble) {
        form.a11 = form.a22 = half;
        form.a12 = discriminant;
        form.c1 = c1;
        form.c2 = c2 + c1 * half;
    } else {
        const double spread = std::sqrt(std::max(discriminant, 0.0));
        const double p1 = half + spread;
        const double p2 = half - spread;
        form.a11 = p1;
        form.a22 = p2;
        form.c1 = c1;
        form.c2 = c2 + c1 * p2;
    }
    return form;
}

Biquad peak(double sampleRateHz, double frequencyHz, double q, double gainDb) {
    if (gainDb == 0 || outOfBand(sampleRateHz, frequencyHz))
        return {};
    return fromJuce(JuceDesign::makePeakFilter(sampleRateHz, frequencyHz, q, linear(gainDb)));
}

Biquad lowShelf(double sampleRateHz, double frequencyHz, double q, double gainDb) {
    if (gainDb == 0)
        return {};
    return fromJuce(JuceDesign::makeLowShelf(sampleRateHz, usable(sampleRateHz, frequencyHz), q,
                                             linear(gainDb)));
}

Biquad highShelf(double sampleRateHz, double frequencyHz, double q, double gainDb) {
    if (gainDb == 0 || outOfBand(sampleRateHz, frequencyHz))
        return {};
    return fromJuce(JuceDesign::makeHighShelf(sampleRateHz, frequencyHz, q, linear(gainDb)));
}

Biquad lowPass(double sampleRateHz, double frequencyHz, double q) {
    return fromJuce(JuceDesign::makeLowPass(sampleRateHz, usable(sampleRateHz, frequencyHz), q));
}

Biquad highPass(double sampleRateHz, double frequencyHz, double q) {
    return fromJuce(JuceDesign::makeHighPass(sampleRateHz, usable(sampleRateHz, frequencyHz), q));
}

Biquad firstOrderHighPass(double sampleRateHz, double frequencyHz) {
    const std::array<double, 4> c =
        JuceDesign::makeFirstOrderHighPass(sampleRateHz, usable(sampleRateHz, frequencyHz));
    return {c[0] / c[2], c[1] / c[2], 0, c[3] / c[2], 0};
}

Biquad allPass(double sampleRateHz, double frequencyHz, double q) {
    return fromJuce(JuceDesign::makeAllPass(sampleRateHz, usable(sampleRateHz, frequencyHz), q));
}

std::array<Biquad, 2> kWeighting(double sampleRateHz) {
    // Prototype of the shelf: f0, gain, Q; of the high-pass: f0, Q.
    constexpr double kShelfHz = 1681.974450955533;
    constexpr double kShelfDb = 3.999843853973347;
    constexpr double kShelfQ = 0.7071752369554196;
    constexpr double kHighPassHz = 38.13547087602444;
    constexpr double kHighPassQ = 0.5003270373238773;

    const double k = std::tan(std::numbers::pi * kShelfHz / sampleRateHz);
    const double vh = linear(kShelfDb);
    const double vb = std::pow(vh, 0.4996667741545416);
    const double a0 = 1.0 + k / kShelfQ + k * k;
    const Biquad shelf{(vh + vb * k / kShelfQ + k * k) / a0, 2.0 * (k * k - vh) / a0,
                       (vh - vb * k / kShelfQ + k * k) / a0, 2.0 * (k * k - 1.0) / a0,
                       (1.0 - k / kShelfQ + k * k) / a0};
    const double h = std::tan(std::numbers::pi * kHighPassHz / sampleRateHz);
    const double h0 = 1.0 + h / kHighPassQ + h * h;
    const Biquad rlb{1.0, -2.0, 1.0, 2.0 * (h * h - 1.0) / h0, (1.0 - h / kHighPassQ + h * h) / h0};
    return {shelf, rlb};
}

} // namespace segue::dsp
