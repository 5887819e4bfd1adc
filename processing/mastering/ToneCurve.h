#pragma once

#include <array>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/FilterDesign.h"

namespace segue::mastering {

/// Third-octave bands 20 Hz .. 20 kHz, those of the analysis.
inline constexpr int kNumToneBands = analysis::kNumThirdOctaves;
/// dB at the bands' centres.
using ToneGains = std::array<double, kNumToneBands>;

/// Gains of a stereo track's mid and side; of every channel of another one (`mid`).
struct ToneCurve {
    ToneGains mid{}, side{};

    ToneCurve& operator+=(const ToneCurve& other);
    friend ToneCurve operator*(double factor, ToneCurve curve);
};

double toneBandHz(int band);

inline constexpr double kToneToleranceDb = 0.15;

/// A cascade of peaks between two shelves whose magnitude at the bands' centres is `gainsDb`, their
/// gains solved for how much each one reaches into its neighbours. Bands above 0.42 of the rate are
/// left out. A curve that 15 filters follow within kToneToleranceDb, or 23 within 0.1 dB, at the
/// bands where it bends most, gets no more: less work for the chain.
/// @return  at most kNumToneBands sections; none when all gains are zero
/// @source  V. Valimaki, J. Liski, "Accurate cascade graphic equalizer", IEEE Signal Processing
/// Letters 24(2), 2017; J. Liski, V. Valimaki, "The quest for the best graphic equalizer", DAFx
/// 2017; C. Lawson, "Contributions to the theory of linear least maximum approximation", 1961
std::vector<dsp::Biquad> designTone(double sampleRateHz, const ToneGains& gainsDb);

/// Magnitude of a cascade in dB.
double magnitudeDb(const std::vector<dsp::Biquad>& sections, double frequencyHz,
                   double sampleRateHz);

} // namespace segue::mastering
