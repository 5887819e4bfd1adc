// Stars, ratings and bookmarks by HTTP. Each change answers with what holds now and tells it to all
// who listen to /api/events, so that other clients show the same. Connection threads.
#include "backend/FavouriteRoutes.h"

#include <string>
#include <utility>

#include "backend/JsonBody.h"
#include "backend/Paging.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using library::kOnlyUser;

Json jsonOf(const library::Bookmark& bookmark) {
    return {{"trackId", std::to_string(bookmark.track)},
            {"positionSeconds", bookmark.positionSeconds},
            {"comment", bookmark.comment},
            {"changedAtMs", bookmark.changedMs}};
}

Json listOf(const char* name, Json items, Json next) {
    return {{name, std::move(items)}, {"next", std::move(next)}};
}

} // namespace

FavouriteRoutes::FavouriteRoutes(library::Favourites& favourites, const TrackJson& tracks,
                                 EventHub& events, NowMs nowMs)
    : favourites_(favourites), tracks_(tracks), events_(events),
      nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

std::vector<Route> FavouriteRoutes::routes() {
    using Ctx = http::RequestContext;
    constexpr const char* kStar = "/api/tracks/{track_id}/star";
    constexpr const char* kRating = "/api/tracks/{track_id}/rating";
    constexpr const char* kBookmark = "/api/tracks/{track_id}/bookmark";
    return {
        {"PUT", kStar, [this](const Ctx& ctx, httplib::Response& res) { star(ctx, res); }},
        {"DELETE", kStar, [this](const Ctx& ctx, httplib::Response& res) { unstar(ctx, res); }},
        {"PUT", kRating, [this](const Ctx& ctx, httplib::Response& res) { rate(ctx, res); }},
        {"DELETE", kRating, [this](const Ctx& ctx, httplib::Response& res) { unrate(ctx, res); }},
        {"GET", "/api/stars", [this](const Ctx& ctx, httplib::Response& res) { stars(ctx, res); }},
        {"GET", kBookmark, [this](const Ctx& ctx, httplib::Response& res) { bookmark(ctx, res); }},
        {"PUT", kBookmark,
         [this](const Ctx& ctx, httplib::Response& res) { putBookmark(ctx, res); }},
        {"DELETE", kBookmark,
         [this](const Ctx& ctx, httplib::Response& res) { removeBookmark(ctx, res); }},
        {"GET", "/api/bookmarks",
         [this](const Ctx& ctx, httplib::Response& res) { bookmarks(ctx, res); }},
    };
}

void FavouriteRoutes::answerMark(const http::RequestContext& ctx, httplib::Response& res,
                                 library::TrackId track, const Result<library::TrackMark>& mark) {
    if (!mark)
        return http::respond(ctx, res, mark.error());
    Json json{{"trackId", std::to_string(track)}};
    json.update(backend::jsonOf(*mark));
    events_.publish("star", json.dump());
    http::respondJson(res, json.dump());
}

void FavouriteRoutes::star(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    answerMark(ctx, res, *id, favourites_.star(kOnlyUser, *id, nowMs_()));
}

void FavouriteRoutes::unstar(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    answerMark(ctx, res, *id, favourites_.unstar(kOnlyUser, *id));
}

void FavouriteRoutes::rate(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    std::int64_t rating = 0;
    if (const auto read = readObject(*text, "rating", {{"rating", integerMember(rating, 1, 5)}});
        !read)
        return http::respond(ctx, res, read.error());
    if (rating == 0)
        return http::respond(
            ctx, res, Error{ErrorCode::InvalidArgument, "rating: 'rating' must be given", 0});
    answerMark(ctx, res, *id, favourites_.rate(kOnlyUser, *id, static_cast<int>(rating)));
}

void FavouriteRoutes::unrate(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    answerMark(ctx, res, *id, favourites_.rate(kOnlyUser, *id, 0));
}

