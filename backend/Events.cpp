// Server-sent events. Publishers append to one ring under a mutex and go on; every listener has a
// connection's thread and his own place in the ring, so nothing is kept for him and a slow one
// costs nobody else anything: he is dropped as soon as the ring has overtaken him. A comment goes
// out while nothing happens, so that both sides notice when the other is gone.
#include "backend/Events.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <utility>

#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

/// Proxies give up on silence after 30 s and more.
constexpr auto kHeartbeat = std::chrono::seconds(15);
/// How soon a listener who has left is noticed.
constexpr auto kLook = std::chrono::milliseconds(250);
/// What tells a page that it has to ask anew for the state of everything.
constexpr std::string_view kReset = "event: reset\ndata: {}\n\n";

/// One listener's answer.
class Listening {
  public:
    Listening(const EventRoutes& routes, const EventHub& hub, EventPlace place,
              const http::Liveness& liveness, std::atomic<int>& listeners)
        : routes_(routes), hub_(hub), place_(place), liveness_(liveness), listeners_(listeners) {}
    ~Listening() { --listeners_; }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    /// Sends what comes next. @return whether to go on
    bool send(httplib::DataSink& sink) {
        if (!begun_) {
            begun_ = true;
            return write(sink, place_.missed ? std::string(kReset) : std::string(": segue\n\n"));
        }
        const auto heartbeat = Clock::now() + kHeartbeat;
        for (auto now = Clock::now(); now < heartbeat; now = Clock::now()) {
            if (liveness_.ended())
                return false;
            const auto events = hub_.wait(place_.after, std::min(heartbeat, now + kLook));
            if (!events)
                return false; // too slow; he comes again and learns that he missed something
            if (events->empty())
                continue;
            std::string text;
            for (const EventHub::Event& event : *events)
                text += routes_.eventText(event);
            place_.after = events->back().number;
            return write(sink, text);
        }
        return write(sink, ": still here\n\n");
    }

  private:
    static bool write(httplib::DataSink& sink, const std::string& text) {
        return sink.write(text.data(), text.size());
    }

    const EventRoutes& routes_;
    const EventHub& hub_;
    EventPlace place_;
    const http::Liveness& liveness_;
    std::atomic<int>& listeners_;
    bool begun_ = false;
};

} // namespace

void EventHub::publish(std::string name, std::string json) {
    {
        std::lock_guard lock(mutex_);
        events_.push_back({++last_, std::move(name), std::move(json)});
        if (events_.size() > kKept)
            events_.pop_front();
    }
    changed_.notify_all();
}

std::uint64_t EventHub::last() const {
    std::lock_guard lock(mutex_);
    return last_;
}

std::optional<std::vector<EventHub::Event>> EventHub::wait(std::uint64_t after,
                                                           Clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return last_ > after; });
    if (last_ - after > events_.size())
        return std::nullopt;
    return std::vector<Event>(events_.end() - static_cast<std::ptrdiff_t>(last_ - after),
                              events_.end());
}

EventRoutes::EventRoutes(EventHub& hub, std::string instance)
    : hub_(hub), instance_(std::move(instance)) {}

std::vector<Route> EventRoutes::routes() {
    return {{"GET", "/api/events", [this](const http::RequestContext& ctx, httplib::Response& res) {
                 listen(ctx, res);
             }}};
}

EventPlace EventRoutes::placeOf(const std::optional<std::string>& lastId) const {
    const std::uint64_t last = hub_.last();
    if (!lastId)
        return {last, false};
    const std::string prefix = instance_ + "-";
    if (!lastId->starts_with(prefix))
        return {last, true};
    std::uint64_t after = 0;
    const char* end = lastId->data() + lastId->size();
    const auto [stop, error] = std::from_chars(lastId->data() + prefix.size(), end, after);
    if (error != std::errc{} || stop != end || after > last || !hub_.wait(after, Clock::now()))
        return {last, true};
    return {after, false};
}

std::string EventRoutes::eventText(const EventHub::Event& event) const {
    return "id: " + instance_ + "-" + std::to_string(event.number) + "\nevent: " + event.name +
           "\ndata: " + event.json + "\n\n";
}

void EventRoutes::listen(const http::RequestContext& ctx, httplib::Response& res) {
    const EventPlace place = placeOf(ctx.header("Last-Event-ID"));
    res.set_header("Cache-Control", "no-store");
    if (ctx.isHead()) {
        res.set_header("Content-Type", "text/event-stream");
        return;
    }
    if (++listeners_ > kMostListeners) {
        --listeners_;
        return http::respond(ctx, res,
                             Error{ErrorCode::Busy, "events: " + std::to_string(kMostListeners) +
                                                        " listen already"});
    }
    const auto listening =
        std::make_shared<Listening>(*this, hub_, place, ctx.liveness, listeners_);
    res.set_chunked_content_provider("text/event-stream",
                                     [listening](std::size_t /*offset*/, httplib::DataSink& sink) {
                                         return listening->send(sink);
                                     });
}

} // namespace segue::backend
