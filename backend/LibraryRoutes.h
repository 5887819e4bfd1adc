#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "backend/CorridorKeeper.h"
#include "backend/PlanChoice.h"
#include "backend/Routes.h"
#include "backend/ScanRunner.h"
#include "backend/StreamRequests.h"
#include "backend/TrackJson.h"
#include "library/Library.h"

namespace segue::backend {

/// Tracks, what is known about them, and scans.
/// @thread handlers run on connection threads
class LibraryRoutes {
  public:
    /// All outlive the routes and every answer.
    LibraryRoutes(library::Library& library, const TrackJson& tracks, PlanChoice& plans,
                  const StreamRequests& requests, const CorridorKeeper& corridors,
                  ScanRunner& scans);

    std::vector<Route> routes();

  private:
    void tracks(const http::RequestContext& ctx, httplib::Response& res) const;
    void listing(const http::RequestContext& ctx, httplib::Response& res) const;
    void respondTracks(const http::RequestContext& ctx, httplib::Response& res,
                       const std::vector<library::Track>& tracks,
                       const nlohmann::ordered_json& next,
                       std::optional<std::int64_t> matching = std::nullopt) const;
    void track(const http::RequestContext& ctx, httplib::Response& res) const;
    void analysis(const http::RequestContext& ctx, httplib::Response& res);
    void plan(const http::RequestContext& ctx, httplib::Response& res);
    void effect(const http::RequestContext& ctx, httplib::Response& res);
    void scan(const http::RequestContext& ctx, httplib::Response& res);
    void cancelScan(httplib::Response& res);
    void corridor(httplib::Response& res) const;
    void problems(const http::RequestContext& ctx, httplib::Response& res) const;

    library::Library& library_;
    const TrackJson& tracks_;
    PlanChoice& plans_;
    const StreamRequests& requests_;
    const CorridorKeeper& corridors_;
    ScanRunner& scans_;
};

} // namespace segue::backend
