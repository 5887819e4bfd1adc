#pragma once

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::scorecard {

/// How far the pictures that a plan foresees (mastering::previewEffect) lie from what came out.
/// Only what sounds counts.
struct ForesightError {
    double loudnessLu = 0;
    double shortTermPart = 1;  ///< part of the short-term curve that is within 1 LU
    double thirdOctavesDb = 0; ///< root mean square over those of mid and side
    double peaksDb = 0;        ///< of the waveform, median
};

/// @param before  what the plan was made from, a full analysis
/// @param after  of the master
ForesightError foresightError(const analysis::TrackAnalysis& before,
                              const mastering::MasteringPlan& plan,
                              const analysis::TrackAnalysis& after);

} // namespace segue::scorecard
