#pragma once

#include <functional>
#include <vector>

#include "backend/BackgroundAnalyser.h"
#include "backend/Metrics.h"
#include "backend/RenderScheduler.h"
#include "backend/Routes.h"
#include "backend/ScanRunner.h"
#include "backend/http/HttpServer.h"
#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "library/Watcher.h"

namespace segue::backend {

/// What Segue says about itself: health, metrics, and the description of its API.
/// @thread handlers run on connection threads
class StatusRoutes {
  public:
    /// What is reported; all outlive the routes and every answer.
    struct Sources {
        const library::Library& library;
        const ScanRunner& scans;
        const BackgroundAnalyser& background;
        const cache::ChunkStore& store;
        const RenderScheduler& scheduler;
        const Metrics& metrics;
        std::function<http::ServerStats()> server;
        std::function<library::Watcher::Status()> watch;
    };
    explicit StatusRoutes(Sources sources);

    std::vector<Route> routes();

  private:
    void health(httplib::Response& res) const;
    void metrics(httplib::Response& res) const;

    const Sources sources_;
    const Clock::time_point started_ = Clock::now();
};

/// The OpenAPI document of all routes, as JSON text.
const std::string& openApiDocument();

} // namespace segue::backend
