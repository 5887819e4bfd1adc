// The library's side of the API: lists, details, scans, as JSON. Each handler validates, asks the
// library or PlanChoice, and writes; nothing is kept between requests.
#include "backend/LibraryRoutes.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "backend/CatalogRoutes.h"
#include "backend/LibraryJson.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"
#include "library/ProblemKind.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/EffectPreview.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Use = AnalysisStore::Use;

constexpr std::int64_t kMostTracks = 1000;
constexpr std::int64_t kMostProblems = 1000;
constexpr std::int64_t kUsualProblems = 100;
constexpr std::size_t kLongestSearch = 200;

Result<library::TrackQuery> parseTrackQuery(const Query& query) {
    library::TrackQuery parsed;
    const auto limit = parseInteger(query, "limit", 1, kMostTracks, parsed.limit);
    if (!limit)
        return fail(limit.error());
    parsed.limit = static_cast<int>(*limit);
    if (const auto after = query("after")) {
        const auto id = parseTrackId(*after);
        if (!id)
            return fail(ErrorCode::InvalidArgument,
                        "after: not a 'next' that a page of this list gave");
        parsed.afterId = *id;
    }
    parsed.search = query("search").value_or("");
    if (parsed.search.size() > kLongestSearch)
        return fail(ErrorCode::InvalidArgument,
                    "search: longer than " + std::to_string(kLongestSearch) + " bytes");
    return parsed;
}

/// Of pictures over time.
Result<int> parsePoints(const http::RequestContext& ctx) {
    const auto points =
        parseInteger(queryOf(ctx), "points", segue::analysis::kLeastWaveformPoints,
                     segue::analysis::kMostWaveformPoints, segue::analysis::kDefaultWaveformPoints);
    if (!points)
        return fail(points.error());
    return static_cast<int>(*points);
}

} // namespace

LibraryRoutes::LibraryRoutes(library::Library& library, const TrackJson& tracks, PlanChoice& plans,
                             const StreamRequests& requests, const CorridorKeeper& corridors,
                             ScanRunner& scans)
    : library_(library), tracks_(tracks), plans_(plans), requests_(requests), corridors_(corridors),
      scans_(scans) {}

std::vector<Route> LibraryRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/tracks",
         [this](const Ctx& ctx, httplib::Response& res) { tracks(ctx, res); }},
        {"GET", "/api/tracks/{track_id}",
         [this](const Ctx& ctx, httplib::Response& res) { track(ctx, res); }},
        {"GET", "/api/tracks/{track_id}/analysis",
         [this](const Ctx& ctx, httplib::Response& res) { analysis(ctx, res); }},
        {"GET", "/api/tracks/{track_id}/plan",
         [this](const Ctx& ctx, httplib::Response& res) { plan(ctx, res); }},
        {"GET", "/api/tracks/{track_id}/effect",
         [this](const Ctx& ctx, httplib::Response& res) { effect(ctx, res); }},
        {"POST", "/api/library/scan",
         [this](const Ctx& ctx, httplib::Response& res) { scan(ctx, res); }},
        {"GET", "/api/library/scan",
         [this](const Ctx&, httplib::Response& res) {
             http::respondJson(res, toJson(scans_.status()));
         }},
        {"DELETE", "/api/library/scan",
         [this](const Ctx&, httplib::Response& res) { cancelScan(res); }},
        {"GET", "/api/library/corridor",
         [this](const Ctx&, httplib::Response& res) { corridor(res); }},
        {"GET", "/api/library/problems",
         [this](const Ctx& ctx, httplib::Response& res) { problems(ctx, res); }},
    };
}

void LibraryRoutes::listing(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto listing = parseTrackListing(queryOf(ctx));
    if (!listing)
        return http::respond(ctx, res, listing.error());
    const auto page = library_.browse(*listing);
    if (!page)
        return http::respond(ctx, res, page.error());
    respondTracks(ctx, res, page->items, page->next.empty() ? Json(nullptr) : Json(page->next),
                  page->matching);
}

void LibraryRoutes::respondTracks(const http::RequestContext& ctx, httplib::Response& res,
                                  const std::vector<library::Track>& tracks,
                                  const nlohmann::ordered_json& next,
                                  std::optional<std::int64_t> matching) const {
    const auto total = library_.trackCount();
    if (!total)
        return http::respond(ctx, res, total.error());
    auto list = tracks_.of(tracks);
    if (!list)
        return http::respond(ctx, res, list.error());
    Json answer{{"tracks", std::move(*list)}, {"next", next}, {"total", *total}};
    if (matching)
        answer["matching"] = *matching;
    respondTagged(ctx, res, answer);
}

