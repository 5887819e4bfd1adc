#pragma once

#include <string>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Pages of what is shown, each at the cost of the page, since every order is an index, or of what
/// these limits allow: a filter that `few` rows pass is looked up and sorted (0.7 us a row), one
/// that more pass is met on a walk through the index, for so many `steps` of SQLite's machine (some
/// 20 a row), and looked up if that was not enough. Others than these are for tests.
struct BrowseLimits {
    int few = 20'000;
    int steps = 120'000;
};

/// @errors InvalidArgument (limit, cursor)
Result<Page<Track>> browseTracks(Connection& connection, const RootSet& roots,
                                 const TrackListing& listing, const BrowseLimits& limits = {});
Result<Page<Album>> browseAlbums(Connection& connection, const AlbumListing& listing,
                                 const BrowseLimits& limits = {});
Result<Page<Artist>> browseArtists(Connection& connection, const ArtistListing& listing);
Result<Page<Genre>> browseGenres(Connection& connection, const GenreListing& listing);

/// @errors NotFound
Result<Album> loadAlbum(Connection& connection, AlbumId id);
/// With the counts of the role in which most is known of him. @errors NotFound
Result<Artist> loadArtist(Connection& connection, ArtistId id);

/// One row for each of `ids` that is shown, in their order.
Result<std::vector<Track>> loadTracks(Connection& connection, const RootSet& roots,
                                      const std::vector<TrackId>& ids);

} // namespace segue::library
