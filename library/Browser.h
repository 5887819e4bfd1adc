#pragma once

#include <string>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Pages of what is shown, each at the cost of the page: every order is an index. A filter that few
/// rows pass (kFew) is looked up and sorted; one that many pass is applied while the order's index
/// is walked.
inline constexpr int kFew = 5000;

/// @errors InvalidArgument (limit, cursor)
Result<Page<Track>> browseTracks(Connection& connection, const RootSet& roots,
                                 const TrackListing& listing);
Result<Page<Album>> browseAlbums(Connection& connection, const AlbumListing& listing);
Result<Page<Artist>> browseArtists(Connection& connection, const ArtistListing& listing);
Result<Page<Genre>> browseGenres(Connection& connection, const GenreListing& listing);

/// @errors NotFound
Result<Album> loadAlbum(Connection& connection, AlbumId id);
/// With the counts of the role in which most is known of him. @errors NotFound
Result<Artist> loadArtist(Connection& connection, ArtistId id);

/// The SQL of a page by its index, for tests of query plans; `after`: not the first page.
enum class After { No, Yes };
std::string trackPageSql(TrackSort sort, Direction direction, After after);
std::string albumPageSql(AlbumSort sort, Direction direction, After after);
std::string artistPageSql(NameSort sort, Direction direction, After after);
std::string genrePageSql(NameSort sort, Direction direction, After after);

/// One row for each of `ids` that is shown, in their order.
Result<std::vector<Track>> loadTracks(Connection& connection, const RootSet& roots,
                                      const std::vector<TrackId>& ids);

} // namespace segue::library
