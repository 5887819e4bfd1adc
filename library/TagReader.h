#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "library/Catalog.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::library {

/// Raised whenever the same file gives other Tags; a scan then reads every file again.
inline constexpr int kTagsVersion = 2;

/// Who did something for a track.
struct Credit {
    ArtistRole role = ArtistRole::Artist;
    std::string name;
    std::string sortName, mbid; ///< empty: not said

    bool operator==(const Credit&) const = default;
};

/// What a file says about itself. Texts are clean (cleanTag); 0 or empty: not said.
struct Tags {
    std::string title; ///< the file name's stem when the file has none
    std::string artist, album, albumArtist, genre;
    int trackNumber = 0, discNumber = 0, year = 0;
    double durationSeconds = 0;
    int sampleRateHz = 0, numChannels = 0; ///< always known
    std::string codec;                     ///< the names that decode::SourceInfo uses

    std::vector<Credit> credits;     ///< each name once per role, in the file's order
    std::vector<std::string> genres; ///< each once
    int trackTotal = 0, discTotal = 0;
    std::string discSubtitle, titleSort, albumSort, comment;
    std::string releaseDate, originalDate; ///< YYYY[-MM[-DD]]
    double bpm = 0;
    bool compilation = false;
    MusicBrainzIds musicBrainz;
    ReplayGain replayGain;
};

struct FileTags {
    Tags tags;
    FileStamp stamp; ///< of the file that was read
};

/// @errors NotFound, Io; Unsupported (not a regular file, not a format of ours), Corrupt (empty, or
/// no audio in it), Changed (edited while it was read)
Result<FileTags> readTags(const std::filesystem::path& path);
/// The same for a file in memory; `fileName` gives the title when there is none inside.
Result<Tags> readTags(std::span<const std::byte> bytes, std::string_view fileName);

} // namespace segue::library
