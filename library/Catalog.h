#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace segue::library {

using TrackId = std::int64_t;
using AlbumId = std::int64_t;
using ArtistId = std::int64_t;
using GenreId = std::int64_t;

/// What somebody did for a track. Stored as numbers: never renumbered.
enum class ArtistRole : std::uint8_t {
    Artist = 0,
    AlbumArtist = 1,
    Composer = 2,
    Lyricist = 3,
    Conductor = 4,
    Performer = 5,
    Remixer = 6,
    Arranger = 7,
    Producer = 8,
    Engineer = 9,
    Mixer = 10,
};
inline constexpr int kNumArtistRoles = 11;

/// Under whose name an album is listed whose tracks are by different people.
inline constexpr const char* kVariousArtists = "Various Artists";

/// Loudness values of ReplayGain's reference (89 dB SPL, -18 LUFS), whatever the file calls them.
struct ReplayGain {
    std::optional<double> trackGainDb, trackPeakLinear, albumGainDb, albumPeakLinear;

    bool operator==(const ReplayGain&) const = default;
};

/// MusicBrainz' ids as the file has them; empty: not said.
struct MusicBrainzIds {
    std::string recording, track, release, releaseGroup;

    bool operator==(const MusicBrainzIds&) const = default;
};

struct ArtistName {
    ArtistId id = 0;
    ArtistRole role = ArtistRole::Artist;
    std::string name;

    bool operator==(const ArtistName&) const = default;
};

struct GenreName {
    GenreId id = 0;
    std::string name;

    bool operator==(const GenreName&) const = default;
};

/// What is known of a track beyond what lists show.
struct TrackDetails {
    std::vector<ArtistName> artists; ///< by role, then in the file's order
    std::vector<GenreName> genres;
    int trackTotal = 0, discTotal = 0; ///< 0: unknown
    std::string discSubtitle;
    std::string releaseDate, originalDate; ///< YYYY[-MM[-DD]]
    std::string titleSort, albumSort, comment;
    double bpm = 0; ///< 0: unknown
    bool compilation = false;
    MusicBrainzIds musicBrainz;
    ReplayGain replayGain;
};

struct Album {
    AlbumId id = 0;
    std::string title;
    std::string artist;              ///< as it is shown; kVariousArtists for a compilation
    std::vector<ArtistName> artists; ///< that it is listed under
    int year = 0;                    ///< of the original release where known; 0: unknown
    std::string releaseDate, originalDate;
    std::string mbid, groupMbid;
    bool compilation = false;
    int discTotal = 0;
    std::int64_t addedMs = 0; ///< when its first track came into the library, since 1970
    std::int64_t tracks = 0;  ///< that are present
    double durationSeconds = 0;
};

struct Artist {
    ArtistId id = 0;
    std::string name, sortName, mbid;
    std::int64_t tracks = 0; ///< present ones, in the role that was asked for
    std::int64_t albums = 0; ///< that are listed under this name
};

struct Genre {
    GenreId id = 0;
    std::string name;
    std::int64_t tracks = 0, albums = 0;
};

} // namespace segue::library
