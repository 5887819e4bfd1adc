#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/InFlightChunk.h"
#include "backend/Routes.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// What happens in the server, for whoever wants to know: the last kKept events. Whoever publishes
/// never waits for a listener; a listener that falls further behind has missed something and is
/// told so.
/// @thread all members from any thread
class EventHub {
  public:
    static constexpr std::size_t kKept = 1024;

    struct Event {
        std::uint64_t number = 0; ///< 1, 2, ...
        std::string name, json;
    };

    void publish(std::string name, std::string json);
    /// The number of the last event; 0: there was none.
    std::uint64_t last() const;

    /// The events after number `after`, as soon as there is one; none at the deadline.
    /// @return nothing when some of them are kept no longer
    std::optional<std::vector<Event>> wait(std::uint64_t after, Clock::time_point deadline) const;

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    std::deque<Event> events_;
    std::uint64_t last_ = 0;
};

/// Where a listener goes on: what he has already, said in his Last-Event-ID.
struct EventPlace {
    std::uint64_t after = 0;
    bool missed = false; ///< what lies between is not known any more
};

/// Server-sent events: GET /api/events.
/// @thread handlers run on connection threads, one per listener for as long as he listens
class EventRoutes {
  public:
    /// More are refused: each holds a thread.
    static constexpr int kMostListeners = 64;

    /// @param hub  outlives the routes and every answer
    EventRoutes(EventHub& hub, std::string instance);

    std::vector<Route> routes();

    /// @param lastId  as eventText() wrote it; anything else counts as missed
    EventPlace placeOf(const std::optional<std::string>& lastId) const;
    std::string eventText(const EventHub::Event& event) const;

  private:
    void listen(const http::RequestContext& ctx, httplib::Response& res);

    EventHub& hub_;
    const std::string instance_; ///< tells this run of the server from others
    std::atomic<int> listeners_{0};
};

} // namespace segue::backend
