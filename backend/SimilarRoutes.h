#pragma once

#include <vector>

#include "backend/Routes.h"
#include "backend/SimilarTracks.h"
#include "backend/TrackJson.h"
#include "library/Library.h"

namespace segue::backend {

/// More like this, and radio.
/// @thread handlers run on connection threads
class SimilarRoutes {
  public:
    /// All outlive the routes.
    SimilarRoutes(const library::Library& library, SimilarTracks& similar, const TrackJson& tracks)
        : library_(library), similar_(similar), tracks_(tracks) {}

    std::vector<Route> routes();

  private:
    void similar(const http::RequestContext& ctx, httplib::Response& res);
    void radio(const http::RequestContext& ctx, httplib::Response& res);

    const library::Library& library_;
    SimilarTracks& similar_;
    const TrackJson& tracks_;
};

} // namespace segue::backend
