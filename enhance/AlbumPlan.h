#pragma once

#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::enhance {

/// The plans of an album's tracks when it is mastered as a whole: tone, width and ratio are the
/// album's, so that it keeps its character. Gains make every track as much louder or quieter as
/// every other, and the album as loud as its plan says. A track's own are the constant offset, and
/// where compression begins: as far from its own level as the album's plan says of the album's, or
/// else compression would bring loud and quiet tracks nearer to each other.
///
/// @param album  full analyses, not empty
/// @return  in the same order
std::vector<mastering::MasteringPlan>
plansOfAlbum(const std::vector<const analysis::TrackAnalysis*>& album,
             const mastering::PlanRequest& request);

/// Makes the result `byDb` louder before the limiter; everything else stays as it is.
void moveGain(mastering::MasteringPlan& plan, double byDb);

} // namespace segue::enhance