void LibraryRoutes::tracks(const http::RequestContext& ctx, httplib::Response& res) const {
    if (asksForListing(queryOf(ctx)))
        return listing(ctx, res);
    const auto query = parseTrackQuery(queryOf(ctx));
    if (!query)
        return http::respond(ctx, res, query.error());
    const auto page = library_.tracks(*query);
    if (!page)
        return http::respond(ctx, res, page.error());
    Json next = nullptr;
    if (static_cast<int>(page->size()) == query->limit) {
        const auto more =
            library_.tracks({.search = query->search, .afterId = page->back().id, .limit = 1});
        if (!more)
            return http::respond(ctx, res, more.error());
        if (!more->empty())
            next = std::to_string(page->back().id);
    }
    respondTracks(ctx, res, *page, next);
}

void LibraryRoutes::track(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    auto track = tracks_.of(std::span(&*id, 1));
    if (!track)
        return http::respond(ctx, res, track.error());
    const auto details = library_.details(*id);
    if (!details)
        return http::respond(ctx, res, details.error());
    Json document = std::move(track->front());
    addDetails(document, *details);
    respondTagged(ctx, res, document);
}

void LibraryRoutes::analysis(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto points = parsePoints(ctx);
    if (!points)
        return http::respond(ctx, res, points.error());
    const auto choice =
        plans_.choose(*id, mastering::PlanRequest{}, Use::Look, limitsOf(ctx.liveness));
    if (!choice)
        return http::respond(ctx, res, choice.error());
    respondTagged(ctx, res, segue::analysis::toJson(*choice->analysis, *points));
}

void LibraryRoutes::plan(const http::RequestContext& ctx, httplib::Response& res) {
    const auto look = requests_.look(ctx);
    if (!look)
        return http::respond(ctx, res, look.error());
    respondTagged(ctx, res, mastering::toJson(*look->choice.plan));
}

void LibraryRoutes::effect(const http::RequestContext& ctx, httplib::Response& res) {
    const auto points = parsePoints(ctx);
    if (!points)
        return http::respond(ctx, res, points.error());
    const auto look = requests_.look(ctx);
    if (!look)
        return http::respond(ctx, res, look.error());
    const mastering::PlanRequest& request = look->request.parameters.request;
    respondTagged(
        ctx, res,
        mastering::toJson(mastering::previewEffect(*look->choice.analysis, *look->choice.plan,
                                                   request.reference.get(), *points)));
}

void LibraryRoutes::scan(const http::RequestContext& ctx, httplib::Response& res) {
    const std::string depth = queryOf(ctx)("depth").value_or("files");
    if (depth != "files" && depth != "folders")
        return http::respond(ctx, res,
                             Error{ErrorCode::InvalidArgument, "depth: not one of files, folders"});
    const auto started =
        scans_.start(depth == "files" ? library::ScanDepth::Files : library::ScanDepth::Folders,
                     ScanCause::Asked);
    if (!started) {
        if (started.error().code != ErrorCode::Busy)
            return http::respond(ctx, res, started.error());
        return http::respond(res,
                             http::Problem{"scan-running", 409, "A scan is running",
                                           "the library is being scanned; GET shows how far it is",
                                           ctx.request.path});
    }
    http::respondJson(res, Json{{"status", "started"}}.dump(), 202);
}

void LibraryRoutes::cancelScan(httplib::Response& res) {
    const ScanRunner::Status status = scans_.cancel();
    http::respondJson(res, toJson(status), status.running ? 202 : 200);
}

void LibraryRoutes::corridor(httplib::Response& res) const {
    const CorridorKeeper::Status status = corridors_.status();
    std::string state = status.version == 0
                            ? "built in"
                            : "learned from " + std::to_string(status.tracks) + " tracks";
    if (status.nextAt > 0)
        state += ", " + std::to_string(status.analysed) + " of " + std::to_string(status.nextAt) +
                 " tracks analysed";
    const Json nothing = nullptr;
    const auto ifLearned = [&](std::int64_t number) {
        return status.version == 0 ? nothing : Json(number);
    };
    http::respondJson(res, Json{{"version", status.version},
                                {"tracks", ifLearned(status.tracks)},
                                {"createdMs", ifLearned(status.createdMs)},
                                {"analysed", status.analysed},
                                {"nextAt", status.nextAt == 0 ? nothing : Json(status.nextAt)},
                                {"state", state}}
                               .dump());
}

void LibraryRoutes::problems(const http::RequestContext& ctx, httplib::Response& res) const {
    const Query query = queryOf(ctx);
    const auto limit = parseInteger(query, "limit", 1, kMostProblems, kUsualProblems);
    if (!limit)
        return http::respond(ctx, res, limit.error());
    const auto page = library_.problems(static_cast<int>(*limit), query("after").value_or(""));
    if (!page)
        return http::respond(ctx, res, page.error());
    Json list = Json::array();
    for (const library::ScanProblem& problem : page->items)
        list.push_back({{"path", problem.path},
                        {"kind", library::nameOf(library::problemKindOf(problem.reason))},
                        {"reason", problem.reason}});
    respondTagged(ctx, res,
                  Json{{"problems", std::move(list)},
                       {"next", page->next.empty() ? Json(nullptr) : Json(page->next)}});
}

} // namespace segue::backend
