#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"
#include "library/PlaylistFile.h"

namespace segue::library {

/// By what an entry of a playlist was recognised.
enum class PlaylistMatch {
    None,
    Path,    ///< its name is the track's
    PathEnd, ///< its name ends as the track's does, and no other track's does so
    Tags,    ///< artist, title and length are the track's
};

struct MatchedLine {
    PlaylistMatch by = PlaylistMatch::None;
    TrackId track = 0;
};

/// Finds the tracks that the lines of a playlist mean, one for each line. Only what the library
/// knows is looked at, never the file system: what lies outside of the music folders is the same as
/// what does not exist. Missing tracks are found, too.
/// @param folder  absolute: where the playlist lies, if it lies anywhere
Result<std::vector<MatchedLine>> matchPlaylist(const DatabaseAccess& access,
                                               std::span<const PlaylistLine> lines,
                                               const std::optional<std::filesystem::path>& folder);

} // namespace segue::library