void FavouriteRoutes::stars(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto page = parsePage(queryOf(ctx), 2);
    if (!page)
        return http::respond(ctx, res, page.error());
    std::optional<library::StarredTrack> after;
    if (page->after)
        after = {.track = (*page->after)[1], .starredMs = (*page->after)[0]};
    auto starred = favourites_.starred(kOnlyUser, after, page->limit + 1);
    if (!starred)
        return http::respond(ctx, res, starred.error());
    const bool more = takeOffFurther(*starred, page->limit);
    std::vector<library::TrackId> ids;
    for (const library::StarredTrack& one : *starred)
        ids.push_back(one.track);
    auto tracks = tracks_.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    const Json next =
        more ? Json(cursorOf({starred->back().starredMs, starred->back().track})) : Json(nullptr);
    respondTagged(ctx, res, listOf("tracks", std::move(*tracks), next).dump());
}

void FavouriteRoutes::bookmark(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto bookmark = favourites_.bookmark(kOnlyUser, *id);
    if (!bookmark)
        return http::respond(ctx, res, bookmark.error());
    if (!*bookmark)
        return http::respond(
            ctx, res,
            Error{ErrorCode::NotFound, "there is no bookmark in track " + std::to_string(*id), 0});
    http::respondJson(res, jsonOf(**bookmark).dump());
}

void FavouriteRoutes::putBookmark(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    library::Bookmark bookmark{.track = *id, .positionSeconds = -1, .comment = {}};
    const auto read = readObject(
        *text, "bookmark",
        {{"positionSeconds", secondsMember(bookmark.positionSeconds)},
         {"comment", textMember(bookmark.comment, library::Favourites::kLongestComment)}});
    if (!read)
        return http::respond(ctx, res, read.error());
    if (bookmark.positionSeconds < 0)
        return http::respond(
            ctx, res,
            Error{ErrorCode::InvalidArgument, "bookmark: 'positionSeconds' must be given", 0});
    bookmark.changedMs = nowMs_();
    if (const auto put = favourites_.putBookmark(kOnlyUser, bookmark); !put)
        return http::respond(ctx, res, put.error());
    events_.publish("bookmark", jsonOf(bookmark).dump());
    http::respondJson(res, jsonOf(bookmark).dump());
}

void FavouriteRoutes::removeBookmark(const http::RequestContext& ctx, httplib::Response& res) {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto removed = favourites_.removeBookmark(kOnlyUser, *id);
    if (!removed)
        return http::respond(ctx, res, removed.error());
    if (*removed)
        events_.publish(
            "bookmark",
            Json{{"trackId", std::to_string(*id)}, {"positionSeconds", nullptr}}.dump());
    res.status = 204;
}

void FavouriteRoutes::bookmarks(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto page = parsePage(queryOf(ctx), 2);
    if (!page)
        return http::respond(ctx, res, page.error());
    std::optional<library::Bookmark> after;
    if (page->after)
        after = {.track = (*page->after)[1],
                 .positionSeconds = 0,
                 .comment = {},
                 .changedMs = (*page->after)[0]};
    auto bookmarks = favourites_.bookmarks(kOnlyUser, after, page->limit + 1);
    if (!bookmarks)
        return http::respond(ctx, res, bookmarks.error());
    const bool more = takeOffFurther(*bookmarks, page->limit);
    std::vector<library::TrackId> ids;
    for (const library::Bookmark& one : *bookmarks)
        ids.push_back(one.track);
    auto tracks = tracks_.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < tracks->size(); ++i) {
        Json one = jsonOf((*bookmarks)[i]);
        one["track"] = std::move((*tracks)[i]);
        list.push_back(std::move(one));
    }
    const Json next = more ? Json(cursorOf({bookmarks->back().changedMs, bookmarks->back().track}))
                           : Json(nullptr);
    respondTagged(ctx, res, listOf("bookmarks", std::move(list), next).dump());
}

} // namespace segue::backend
