#pragma once

#include <filesystem>
#include <optional>

#include "library/LrcFile.h"
#include "processing/types/Error.h"

namespace segue::library {

struct FoundLyrics {
    Lyrics lyrics;
    bool embedded = false; ///< in the file of sound; else in an LRC file beside it
};

/// What is sung in a track: from the LRC file beside it (its name with `.lrc`), or from inside of
/// it. Synced ones before plain ones; of equals those beside it.
/// @return nothing where there are none
/// @errors NotFound, Io, Unsupported (not a regular file)
/// @thread any
Result<std::optional<FoundLyrics>> lyricsOf(const std::filesystem::path& track);

} // namespace segue::library
