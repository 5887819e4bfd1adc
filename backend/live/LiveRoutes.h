#pragma once

#include <vector>

#include "backend/AnalysisStore.h"
#include "backend/ChunkProvider.h"
#include "backend/Metrics.h"
#include "backend/Routes.h"
#include "backend/StreamRequests.h"
#include "backend/live/LiveSessions.h"

namespace segue::backend::live {

/// Sessions: streams whose settings may change while they play.
/// @thread handlers run on connection threads
class LiveRoutes {
  public:
    /// All outlive the routes and every answer.
    LiveRoutes(const StreamRequests& requests, AnalysisStore& analyses,
               const ChunkProvider& provider, Metrics& metrics, LiveSessions::Limits limits = {});

    std::vector<Route> routes();

  private:
    using Ctx = http::RequestContext;

    void begin(const Ctx& ctx, httplib::Response& res);
    void change(const Ctx& ctx, httplib::Response& res);
    void state(const Ctx& ctx, httplib::Response& res);
    void end(const Ctx& ctx, httplib::Response& res);
    void listen(const Ctx& ctx, httplib::Response& res);

    Result<Selection> select(const Ctx& ctx, library::TrackId track, Settings settings);
    Result<void> change(const Ctx& ctx, LiveSession& session, const SessionRequest& request);

    const StreamRequests& requests_;
    AnalysisStore& analyses_;
    const ChunkProvider& provider_;
    Metrics& metrics_;
    LiveSessions sessions_;
};

} // namespace segue::backend::live
