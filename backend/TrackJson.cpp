// The one place that says what a track looks like in the API. Connection threads.
#include "backend/TrackJson.h"

#include <string>
#include <utility>

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

Json timeOrNull(std::int64_t ms) {
    return ms == 0 ? Json(nullptr) : Json(ms);
}

Json jsonOfFile(const library::Track& track) {
    return {{"id", std::to_string(track.id)},
            {"title", track.title},
            {"artist", track.artist},
            {"album", track.album},
            {"albumId", track.albumId == 0 ? Json(nullptr) : Json(std::to_string(track.albumId))},
            {"albumArtist", track.albumArtist},
            {"genre", track.genre},
            {"trackNumber", track.trackNumber},
            {"discNumber", track.discNumber},
            {"year", track.year},
            {"durationSeconds", track.durationSeconds},
            {"sampleRateHz", track.sampleRateHz},
            {"channels", track.numChannels},
            {"codec", track.codec},
            {"missing", track.missing},
            {"addedAtMs", track.addedMs}};
}

} // namespace

Json jsonOf(const library::TrackMark& mark) {
    return {{"starredAtMs", timeOrNull(mark.starredMs)},
            {"rating", mark.rating == 0 ? Json(nullptr) : Json(mark.rating)}};
}

Result<std::vector<Json>> TrackJson::of(std::span<const library::Track> tracks) const {
    std::vector<library::TrackId> ids;
    for (const library::Track& track : tracks)
        ids.push_back(track.id);
    const auto plays = library_.playCounts(library::kOnlyUser, ids);
    if (!plays)
        return fail(plays.error());
    const auto marks = favourites_.marks(library::kOnlyUser, ids);
    if (!marks)
        return fail(marks.error());
    std::vector<Json> list;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        Json json = jsonOfFile(tracks[i]);
        const library::PlayCount& count = (*plays)[i];
        json["playCount"] = count.plays;
        json["lastPlayedAtMs"] = timeOrNull(count.plays == 0 ? 0 : count.lastMs);
        json.update(jsonOf((*marks)[i]));
        list.push_back(std::move(json));
    }
    return list;
}

Result<std::vector<Json>> TrackJson::of(std::span<const library::TrackId> ids) const {
    std::vector<library::Track> tracks;
    for (const library::TrackId id : ids) {
        auto track = library_.track(id);
        if (!track)
            return fail(track.error());
        tracks.push_back(std::move(*track));
    }
    return of(tracks);
}

} // namespace segue::backend
