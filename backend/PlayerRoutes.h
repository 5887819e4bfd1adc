#pragma once

#include <vector>

#include "backend/AnalysisStore.h"
#include "backend/ChunkProvider.h"
#include "backend/Metrics.h"
#include "backend/Prefetch.h"
#include "backend/Routes.h"
#include "backend/StreamRequests.h"
#include "library/Library.h"

namespace segue::backend {

/// Streams, and which of their chunks are rendered.
/// @thread handlers run on connection threads
class PlayerRoutes {
  public:
    static constexpr const char* kStreamPattern = "/api/player/stream/{track_id}";

    /// All outlive the routes and every answer.
    PlayerRoutes(library::Library& library, const StreamRequests& requests, AnalysisStore& analyses,
                 const ChunkProvider& provider, Metrics& metrics, Prefetch& prefetch);

    std::vector<Route> routes();

  private:
    void stream(const http::RequestContext& ctx, httplib::Response& res);
    void streamOriginal(const http::RequestContext& ctx, httplib::Response& res,
                        library::TrackId id);
    void chunks(const http::RequestContext& ctx, httplib::Response& res);

    library::Library& library_;
    const StreamRequests& requests_;
    AnalysisStore& analyses_;
    const ChunkProvider& provider_;
    Metrics& metrics_;
    Prefetch& prefetch_;
};

} // namespace segue::backend
