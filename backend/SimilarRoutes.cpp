// GET /api/tracks/{track_id}/similar and /api/radio. Connection threads.
#include "backend/SimilarRoutes.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/Paging.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kUsualSimilar = 20;
constexpr std::int64_t kMostSeed = std::int64_t{1} << 53; ///< what JavaScript can count to

} // namespace

std::vector<Route> SimilarRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/tracks/{track_id}/similar",
         [this](const Ctx& ctx, httplib::Response& res) { similar(ctx, res); }},
        {"GET", "/api/radio", [this](const Ctx& ctx, httplib::Response& res) { radio(ctx, res); }},
    };
}

void SimilarRoutes::similar(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto limit =
        parseInteger(queryOf(ctx), "limit", 1,
                     static_cast<std::int64_t>(SimilarTracks::kMostSimilar), kUsualSimilar);
    if (!limit)
        return http::respond(ctx, res, limit.error());
    if (const auto known = library_.track(*id); !known)
        return http::respond(ctx, res, known.error());
    const auto found = similar_.similar(*id, static_cast<std::size_t>(*limit));
    if (!found)
        return http::respond(ctx, res, found.error());
    std::vector<library::TrackId> ids;
    if (*found)
        for (const SimilarityIndex::Neighbour& one : **found)
            ids.push_back(one.track);
    auto tracks = tracks_.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < ids.size(); ++i)
        list.push_back({{"distance", std::round(1000.0 * (**found)[i].distance) / 1000.0},
                        {"track", std::move((*tracks)[i])}});
    respondTagged(ctx, res,
                  Json{{"analysed", found->has_value()}, {"similar", std::move(list)}}.dump());
}

void SimilarRoutes::radio(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.query("track").value_or(""));
    if (!id)
        return http::respond(
            ctx, res, Error{ErrorCode::InvalidArgument, "track: must be the id of a track", 0});
    const auto seed = parseInteger(queryOf(ctx), "seed", 0, kMostSeed, 0);
    if (!seed)
        return http::respond(ctx, res, seed.error());
    const auto page = parsePage(queryOf(ctx), 1);
    if (!page)
        return http::respond(ctx, res, page.error());
    if (const auto known = library_.track(*id); !known)
        return http::respond(ctx, res, known.error());
    const auto station = similar_.radio(*id, static_cast<std::uint64_t>(*seed));
    if (!station)
        return http::respond(ctx, res, station.error());
    const auto size = static_cast<std::int64_t>(*station ? (*station)->size() : 0);
    const std::int64_t from =
        std::clamp<std::int64_t>(page->after ? page->after->front() : 0, 0, size);
    const std::int64_t to = std::min<std::int64_t>(from + page->limit, size);
    std::vector<library::TrackId> ids;
    if (*station)
        ids.assign((*station)->begin() + from, (*station)->begin() + to);
    auto tracks = tracks_.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    http::respondJson(res, Json{{"analysed", *station != nullptr},
                                {"seed", *seed},
                                {"tracks", std::move(*tracks)},
                                {"next", to < size ? Json(cursorOf({to})) : Json(nullptr)}}
                               .dump());
}

} // namespace segue::backend
