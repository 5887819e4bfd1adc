#pragma once

#include <vector>

#include "processing/analysis/TrackAnalysis.h"

namespace segue::analysis {

/// The tracks of an album as if they were one track, one after the other: loudness gated over all
/// of them, maxima of all, spectra and stereo image weighted by duration, curves end to end (each
/// track's filled up with silence to a whole second, so that rows and hops stay together).
///
/// Format, offset and clipping are the first track's and mean nothing for the others.
/// @param tracks  full analyses, not empty
TrackAnalysis joined(const std::vector<const TrackAnalysis*>& tracks);

} // namespace segue::analysis
