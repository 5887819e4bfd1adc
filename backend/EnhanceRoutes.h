#pragma once

#include <vector>

#include "backend/Enhancer.h"
#include "backend/JobRoutes.h"

namespace segue::backend {

/// Enhancements one after the other. What runs them is Enhancer::run, or what a test puts in its
/// place.
using EnhanceJobs = JobList<EnhanceRequest, EnhanceProgress>;

/// Enhancing to files: begin, look, end, and fetch what was made.
/// @thread handlers run on connection threads
class EnhanceRoutes {
  public:
    /// Both outlive the routes.
    EnhanceRoutes(EnhanceJobs& jobs, const Enhancer& enhancer);

    std::vector<Route> routes();

  private:
    void file(const http::RequestContext& ctx, httplib::Response& res) const;

    const Enhancer& enhancer_;
    JobRoutes<EnhanceJobs> jobs_;
};

} // namespace segue::backend
