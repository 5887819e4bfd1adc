#pragma once

#include <string>
#include <vector>

#include "backend/PrewarmJobs.h"
#include "backend/Prewarmer.h"
#include "backend/Routes.h"

namespace segue::backend {

/// One pre-warming as JSON. @param Detail::No  without what was asked and the list of problems
enum class Detail { No, Yes };
std::string toJson(const PrewarmJobs::Status& status, Detail detail);

/// Pre-warming: begin, look, end.
/// @thread handlers run on connection threads
class PrewarmRoutes {
  public:
    /// Both outlive the routes.
    PrewarmRoutes(PrewarmJobs& jobs, const Prewarmer& prewarmer);

    std::vector<Route> routes();

  private:
    void begin(const http::RequestContext& ctx, httplib::Response& res);
    void list(httplib::Response& res) const;
    void state(const http::RequestContext& ctx, httplib::Response& res) const;
    void end(const http::RequestContext& ctx, httplib::Response& res);

    PrewarmJobs& jobs_;
    const Prewarmer& prewarmer_;
};

} // namespace segue::backend
