// The clients of bench/load: thousands of simulated listeners on one thread and one epoll
// descriptor. A scenario comes as JSON on stdin, what the clients met with goes as JSON to stdout.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "bench/LoadClient.h"

namespace {

using Json = nlohmann::ordered_json;
using namespace segue;
using bench::Clock;

struct Scenario {
    std::uint16_t port = 0;
    double seconds = 0;
    std::vector<std::pair<std::string, bench::ClientPlan>> clients; ///< group, plan
};

Scenario scenarioOf(const Json& json) {
    Scenario scenario;
    scenario.port = json.at("port").get<std::uint16_t>();
    scenario.seconds = json.at("seconds").get<double>();
    for (const Json& given : json.at("clients")) {
        bench::ClientPlan plan;
        plan.address = given.at("address").get<std::string>();
        plan.start =
            std::chrono::milliseconds(std::llround(1000 * given.at("startSeconds").get<double>()));
        plan.bytesPerSecond = given.value("bytesPerSecond", plan.bytesPerSecond);
        plan.playSeconds = given.at("playSeconds").get<double>();
        plan.repeats = given.value("repeats", plan.repeats);
        plan.minds = given.value("minds", plan.minds);
        for (const Json& request : given.at("requests"))
            plan.requests.push_back(
                {request.at(0).get<std::string>(), request.at(1).get<std::int64_t>()});
        scenario.clients.emplace_back(given.at("group").get<std::string>(), std::move(plan));
    }
    return scenario;
}

/// Runs all clients for the scenario's time.
class Run {
  public:
    explicit Run(const Scenario& scenario)
        : scenario_(scenario), poller_(::epoll_create1(EPOLL_CLOEXEC)),
          begin_(Clock::now() + std::chrono::milliseconds(100)) {
        if (!poller_)
            throw std::system_error(errno, std::generic_category(), "epoll_create1");
        due_.resize(scenario.clients.size());
        for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
            const auto& [group, plan] = scenario.clients[i];
            clients_.push_back(std::make_unique<bench::LoadClient>(
                plan, figures_[group], poller_.get(), scenario.port, i, begin_));
            schedule(i, begin_ + plan.start);
        }
    }

    void go() {
        const auto end = begin_ + std::chrono::milliseconds(std::llround(1000 * scenario_.seconds));
        for (auto now = Clock::now(); now < end; now = Clock::now()) {
            waitForSockets(std::min(end, timers_.empty() ? end : timers_.top().first), now);
            serveTimers();
        }
    }

    const std::map<std::string, bench::GroupFigures>& figures() const { return figures_; }
    const std::vector<double>& lags() const { return lags_; }

  private:
    using Timer = std::pair<Clock::time_point, std::size_t>;

    void schedule(std::size_t client, Clock::time_point at) {
        due_[client] = at;
        timers_.emplace(at, client);
    }

    void step(std::size_t client) {
        const auto at = clients_[client]->step(Clock::now());
        if (at != due_[client] && at != Clock::time_point::max())
            schedule(client, at);
    }

    void waitForSockets(Clock::time_point until, Clock::time_point now) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
        std::array<epoll_event, 256> events;
        const int ready =
            ::epoll_wait(poller_.get(), events.data(), static_cast<int>(events.size()),
                         static_cast<int>(std::max<std::int64_t>(0, left)));
        for (int i = 0; i < ready; ++i)
            step(events[static_cast<std::size_t>(i)].data.u64);
    }

    void serveTimers() {
        const auto now = Clock::now();
        while (!timers_.empty() && timers_.top().first <= now) {
            const auto [at, client] = timers_.top();
            timers_.pop();
            if (due_[client] != at)
                continue; // it has been stepped since
            lags_.push_back(std::chrono::duration<double>(Clock::now() - at).count());
            due_[client] = {};
            step(client);
        }
    }

    const Scenario& scenario_;
    UniqueFd poller_;
    const Clock::time_point begin_;
    std::map<std::string, bench::GroupFigures> figures_;
    std::vector<std::unique_ptr<bench::LoadClient>> clients_;
    std::vector<Clock::time_point> due_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::vector<double> lags_;
};

/// In milliseconds, by nearest rank.
Json spreadOf(std::vector<double> seconds) {
    if (seconds.empty())
        return {{"n", 0}};
    std::sort(seconds.begin(), seconds.end());
    const auto at = [&](double part) {
        const auto rank = std::ceil(part * static_cast<double>(seconds.size()));
        return 1e3 * seconds[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
    };
    return {{"n", seconds.size()},
            {"p50", at(0.5)},
            {"p95", at(0.95)},
            {"p99", at(0.99)},
            {"max", 1e3 * seconds.back()}};
}

Json jsonOf(const bench::GroupFigures& figures) {
    Json statuses = Json::object();
    for (const auto& [status, count] : figures.statuses)
        statuses[std::to_string(status)] = count;
    return {{"requests", figures.requests},
            {"statuses", statuses},
            {"refusedWithoutRetryAfter", figures.refusedWithoutRetryAfter},
            {"cutShort", figures.cutShort},
            {"silent", figures.silent},
            {"bytes", figures.bytes},
            {"underruns", figures.underruns},
            {"stalledSeconds", figures.stalledSeconds},
            {"leastBufferSeconds", figures.leastBufferSeconds},
            {"firstByte", spreadOf(figures.firstByte)},
            {"playing", spreadOf(figures.playing)},
            {"refusal", spreadOf(figures.refusal)}};
}

void raiseDescriptorLimit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main() {
    try {
        raiseDescriptorLimit();
        const Scenario scenario = scenarioOf(Json::parse(std::cin));
        Run run(scenario);
        run.go();
        Json groups = Json::object();
        for (const auto& [name, figures] : run.figures())
            groups[name] = jsonOf(figures);
        std::printf("%s\n", Json{{"groups", groups}, {"lag", spreadOf(run.lags())}}.dump().c_str());
        return 0;
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "segue_load_clients: %s\n", exception.what());
        return 1;
    }
}
