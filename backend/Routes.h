#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/ChunkReader.h"
#include "backend/StreamParameters.h"
#include "backend/http/RequestContext.h"
#include "backend/http/Router.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// One entry of the API; openapi.json describes each of them.
struct Route {
    std::string method;
    std::string pattern;
    http::Handler handler;
    http::BodyTaker takeBody{};
};

/// The parameters of a request's address.
Query queryOf(const http::RequestContext& ctx);

/// A Content-Type without its parameters, in lower case; "" when there is none, or several.
std::string mediaTypeOf(const httplib::Headers& headers);

/// The body of a request that must be JSON; valid as long as the request. That it says so keeps
/// other sites' forms out. @errors Unsupported (another media type, or none)
Result<std::string_view> jsonTextOf(const http::RequestContext& ctx);

/// What a handler that blocks goes by: 30 s, and an end as soon as nobody waits any more. Valid as
/// long as `liveness`.
ReadLimits limitsOf(const http::Liveness& liveness);

} // namespace segue::backend
