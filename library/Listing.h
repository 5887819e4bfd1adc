#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library/Catalog.h"

namespace segue::library {

struct Track;

enum class Direction { Up, Down };

enum class TrackSort {
    Library, ///< album artist (else artist), album, disc, track, title
    Title,
    Artist,
    Album,
    Genre,
    Year,
    Duration,
    Added,
    Bpm,
    Codec,
    SampleRate,
    Plays,      ///< only tracks that were played
    LastPlayed, ///< only tracks that were played
    Random,     ///< by `seed`, the same on all pages; `direction` has no meaning
};
enum class AlbumSort { Title, Artist, Year, Added, Tracks, Duration, Random };
enum class NameSort { Name, Tracks, Albums };

enum class Played { Whatever, Never, Ever };

inline constexpr int kMostRating = 5;

/// What of the library is wanted, and in which order. A page goes on after `cursor`, which the page
/// before gave for the same listing; 0 and empty: no matter.
struct Paging {
    std::string cursor{};
    int limit = 100; ///< 1 .. 1000
    /// Rows to step over first, so that a list can be entered in its middle: costs as much as
    /// they do. Not in random order.
    std::int64_t skip = 0;
    bool count = false; ///< fill in Page::matching; costs a walk through the whole listing
};

struct TrackListing {
    TrackSort sort = TrackSort::Library;
    Direction direction = Direction::Up;
    ArtistId artist = 0;
    std::optional<ArtistRole> role{}; ///< in which `artist` took part; nothing: any
    AlbumId album = 0;
    GenreId genre = 0;
    int yearFrom = 0, yearTo = 0; ///< both included
    std::string codec{};
    Played played = Played::Whatever;
    bool starred = false;  ///< only tracks with a star
    int ratingFrom = 0;    ///< 1 .. kMostRating: only tracks with that rating or a higher one
    std::int64_t user = 1; ///< whose plays, stars and ratings count
    std::uint64_t seed = 0;
    Paging page{};
};

struct AlbumListing {
    AlbumSort sort = AlbumSort::Artist;
    Direction direction = Direction::Up;
    ArtistId artist = 0; ///< under whose name it is listed
    GenreId genre = 0;
    int yearFrom = 0, yearTo = 0;
    std::optional<bool> compilation{};
    std::uint64_t seed = 0;
    Paging page{};
};

struct ArtistListing {
    ArtistRole role = ArtistRole::AlbumArtist;
    NameSort sort = NameSort::Name;
    Direction direction = Direction::Up;
    Paging page{};
};

struct GenreListing {
    NameSort sort = NameSort::Name;
    Direction direction = Direction::Up;
    Paging page{};
};

template <typename T>
struct Page {
    std::vector<T> items;
    std::string next; ///< the cursor of the page after; empty: this is the last
    /// Rows of the whole listing, where they were to be counted; never in random order.
    std::optional<std::int64_t> matching{};
};

/// What is meant by a few words, the best first. The last word may be the beginning of one.
struct SearchAnswer {
    std::vector<Track> tracks;
    std::vector<Album> albums;
    std::vector<Artist> artists;
};

} // namespace segue::library
