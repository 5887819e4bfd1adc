#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/Playlists.h"

namespace segue::backend {

/// A playlist made of another program's file, and what of that found no track.
struct ImportedPlaylist {
    struct Unmatched {
        int line = 0;
        std::string text, reason; ///< valid UTF-8
    };
    library::Playlist playlist;
    std::size_t byPath = 0, byPathEnd = 0, byTags = 0; ///< how the entries were recognised
    std::vector<Unmatched> unmatched;
};

/// Makes a playlist of the M3U or M3U8 in `text`.
/// @param name  empty: what the text says, else "Imported"
/// @param folder  absolute: where the file lies, if it lies anywhere
/// @errors InvalidArgument (too many entries, the name), those of the database
Result<ImportedPlaylist> importPlaylist(library::Playlists& playlists,
                                        const library::DatabaseAccess& access,
                                        std::string_view text, const std::string& name,
                                        const std::optional<std::filesystem::path>& folder,
                                        std::int64_t nowMs);

/// Tracks as M3U8. @param folder  where the file is going to be, for relative names; nothing:
/// absolute ones. A track in another place than below the folder is named through "..", one whose
/// relative name cannot be written absolutely.
/// @errors NotFound (a track), those of the database
Result<std::string> exportPlaylist(const library::Library& library, const std::string& name,
                                   const std::vector<library::TrackId>& tracks,
                                   const std::optional<std::filesystem::path>& folder);

} // namespace segue::backend
