// Conditional requests for what has a revision in the database. The tag that a request names is
// compared here, the revision it stands for again inside the transaction that changes it, so that
// of two writers one is told. Connection threads.
#include "backend/Revisions.h"

#include <span>
#include <utility>

#include "backend/http/Preconditions.h"
#include "backend/http/Problem.h"
#include "processing/types/Hash.h"

namespace segue::backend {

namespace {

http::Problem preconditionFailed(const http::RequestContext& ctx, std::string detail) {
    return {"precondition-failed", 412, "Precondition failed", std::move(detail), ctx.request.path};
}

constexpr const char* kAnother = "this is no longer the version that was asked for";

} // namespace

void respondTagged(const http::RequestContext& ctx, httplib::Response& res, std::string json,
                   const std::string& etag, int status) {
    const bool reads = ctx.request.method == "GET" || ctx.isHead();
    const auto outcome = reads ? http::evaluatePreconditions(ctx.request.headers, {etag, {}})
                               : http::Precondition::Proceed;
    if (outcome == http::Precondition::Failed)
        return http::respond(res, preconditionFailed(ctx, kAnother));
    if (outcome == http::Precondition::NotModified)
        res.status = 304;
    else
        http::respondJson(res, std::move(json), status);
    res.set_header("ETag", etag);
    res.set_header("Cache-Control", "no-cache");
}

void respondTagged(const http::RequestContext& ctx, httplib::Response& res, std::string json) {
    const std::string etag = "\"" + hash128(std::as_bytes(std::span(json))).hex() + "\"";
    respondTagged(ctx, res, std::move(json), etag);
}

Result<std::optional<std::int64_t>> seenRevision(const http::RequestContext& ctx,
                                                 const std::string& etag, std::int64_t revision) {
    if (!ctx.request.headers.contains("If-Match"))
        return std::nullopt;
    if (http::evaluatePreconditions(ctx.request.headers, {etag, {}}) != http::Precondition::Proceed)
        return fail(ErrorCode::Changed, kAnother);
    return revision;
}

void respondToChange(const http::RequestContext& ctx, httplib::Response& res, const Error& error) {
    if (error.code == ErrorCode::Changed)
        return http::respond(res, preconditionFailed(ctx, error.message));
    http::respond(ctx, res, error);
}

} // namespace segue::backend
