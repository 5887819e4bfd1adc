#pragma once

#include <vector>

#include "backend/FullAnalyses.h"
#include "backend/ReferenceRequest.h"
#include "backend/ReferenceStore.h"
#include "backend/Routes.h"

namespace segue::backend {

/// The references to which tracks can be matched.
/// @thread handlers run on connection threads
class ReferenceRoutes {
  public:
    /// Both outlive the routes.
    ReferenceRoutes(ReferenceStore& store, FullAnalyses& analyses);

    std::vector<Route> routes();

  private:
    void list(httplib::Response& res);
    void one(const http::RequestContext& ctx, httplib::Response& res);
    void create(const http::RequestContext& ctx, httplib::Response& res);
    void remove(const http::RequestContext& ctx, httplib::Response& res);
    Result<mastering::ReferenceProfile> make(const http::RequestContext& ctx,
                                             const ReferenceRequest& request);

    ReferenceStore& store_;
    FullAnalyses& analyses_;
};

} // namespace segue::backend
