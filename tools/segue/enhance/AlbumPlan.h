#pragma once

#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::tools {

/// The plan of one track of an album that is mastered as a whole: tone, width, ratio and gain are
/// the album's, so that it keeps its place among the others. Its own are the constant offset, and
/// where compression begins: as far from its own level as the album's plan says of the album's, or
/// else compression would bring loud and quiet tracks nearer to each other.
///
/// @param album  full analyses of all tracks, not empty
/// @param track  one of them
mastering::MasteringPlan planOfAlbum(const std::vector<const analysis::TrackAnalysis*>& album,
                                     const analysis::TrackAnalysis& track,
                                     const mastering::PlanRequest& request);

} // namespace segue::tools
