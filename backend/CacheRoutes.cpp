// The cache's part of the API. Clearing removes files and forgets them; whoever reads one goes on,
// and what is asked for next is rendered again.
#include "backend/CacheRoutes.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "backend/CacheReport.h"
#include "backend/http/Problem.h"
#include "cache/ChunkFilter.h"

namespace segue::backend {

namespace {

constexpr std::int64_t kMostTracks = 1000;
constexpr std::int64_t kUsualTracks = 50;

Result<cache::ChunkFilter> filterOf(const http::RequestContext& ctx,
                                    const library::Library& library) {
    cache::ChunkFilter filter;
    filter.preset = ctx.query("preset");
    if (const auto given = ctx.query("track")) {
        const auto id = parseTrackId(*given);
        if (!id)
            return fail(id.error());
        const auto track = library.track(*id);
        if (!track)
            return fail(track.error());
        // Whose content nobody knows has never been played.
        filter.sources = std::vector<Hash128>();
        if (track->contentId)
            filter.sources->push_back(*track->contentId);
    }
    return filter;
}

} // namespace

CacheRoutes::CacheRoutes(cache::ChunkStore& store, const library::Library& library)
    : store_(store), library_(library) {}

std::vector<Route> CacheRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/cache", [this](const Ctx& ctx, httplib::Response& res) { report(ctx, res); }},
        {"DELETE", "/api/cache",
         [this](const Ctx& ctx, httplib::Response& res) { clear(ctx, res); }},
    };
}

void CacheRoutes::report(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto limit = parseInteger(queryOf(ctx), "limit", 0, kMostTracks, kUsualTracks);
    if (!limit)
        return http::respond(ctx, res, limit.error());
    http::respondJson(res, toJson(reportOf(store_, &library_, static_cast<std::size_t>(*limit))));
}

void CacheRoutes::clear(const http::RequestContext& ctx, httplib::Response& res) {
    const auto filter = filterOf(ctx, library_);
    if (!filter)
        return http::respond(ctx, res, filter.error());
    const cache::Removed removed = store_.remove(keysOf(cache::matching(store_.list(), *filter)));
    http::respondJson(
        res, nlohmann::ordered_json{{"chunks", removed.chunks}, {"bytes", removed.bytes}}.dump());
}

} // namespace segue::backend
