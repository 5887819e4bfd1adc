#pragma once

#include "backend/JobList.h"
#include "backend/PrewarmRequest.h"
#include "backend/Prewarmer.h"
#include "backend/TimeOfDay.h"

namespace segue::backend {

/// Pre-warmings one after the other, asked for or by the clock. What runs them is Prewarmer::run,
/// or what a test puts in its place.
using PrewarmJobs = JobList<PrewarmRequest, PrewarmProgress>;
/// What is warmed every day.
using PrewarmSchedule = PrewarmJobs::Schedule;

} // namespace segue::backend
