#pragma once

#include <array>

#include "processing/dsp/BandSplitter.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

struct ReferenceProfile;

/// Furthest that reference mode moves a band. Beyond it the two tracks have nothing in common
/// there.
inline constexpr double kMaxReferenceDb = 12;

struct ReferenceTone {
    ToneCurve tone;
    bool limited = false; ///< somewhere the reference asks for more than is done
};

/// The tone that gives the track the reference's long-term spectrum of mid and of side, up to a
/// common level: what the gain does later.
///
/// Never a boost of bands that hold only noise, nor of the side of a band that is mono.
/// @param changeDb  what the dynamics will do to the mean power of each of their bands
ReferenceTone referenceTone(const analysis::TrackAnalysis& analysis,
                            const ReferenceProfile& reference,
                            const std::array<double, dsp::kNumBands>& changeDb);

} // namespace segue::mastering
