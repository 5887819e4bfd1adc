// The memory of the render scheduler's fairness; called under its mutex. An entry is a number that
// decays exponentially, which needs no timer; those that have decayed to nothing go when there are
// many.
#include "backend/ClientUsage.h"

#include <chrono>
#include <cmath>

namespace segue::backend {

namespace {

constexpr double kHalfLifeSeconds = 5;
/// Less than the shortest render.
constexpr double kForgottenSeconds = 1e-3;
constexpr std::size_t kManyClients = 1000;

} // namespace

double ClientUsage::decayed(const Used& used, Clock::time_point now) {
    const double age = std::chrono::duration<double>(now - used.at).count();
    return used.seconds * std::exp2(-age / kHalfLifeSeconds);
}

void ClientUsage::charge(const std::string& client, double seconds, Clock::time_point now) {
    if (used_.size() >= kManyClients)
        std::erase_if(used_, [&](const auto& entry) {
            return decayed(entry.second, now) < kForgottenSeconds;
        });
    Used& used = used_[client];
    used = {decayed(used, now) + seconds, now};
}

double ClientUsage::of(const std::string& client, Clock::time_point now) const {
    const auto it = used_.find(client);
    return it == used_.end() ? 0 : decayed(it->second, now);
}

} // namespace segue::backend
