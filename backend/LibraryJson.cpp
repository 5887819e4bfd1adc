// What the library knows, as the API tells it. Pure functions on connection threads.
#include "backend/LibraryJson.h"

#include <array>
#include <utility>

#include "backend/Revisions.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

Json numberOrNull(const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
}

} // namespace

std::string nameOf(library::ArtistRole role) {
    static constexpr std::array<const char*, library::kNumArtistRoles> kNames{
        "artist",  "albumArtist", "composer", "lyricist", "conductor", "performer",
        "remixer", "arranger",    "producer", "engineer", "mixer"};
    const auto index = static_cast<std::size_t>(role);
    return index < kNames.size() ? kNames[index] : "other";
}

void addDetails(Json& track, const library::TrackDetails& details) {
    Json artists = Json::array();
    for (const library::ArtistName& artist : details.artists)
        artists.push_back({{"id", std::to_string(artist.id)},
                           {"name", artist.name},
                           {"role", nameOf(artist.role)}});
    Json genres = Json::array();
    for (const library::GenreName& genre : details.genres)
        genres.push_back({{"id", std::to_string(genre.id)}, {"name", genre.name}});
    track["artists"] = std::move(artists);
    track["genres"] = std::move(genres);
    track["trackTotal"] = details.trackTotal;
    track["discTotal"] = details.discTotal;
    track["discSubtitle"] = details.discSubtitle;
    track["releaseDate"] = details.releaseDate;
    track["originalDate"] = details.originalDate;
    track["titleSort"] = details.titleSort;
    track["albumSort"] = details.albumSort;
    track["comment"] = details.comment;
    track["bpm"] = details.bpm;
    track["compilation"] = details.compilation;
    track["musicBrainz"] = {{"recording", details.musicBrainz.recording},
                            {"track", details.musicBrainz.track},
                            {"release", details.musicBrainz.release},
                            {"releaseGroup", details.musicBrainz.releaseGroup}};
    track["replayGain"] = {{"trackGainDb", numberOrNull(details.replayGain.trackGainDb)},
                           {"trackPeakLinear", numberOrNull(details.replayGain.trackPeakLinear)},
                           {"albumGainDb", numberOrNull(details.replayGain.albumGainDb)},
                           {"albumPeakLinear", numberOrNull(details.replayGain.albumPeakLinear)}};
}

Json jsonOf(const library::Album& album) {
    Json artists = Json::array();
    for (const library::ArtistName& artist : album.artists)
        artists.push_back({{"id", std::to_string(artist.id)}, {"name", artist.name}});
    return {{"id", std::to_string(album.id)},
            {"title", album.title},
            {"artist", album.artist},
            {"artists", std::move(artists)},
            {"year", album.year},
            {"releaseDate", album.releaseDate},
            {"originalDate", album.originalDate},
            {"musicBrainzRelease", album.mbid},
            {"musicBrainzReleaseGroup", album.groupMbid},
            {"compilation", album.compilation},
            {"discTotal", album.discTotal},
            {"addedAtMs", album.addedMs},
            {"tracks", album.tracks},
            {"durationSeconds", album.durationSeconds}};
}

Json jsonOf(const library::Artist& artist) {
    return {{"id", std::to_string(artist.id)}, {"name", artist.name},
            {"sortName", artist.sortName},     {"musicBrainzArtist", artist.mbid},
            {"tracks", artist.tracks},         {"albums", artist.albums}};
}

Json jsonOf(const library::Genre& genre) {
    return {{"id", std::to_string(genre.id)},
            {"name", genre.name},
            {"tracks", genre.tracks},
            {"albums", genre.albums}};
}

void respondTagged(const http::RequestContext& ctx, httplib::Response& res, const Json& document) {
    respondTagged(ctx, res, document.dump());
}

} // namespace segue::backend
