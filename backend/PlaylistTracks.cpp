// What a playlist consists of, whichever kind it is. Any thread that may ask the database.
#include "backend/PlaylistTracks.h"

namespace segue::backend {

Result<std::vector<library::TrackId>> tracksOf(const library::Playlist& playlist,
                                               const library::Playlists& playlists,
                                               SmartLists& smart) {
    if (playlist.rules) {
        const auto tracks = smart.of(playlist, SmartLists::From::Now);
        if (!tracks)
            return fail(tracks.error());
        return **tracks;
    }
    const auto entries = playlists.entries(library::kOnlyUser, playlist.id, {},
                                           static_cast<int>(library::Playlists::kMostEntries));
    if (!entries)
        return fail(entries.error());
    std::vector<library::TrackId> ids;
    for (const library::PlaylistEntry& entry : *entries)
        ids.push_back(entry.track);
    return ids;
}

} // namespace segue::backend
