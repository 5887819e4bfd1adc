// Pictures and lyrics of tracks, over HTTP. Connection threads; nothing is kept between requests. A
// picture's entity tag is that of the picture that was found, so a client that has it is told so
// before anything is decoded.

#include "backend/ArtworkRoutes.h"

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/Revisions.h"
#include "backend/http/Preconditions.h"
#include "backend/http/Problem.h"
#include "library/Lyrics.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using artwork::Artwork;

constexpr int kLargestSize = 4096; // that may be asked for; the largest step is what comes

} // namespace

ArtworkRoutes::ArtworkRoutes(const library::Library& library, Artwork& artwork)
    : library_(library), artwork_(artwork) {}

std::vector<Route> ArtworkRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/tracks/{track_id}/artwork",
         [this](const Ctx& ctx, httplib::Response& res) { trackPicture(ctx, res); }},
        {"GET", "/api/albums/{album_id}/artwork",
         [this](const Ctx& ctx, httplib::Response& res) { albumPicture(ctx, res); }},
        {"GET", "/api/tracks/{track_id}/lyrics",
         [this](const Ctx& ctx, httplib::Response& res) { lyrics(ctx, res); }},
    };
}

void ArtworkRoutes::trackPicture(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto track = library_.track(*id);
    if (!track)
        return http::respond(ctx, res, track.error());
    picture(ctx, res,
            {track->path, track->albumArtist.empty() ? track->artist : track->albumArtist,
             track->album.empty() ? track->title : track->album});
}

void ArtworkRoutes::albumPicture(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("album_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto album = library_.album(*id);
    if (!album)
        return http::respond(ctx, res, album.error());
    library::TrackListing first;
    first.album = *id;
    first.page.limit = 1;
    const auto page = library_.browse(first);
    if (!page)
        return http::respond(ctx, res, page.error());
    picture(ctx, res,
            {page->items.empty() ? std::filesystem::path() : page->items.front().path,
             album->artist, album->title});
}

void ArtworkRoutes::picture(const http::RequestContext& ctx, httplib::Response& res,
                            const artwork::Subject& subject) const {
    const auto size = parseInteger(queryOf(ctx), "size", 1, kLargestSize, Artwork::kDefaultSize);
    if (!size)
        return http::respond(ctx, res, size.error());
    const auto source = artwork_.find(subject);
    if (!source)
        return http::respond(ctx, res, source.error());
    const std::string etag = "\"" + source->content.hex() + "-" +
                             std::to_string(Artwork::stepOf(static_cast<int>(*size))) + "\"";
    res.set_header("ETag", etag);
    res.set_header("Cache-Control", "private, max-age=3600");
    switch (http::evaluatePreconditions(ctx.request.headers, {etag, {}})) {
    case http::Precondition::NotModified:
        res.status = 304;
        return;
    case http::Precondition::Failed:
        return http::respond(res, http::Problem{"precondition-failed", 412, "Precondition failed",
                                                "the picture is another one", ctx.request.path});
    case http::Precondition::Proceed:
        break;
    }
    const auto picture = artwork_.picture(subject, *source, static_cast<int>(*size));
    if (!picture)
        return http::respond(ctx, res, picture.error());
    res.set_content(picture->bytes, picture->mimeType);
}

void ArtworkRoutes::lyrics(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto track = library_.track(*id);
    if (!track)
        return http::respond(ctx, res, track.error());
    const auto found = library::lyricsOf(track->path);
    if (!found)
        return http::respond(ctx, res, found.error());
    if (!*found)
        return http::respond(ctx, res, Error{ErrorCode::NotFound, "the track has no lyrics", 0});
    const library::Lyrics& lyrics = (*found)->lyrics;
    Json lines = Json::array();
    for (const library::LyricLine& line : lyrics.lines)
        lines.push_back(
            {{"ms", lyrics.synced ? Json(line.ms) : Json(nullptr)}, {"text", line.text}});
    respondTagged(ctx, res,
                  Json{{"synced", lyrics.synced},
                       {"source", (*found)->embedded ? "embedded" : "lrc"},
                       {"lines", std::move(lines)}}
                      .dump());
}

} // namespace segue::backend
