#pragma once

#include <array>
#include <cstddef>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// What a learned corridor knows of a track: its balance, and what an equaliser leaves as it is,
/// which tells tracks of one kind from those of another.
struct ToneFeatures {
    static constexpr std::size_t kBands = kNumToneBands;
    static constexpr std::size_t kMid = 0;                            ///< mid, dB, level taken out
    static constexpr std::size_t kSideToMid = kBands;                 ///< side over mid, dB
    static constexpr std::size_t kDynamics = 2 * kBands;              ///< how far each band's level
    static constexpr std::size_t kCount = kDynamics + dsp::kNumBands; ///< moves, in log dB

    std::array<double, kCount> values{};
    /// Which values are of sound: not of an empty band, or of a side that is not there.
    std::array<bool, kCount> measured{};
};

/// Bands this far below the loudest hold hiss, rumble or a codec's leftovers.
inline constexpr double kEmptyBandDb = 60;

/// @param analysis  not silent
ToneFeatures toneFeaturesOf(const analysis::TrackAnalysis& analysis);

/// The long-term level of the loudest third octave of mid, dBFS.
double loudestBandDb(const analysis::TrackAnalysis& analysis);

} // namespace segue::mastering
