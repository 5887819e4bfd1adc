#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

#include "backend/http/RequestContext.h"
#include "processing/types/Error.h"

namespace segue::http {

/// An RFC 9457 problem. Its type is `urn:segue:problem:<code>`; codes are stable and part of the
/// API: nameOf(ErrorCode), and those of the HTTP layer ("method-not-allowed",
/// "range-not-satisfiable", ...).
struct Problem {
    std::string code;
    int status = 500;
    std::string title;
    std::string detail;
    std::string instance;
    int retryAfterSeconds = 0; ///< of a 503; 0: not known, so 1 is said
};

/// The one mapping: InvalidArgument 400, NotFound 404, Changed 409, Unsupported 415, Corrupt 422,
/// Io and Internal 500, Busy and Cancelled 503, Timeout 504, NoSpace 507.
int statusOf(ErrorCode code) noexcept;

Problem problemOf(const Error& error);
/// The problem as JSON text; bytes that are no UTF-8 are replaced.
std::string toJson(const Problem& problem);

/// Makes `res` this problem, dropping any body and range set before. Busy gets a Retry-After.
/// Internal keeps its message to the log.
void respond(httplib::Response& res, const Problem& problem);
void respond(httplib::Response& res, const Error& error);
/// The same with the request's path as `instance`.
void respond(const RequestContext& ctx, httplib::Response& res, const Error& error);

/// @param json  the text of a JSON document
void respondJson(httplib::Response& res, std::string json, int status = 200);

} // namespace segue::http
