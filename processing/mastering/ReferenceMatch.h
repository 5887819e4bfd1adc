#pragma once

#include "processing/mastering/ToneCurve.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

struct ReferenceProfile;

/// Furthest that reference mode moves a band; somebody named the reference. Beyond it the two
/// tracks have nothing in common there.
inline constexpr double kMaxReferenceDb = 24;

struct ReferenceTone {
    ToneCurve tone;
    bool limited = false; ///< somewhere the reference asks for more than is done
};

/// The tone that gives the track the reference's long-term spectrum of mid and of side, up to a
/// common level: what the gain does later.
///
/// Never a boost of bands that hold only noise, nor of the side of a band that is mono.
ReferenceTone referenceTone(const analysis::TrackAnalysis& analysis,
                            const ReferenceProfile& reference);

} // namespace segue::mastering
