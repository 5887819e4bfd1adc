#pragma once

#include <vector>

#include "backend/Events.h"
#include "backend/Routes.h"
#include "backend/WallClock.h"
#include "library/PlayQueues.h"

namespace segue::backend {

/// The queue that clients hand on to each other.
/// @thread handlers run on connection threads
class QueueRoutes {
  public:
    /// All outlive the routes. @param nowMs  empty: the system's clock
    QueueRoutes(library::PlayQueues& queues, EventHub& events, NowMs nowMs = {});

    std::vector<Route> routes();

  private:
    void get(const http::RequestContext& ctx, httplib::Response& res) const;
    void put(const http::RequestContext& ctx, httplib::Response& res);
    void move(const http::RequestContext& ctx, httplib::Response& res);
    void answer(const http::RequestContext& ctx, httplib::Response& res,
                const library::QueuePlace& place, const Result<std::int64_t>& revision);

    library::PlayQueues& queues_;
    EventHub& events_;
    const NowMs nowMs_;
};

} // namespace segue::backend
