// Problems (RFC 9457) and the one place where an ErrorCode becomes an HTTP status. Any thread.

#include "backend/http/Problem.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace segue::http {
namespace {

std::string_view titleOf(ErrorCode code) {
    switch (code) {
    case ErrorCode::InvalidArgument:
        return "Invalid argument";
    case ErrorCode::NotFound:
        return "Not found";
    case ErrorCode::Unsupported:
        return "Unsupported format";
    case ErrorCode::Corrupt:
        return "Corrupt file";
    case ErrorCode::Changed:
        return "The source has changed";
    case ErrorCode::Io:
        return "Input/output error";
    case ErrorCode::NoSpace:
        return "No space left";
    case ErrorCode::Busy:
        return "Busy, try again later";
    case ErrorCode::Cancelled:
        return "Cancelled";
    case ErrorCode::Timeout:
        return "Timed out";
    case ErrorCode::Internal:
        return "Internal error";
    }
    return "Internal error";
}

/// Forgets what described the answer that this problem takes the place of.
void dropBody(httplib::Response& res) {
    for (const char* name :
         {"Content-Type", "Content-Length", "Content-Range", "Content-Disposition", "Accept-Ranges",
          "ETag", "Last-Modified", "Cache-Control", "Transfer-Encoding"})
        res.headers.erase(name);
    if (res.content_provider_resource_releaser_)
        std::exchange(res.content_provider_resource_releaser_, nullptr)(false);
    res.content_provider_ = nullptr;
    res.content_length_ = 0;
    res.is_chunked_content_provider_ = false;
    res.body.clear();
}

} // namespace

int statusOf(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::InvalidArgument:
        return 400;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Unsupported:
        return 415;
    case ErrorCode::Corrupt:
        return 422;
    case ErrorCode::Changed:
        return 409;
    case ErrorCode::Io:
        return 500;
    case ErrorCode::NoSpace:
        return 507;
    case ErrorCode::Busy:
    case ErrorCode::Cancelled:
        return 503;
    case ErrorCode::Timeout:
        return 504;
    case ErrorCode::Internal:
        return 500;
    }
    return 500;
}

Problem problemOf(const Error& error) {
    Problem problem;
    problem.code = nameOf(error.code);
    problem.status = statusOf(error.code);
    problem.title = titleOf(error.code);
    problem.detail =
        error.code == ErrorCode::Internal ? "The server's log has the details." : error.message;
    problem.retryAfterSeconds = error.retryAfterSeconds;
    return problem;
}

std::string toJson(const Problem& problem) {
    nlohmann::ordered_json json;
    json["type"] = "urn:segue:problem:" + problem.code;
    json["title"] = problem.title;
    json["status"] = problem.status;
    if (!problem.detail.empty())
        json["detail"] = problem.detail;
    if (!problem.instance.empty())
        json["instance"] = problem.instance;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void respond(httplib::Response& res, const Problem& problem) {
    dropBody(res);
    res.status = problem.status;
    res.set_content(toJson(problem), "application/problem+json");
    res.set_header("Cache-Control", "no-store");
    if (problem.status == 503 && !res.has_header("Retry-After"))
        res.set_header("Retry-After", std::to_string(std::max(1, problem.retryAfterSeconds)));
}

void respond(httplib::Response& res, const Error& error) {
    if (statusOf(error.code) == 500)
        spdlog::error("http: {}: {}", nameOf(error.code), error.message);
    respond(res, problemOf(error));
}

void respond(const RequestContext& ctx, httplib::Response& res, const Error& error) {
    if (statusOf(error.code) == 500)
        spdlog::error("http: {} {}: {}: {}", ctx.request.method, ctx.request.path,
                      nameOf(error.code), error.message);
    Problem problem = problemOf(error);
    problem.instance = ctx.request.path;
    respond(res, problem);
}

void respondJson(httplib::Response& res, std::string json, int status) {
    res.status = status;
    res.body = std::move(json);
    res.headers.erase("Content-Type");
    res.set_header("Content-Type", "application/json");
    if (!res.has_header("Cache-Control"))
        res.set_header("Cache-Control", "no-cache");
}

} // namespace segue::http
