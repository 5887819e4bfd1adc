#pragma once

#include <vector>

#include "backend/JobRoutes.h"
#include "backend/PrewarmJobs.h"
#include "backend/Prewarmer.h"

namespace segue::backend {

/// Pre-warming: begin, look, end. Both outlive the routes.
JobRoutes<PrewarmJobs> prewarmRoutes(PrewarmJobs& jobs, const Prewarmer& prewarmer);

} // namespace segue::backend
