#pragma once

#include <array>

namespace segue::dsp {

/// A second-order filter as (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2).
struct Biquad {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;

    /// What becomes of power at a frequency.
    /// @param phi  phiOf() of the frequency
    /// @source  R. Bristow-Johnson, "Frequency response from biquad coefficients"
    double powerAt(double phi) const;
    static double phiOf(double frequencyHz, double sampleRateHz);
    double magnitudeDbAt(double frequencyHz, double sampleRateHz) const;
};

/// The same filter as a two-state recursion in normal form:
///   y = d x + c1 s1 + c2 s2;  s1' = x + a11 s1 + a12 s2;  s2' = s1 + a22 s2.
/// In 32-bit floats a normal form keeps its precision at low frequencies and high rates, where
/// direct forms do not (Barnes, "Roundoff noise and overflow in normal digital filters", 1979). Its
/// second state is scaled so that it takes the first as it is, which floats do not notice and saves
/// a product.
struct NormalForm {
    double d = 1, c1 = 0, c2 = 0, a11 = 0, a12 = 0, a22 = 0;
};

NormalForm normalFormOf(const Biquad& biquad);

// Designs by JUCE (bilinear transform). Frequencies at or above 0.45 of the rate give the identity
// where the filter would do nothing below it (peak, high shelf), and are clamped to it for the
// others.
Biquad peak(double sampleRateHz, double frequencyHz, double q, double gainDb);
Biquad lowShelf(double sampleRateHz, double frequencyHz, double q, double gainDb);
Biquad highShelf(double sampleRateHz, double frequencyHz, double q, double gainDb);
Biquad lowPass(double sampleRateHz, double frequencyHz, double q);
Biquad highPass(double sampleRateHz, double frequencyHz, double q);
Biquad firstOrderHighPass(double sampleRateHz, double frequencyHz);
Biquad allPass(double sampleRateHz, double frequencyHz, double q);

/// The two filters of the K weighting at any rate: spherical-head shelf and RLB high-pass. @source
/// ITU-R BS.1770-4 Annex 1; the analogue prototypes behind its 48 kHz coefficients as published by
/// libebur128.
std::array<Biquad, 2> kWeighting(double sampleRateHz);

} // namespace segue::dsp
