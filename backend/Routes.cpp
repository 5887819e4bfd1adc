// What the groups of routes share. Connection threads.
#include "backend/Routes.h"

#include <algorithm>
#include <cctype>
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

std::string mediaTypeOf(const httplib::Headers& headers) {
    const std::string given = http::onlyValue(headers, "Content-Type").value_or("");
    std::string type = given.substr(0, given.find(';'));
    type.erase(type.find_last_not_of(" \t") + 1);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type;
}

Result<std::string_view> jsonTextOf(const http::RequestContext& ctx) {
    if (mediaTypeOf(ctx.request.headers) != "application/json")
        return fail(ErrorCode::Unsupported,
                    "send a JSON object, with Content-Type: application/json");
    return ctx.request.body;
}

ReadLimits limitsOf(const http::Liveness& liveness) {
    return {.deadline = Clock::now() + kPatience,
            .stillWanted = [&liveness] { return !liveness.ended(); },
            .client = liveness.client()};
}

} // namespace segue::backend
