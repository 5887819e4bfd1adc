// The catalogue's side of the API: pages of albums, artists and genres, and search. Each handler
// validates, asks the library, and writes; nothing is kept between requests.
#include "backend/CatalogRoutes.h"

#include <array>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "backend/LibraryJson.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using library::Direction;

constexpr std::int64_t kMostRows = 1000;
constexpr std::int64_t kDefaultRows = 200;
constexpr std::int64_t kMostAnswers = 100;
constexpr std::int64_t kMostSkipped = 100'000'000; // more rows than any library has
constexpr std::int64_t kLatestYear = 9999;
constexpr std::size_t kLongestText = 200;

/// The parameter's place among `names`. @errors InvalidArgument
template <std::size_t N>
Result<std::size_t> parseChoice(const Query& query, const std::string& parameter,
                                const std::array<const char*, N>& names, std::size_t fallback) {
    const auto value = query(parameter);
    if (!value)
        return fallback;
    std::string allowed;
    for (std::size_t i = 0; i < N; ++i) {
        if (*value == names[i])
            return i;
        allowed += (i == 0 ? "" : ", ") + std::string(names[i]);
    }
    return fail(ErrorCode::InvalidArgument,
                parameter + ": '" + value->substr(0, kLongestText) + "' is not one of " + allowed);
}

Result<std::int64_t> parseId(const Query& query, const std::string& parameter) {
    const auto text = query(parameter);
    if (!text)
        return 0;
    const auto id = parseTrackId(*text);
    if (!id)
        return fail(ErrorCode::InvalidArgument, parameter + ": not an id");
    return *id;
}

Result<void> parsePaging(const Query& query, library::Paging& paging) {
    const auto limit = parseInteger(query, "limit", 1, kMostRows, kDefaultRows);
    if (!limit)
        return fail(limit.error());
    const auto skip = parseInteger(query, "skip", 0, kMostSkipped, 0);
    const auto count = parseChoice(query, "count", std::array{"false", "true"}, 0);
    if (!skip)
        return fail(skip.error());
    if (!count)
        return fail(count.error());
    paging.limit = static_cast<int>(*limit);
    paging.cursor = query("after").value_or("");
    paging.skip = *skip;
    paging.count = *count == 1;
    return {};
}

/// Parameters that all listings share.
template <typename Listing>
Result<void> parseOrder(const Query& query, Listing& listing) {
    const auto direction = parseChoice(query, "order", std::array{"asc", "desc"}, 0);
    if (!direction)
        return fail(direction.error());
    listing.direction = *direction == 0 ? Direction::Up : Direction::Down;
    return parsePaging(query, listing.page);
}

/// Parameters that tracks and albums share.
template <typename Listing>
Result<void> parseFilters(const Query& query, Listing& listing) {
    const auto artist = parseId(query, "artist");
    const auto genre = parseId(query, "genre");
    const auto from = parseInteger(query, "yearFrom", 0, kLatestYear, 0);
    const auto to = parseInteger(query, "yearTo", 0, kLatestYear, 0);
    const auto seed = parseInteger(query, "seed", 0, std::numeric_limits<std::int64_t>::max(), 0);
    for (const auto* value : {&artist, &genre, &from, &to, &seed})
        if (!*value)
            return fail(value->error());
    listing.artist = *artist;
    listing.genre = *genre;
    listing.yearFrom = static_cast<int>(*from);
    listing.yearTo = static_cast<int>(*to);
    listing.seed = static_cast<std::uint64_t>(*seed);
    return parseOrder(query, listing);
}

constexpr std::array kRoles{"artist",    "albumArtist", "composer", "lyricist",
                            "conductor", "performer",   "remixer",  "arranger",
                            "producer",  "engineer",    "mixer"};
static_assert(kRoles.size() == library::kNumArtistRoles);

template <typename T>
void respondPage(const http::RequestContext& ctx, httplib::Response& res, const char* name,
                 const library::Page<T>& page) {
    Json list = Json::array();
    for (const T& item : page.items)
        list.push_back(jsonOf(item));
    Json answer{{name, std::move(list)},
                {"next", page.next.empty() ? Json(nullptr) : Json(page.next)}};
    if (page.matching)
        answer["matching"] = *page.matching;
    respondTagged(ctx, res, answer);
}

} // namespace

bool asksForListing(const Query& query) {
    for (const char* name :
         {"sort", "order", "artist", "role", "album", "genre", "yearFrom", "yearTo", "codec",
          "played", "starred", "ratingFrom", "seed", "skip", "count"})
        if (query(name))
            return true;
    return false;
}

Result<library::TrackListing> parseTrackListing(const Query& query) {
    constexpr std::array kSorts{"library",    "title",    "artist",     "album", "genre",
                                "year",       "duration", "added",      "bpm",   "codec",
                                "sampleRate", "plays",    "lastPlayed", "random"};
    library::TrackListing listing;
    if (auto done = parseFilters(query, listing); !done)
        return fail(done.error());
    const auto sort = parseChoice(query, "sort", kSorts, 0);
    const auto played = parseChoice(query, "played", std::array{"any", "never", "ever"}, 0);
    const auto role = parseChoice(query, "role", kRoles, kRoles.size());
    const auto starred = parseChoice(query, "starred", std::array{"false", "true"}, 0);
    for (const auto* value : {&sort, &played, &role, &starred})
        if (!*value)
            return fail(value->error());
    const auto album = parseId(query, "album");
    const auto ratingFrom = parseInteger(query, "ratingFrom", 1, library::kMostRating, 0);
    for (const auto* value : {&album, &ratingFrom})
        if (!*value)
            return fail(value->error());
    listing.sort = static_cast<library::TrackSort>(*sort);
    listing.played = static_cast<library::Played>(*played);
    listing.starred = *starred == 1;
    listing.ratingFrom = static_cast<int>(*ratingFrom);
    if (*role < kRoles.size())
        listing.role = static_cast<library::ArtistRole>(*role);
    listing.album = *album;
    listing.codec = query("codec").value_or("");
    if (listing.codec.size() > kLongestText)
        return fail(ErrorCode::InvalidArgument,
                    "codec: longer than " + std::to_string(kLongestText) + " bytes");
    return listing;
}

