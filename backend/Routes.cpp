// What the groups of routes share. Connection threads.
#include "backend/Routes.h"

#include <chrono>

namespace segue::backend {

namespace {

/// Far beyond any render; a client that is told to come back later is served better than one that
/// waits for ever.
constexpr auto kPatience = std::chrono::seconds(30);

} // namespace

Query queryOf(const http::RequestContext& ctx) {
    return [&ctx](const std::string& name) { return ctx.query(name); };
}

ReadLimits limitsOf(const http::Liveness& liveness) {
    return {.deadline = Clock::now() + kPatience,
            .stillWanted = [&liveness] { return !liveness.ended(); }};
}

} // namespace segue::backend
