#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backend/http/RequestContext.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Answers a GET with `json` and the entity tag `etag` (with its quotes): 304 or 412 when the
/// request's conditions say so.
void respondTagged(const http::RequestContext& ctx, httplib::Response& res, std::string json,
                   const std::string& etag, int status = 200);

/// The same for what is known by its bytes alone.
void respondTagged(const http::RequestContext& ctx, httplib::Response& res, std::string json);

/// What a change must find: the revision that the client has seen, when he names one. A change
/// whose If-Match does not name `etag` is refused.
/// @param etag, revision  what is there now
/// @errors Changed (If-Match names another version): respondChanged() tells it
Result<std::optional<std::int64_t>> seenRevision(const http::RequestContext& ctx,
                                                 const std::string& etag, std::int64_t revision);

/// An error of a change; Changed becomes 412.
void respondToChange(const http::RequestContext& ctx, httplib::Response& res, const Error& error);

} // namespace segue::backend
