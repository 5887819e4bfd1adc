#pragma once

#include <array>
#include <vector>

#include "processing/dsp/FilterDesign.h"

namespace segue::mastering {

/// Octave bands 31.25 Hz .. 16 kHz.
inline constexpr int kNumToneBands = 10;
using ToneGains = std::array<double, kNumToneBands>; ///< dB at the bands' centres

double toneBandHz(int band);

/// A cascade whose magnitude at the bands' centres is `gainsDb`: shelves at both ends, peaks
/// between, with the gains of the filters solved for how much each one reaches into its neighbours.
/// Bands above 0.45 of the rate are left out.
/// @source  V. Valimaki, J. Liski, "Accurate cascade graphic equalizer", IEEE Signal Processing
/// Letters 24(2), 2017
std::vector<dsp::Biquad> designTone(double sampleRateHz, const ToneGains& gainsDb);

/// Magnitude of a cascade in dB.
double magnitudeDb(const std::vector<dsp::Biquad>& sections, double frequencyHz,
                   double sampleRateHz);

} // namespace segue::mastering