Result<library::AlbumListing> parseAlbumListing(const Query& query) {
    constexpr std::array kSorts{"title", "artist", "year", "added", "tracks", "duration", "random"};
    library::AlbumListing listing;
    if (auto done = parseFilters(query, listing); !done)
        return fail(done.error());
    const auto sort = parseChoice(query, "sort", kSorts, 1);
    const auto compilation =
        parseChoice(query, "compilation", std::array{"any", "false", "true"}, 0);
    for (const auto* value : {&sort, &compilation})
        if (!*value)
            return fail(value->error());
    listing.sort = static_cast<library::AlbumSort>(*sort);
    if (*compilation > 0)
        listing.compilation = *compilation == 2;
    return listing;
}

std::vector<Route> CatalogRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/albums",
         [this](const Ctx& ctx, httplib::Response& res) { albums(ctx, res); }},
        {"GET", "/api/albums/{album_id}",
         [this](const Ctx& ctx, httplib::Response& res) { album(ctx, res); }},
        {"GET", "/api/artists",
         [this](const Ctx& ctx, httplib::Response& res) { artists(ctx, res); }},
        {"GET", "/api/artists/{artist_id}",
         [this](const Ctx& ctx, httplib::Response& res) { artist(ctx, res); }},
        {"GET", "/api/genres",
         [this](const Ctx& ctx, httplib::Response& res) { genres(ctx, res); }},
        {"GET", "/api/search",
         [this](const Ctx& ctx, httplib::Response& res) { search(ctx, res); }},
    };
}

void CatalogRoutes::albums(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto listing = parseAlbumListing(queryOf(ctx));
    if (!listing)
        return http::respond(ctx, res, listing.error());
    const auto page = library_.browse(*listing);
    if (!page)
        return http::respond(ctx, res, page.error());
    respondPage(ctx, res, "albums", *page);
}

void CatalogRoutes::album(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("album_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto album = library_.album(*id);
    if (!album)
        return http::respond(ctx, res, album.error());
    respondTagged(ctx, res, jsonOf(*album));
}

void CatalogRoutes::artists(const http::RequestContext& ctx, httplib::Response& res) const {
    const Query query = queryOf(ctx);
    library::ArtistListing listing;
    if (auto done = parseOrder(query, listing); !done)
        return http::respond(ctx, res, done.error());
    const auto sort = parseChoice(query, "sort", std::array{"name", "tracks", "albums"}, 0);
    const auto role = parseChoice(query, "role", kRoles, 1);
    for (const auto* value : {&sort, &role})
        if (!*value)
            return http::respond(ctx, res, value->error());
    listing.sort = static_cast<library::NameSort>(*sort);
    listing.role = static_cast<library::ArtistRole>(*role);
    const auto page = library_.browse(listing);
    if (!page)
        return http::respond(ctx, res, page.error());
    respondPage(ctx, res, "artists", *page);
}

void CatalogRoutes::artist(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto id = parseTrackId(ctx.pathParam("artist_id"));
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto artist = library_.artist(*id);
    if (!artist)
        return http::respond(ctx, res, artist.error());
    respondTagged(ctx, res, jsonOf(*artist));
}

void CatalogRoutes::genres(const http::RequestContext& ctx, httplib::Response& res) const {
    const Query query = queryOf(ctx);
    library::GenreListing listing;
    if (auto done = parseOrder(query, listing); !done)
        return http::respond(ctx, res, done.error());
    const auto sort = parseChoice(query, "sort", std::array{"name", "tracks", "albums"}, 0);
    if (!sort)
        return http::respond(ctx, res, sort.error());
    listing.sort = static_cast<library::NameSort>(*sort);
    const auto page = library_.browse(listing);
    if (!page)
        return http::respond(ctx, res, page.error());
    respondPage(ctx, res, "genres", *page);
}

void CatalogRoutes::search(const http::RequestContext& ctx, httplib::Response& res) const {
    const Query query = queryOf(ctx);
    const std::string text = query("q").value_or("");
    if (text.size() > kLongestText)
        return http::respond(ctx, res,
                             Error{ErrorCode::InvalidArgument,
                                   "q: longer than " + std::to_string(kLongestText) + " bytes"});
    const auto limit = parseInteger(query, "limit", 1, kMostAnswers, 20);
    if (!limit)
        return http::respond(ctx, res, limit.error());
    const auto answer = library_.search(text, static_cast<int>(*limit));
    if (!answer)
        return http::respond(ctx, res, answer.error());
    auto tracks = tracks_.of(answer->tracks);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json albums = Json::array();
    for (const library::Album& album : answer->albums)
        albums.push_back(jsonOf(album));
    Json artists = Json::array();
    for (const library::Artist& artist : answer->artists)
        artists.push_back(jsonOf(artist));
    respondTagged(ctx, res,
                  Json{{"tracks", std::move(*tracks)},
                       {"albums", std::move(albums)},
                       {"artists", std::move(artists)}});
}

} // namespace segue::backend
