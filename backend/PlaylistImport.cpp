// Playlists to and from files of other programs, for the API and for `segue playlist`. Any thread;
// nothing is kept.
#include "backend/PlaylistImport.h"

#include <utility>

#include "library/PlaylistMatcher.h"
#include "library/Text.h"

namespace segue::backend {

namespace {

using library::PlaylistMatch;

void count(ImportedPlaylist& imported, const library::PlaylistLine& line, PlaylistMatch by) {
    switch (by) {
    case PlaylistMatch::Path:
        ++imported.byPath;
        return;
    case PlaylistMatch::PathEnd:
        ++imported.byPathEnd;
        return;
    case PlaylistMatch::Tags:
        ++imported.byTags;
        return;
    case PlaylistMatch::None:
        imported.unmatched.push_back(
            {line.number, library::cleanTag(line.text),
             line.path.empty() ? "not a file of this machine" : "no track of the library"});
    }
}

std::string nameFor(const std::string& wished, const std::string& said) {
    return !wished.empty() ? wished : !said.empty() ? said : "Imported";
}

} // namespace

Result<ImportedPlaylist> importPlaylist(library::Playlists& playlists,
                                        const library::DatabaseAccess& access,
                                        std::string_view text, const std::string& name,
                                        const std::optional<std::filesystem::path>& folder,
                                        std::int64_t nowMs) {
    constexpr std::size_t kMost = library::Playlists::kMostAtOnce;
    const auto parsed = library::parsePlaylistText(text, kMost + 1);
    if (parsed.lines.size() > kMost)
        return fail(ErrorCode::InvalidArgument,
                    "the playlist has more than " + std::to_string(kMost) + " entries");
    const auto matched = library::matchPlaylist(access, parsed.lines, folder);
    if (!matched)
        return fail(matched.error());
    ImportedPlaylist imported;
    library::NewPlaylist made{nameFor(name, parsed.name), {}, {}, {}};
    for (std::size_t i = 0; i < matched->size(); ++i) {
        const auto& [by, track] = (*matched)[i];
        count(imported, parsed.lines[i], by);
        if (by != PlaylistMatch::None)
            made.tracks.push_back(track);
    }
    auto playlist = playlists.create(library::kOnlyUser, made, nowMs);
    if (!playlist)
        return fail(playlist.error());
    imported.playlist = std::move(*playlist);
    return imported;
}

Result<std::string> exportPlaylist(const library::Library& library, const std::string& name,
                                   const std::vector<library::TrackId>& tracks,
                                   const std::optional<std::filesystem::path>& folder) {
    std::vector<library::PlaylistItem> items;
    items.reserve(tracks.size());
    for (const library::TrackId id : tracks) {
        const auto track = library.track(id);
        if (!track)
            return fail(track.error());
        std::string path = track->path;
        if (folder) {
            std::string relative = track->path.lexically_relative(*folder);
            if (relative.find_first_of("\r\n") == std::string::npos &&
                relative.find("://") == std::string::npos)
                path = std::move(relative);
        }
        items.push_back({std::move(path), track->artist, track->title, track->durationSeconds});
    }
    return library::playlistText(name, items);
}

} // namespace segue::backend
