#pragma once

#include <string>
#include <vector>

#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// What the adaptive target asks of a track's tone, and where that comes from.
struct Correction {
    ToneCurve tone;
    std::string source;                  ///< for people: the corridor's name and version
    std::vector<std::string> heldBack{}; ///< rules that kept it from doing more, in words
};

/// The built-in corridor: third-octave levels that finished music keeps to, relative to each other,
/// and how far it strays without fault. Between the edges nothing is corrected.
/// @source  the mean spectrum of commercial recordings rises to about 100 Hz, falls by about 5 dB
/// per octave of power density to 4 kHz and faster above: P. D. Pestana et al., "Spectral
/// characteristics of popular commercial recordings 1950-2010", AES 135th Convention, 2013. Per
/// third octave that is 2 dB per octave.
struct Corridor {
    static double centreDb(double frequencyHz);
    static double halfWidthDb(double frequencyHz);
};

inline constexpr double kMaxCorrectionDb = 4;

/// What brings the track's long-term spectrum back to the edges of the built-in corridor, within
/// +-kMaxCorrectionDb, the same for mid and side; never a boost of bands that hold only noise.
Correction builtInCorrection(const analysis::TrackAnalysis& analysis);

} // namespace segue::mastering
