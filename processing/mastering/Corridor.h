#pragma once

#include "processing/mastering/ToneCurve.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

/// Third-octave levels that finished music keeps to, relative to each other, and how far it strays
/// without fault. Between the edges nothing is corrected.
/// @source  the mean spectrum of commercial recordings rises to about 100 Hz, falls by about 5 dB
/// per octave of power
///          density to 4 kHz and faster above: P. D. Pestana et al., "Spectral characteristics of
///          popular commercial recordings 1950-2010", AES 135th Convention, 2013. Per third octave
///          that is 2 dB per octave.
struct Corridor {
    static double centreDb(double frequencyHz);
    static double halfWidthDb(double frequencyHz);
};

/// What brings the track's long-term spectrum back to the edges of the corridor, within
/// +-kMaxCorrectionDb; never a boost of bands that hold only noise.
inline constexpr double kMaxCorrectionDb = 4;
ToneGains corridorCorrection(const analysis::TrackAnalysis& analysis);

} // namespace segue::mastering
