#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "library/Listing.h"

namespace segue::library {

/// The SQL of listings: texts without a connection, so that tests can ask for their plans. Numbers
/// go into it as they are. Parameters: ?1 and ?2 the key and id to go on after, ?3 the text of a
/// filter, ?4 the number of rows, ?5 of rows to step over.

enum class KeyKind { Blob, Text, Int, Real };

/// What a listing is sorted by, before the id.
struct Order {
    const char* key;
    const char* index; ///< empty: by id alone
    KeyKind kind;
};

/// Some of a listing's rows.
struct Filter {
    std::string condition;
    std::string ids;   ///< a SELECT of their ids; empty: they can only be looked for
    std::string count; ///< a SELECT of how many are shown, where that is kept
};

/// A table of which pages are made.
struct Source {
    std::string columns; ///< the id first
    std::string table, id, shown;
};

enum class After { No, Yes };

Order orderOf(TrackSort sort);
Order orderOf(AlbumSort sort);
Order artistOrderOf(NameSort sort);
Order genreOrderOf(NameSort sort);
const Source& tracksSource();
const Source& albumsSource();
const Source& genresSource();
std::vector<Filter> filtersOf(const TrackListing& listing);
std::vector<Filter> filtersOf(const AlbumListing& listing);

/// A page in the order of the index. @param by  the filter whose rows are looked up and sorted
/// instead, one of `filters`; null: none
std::string pageSql(const Source& source, const Order& order, Direction direction, After after,
                    const std::vector<Filter>& filters, const Filter* by);
/// How many rows there are in all pages.
std::string countSql(const Source& source, const std::vector<Filter>& filters, const Filter* by);
/// All ids that pass, looked up by the filter `by`.
std::string idsSql(const Source& source, const std::vector<Filter>& filters, const Filter* by);
/// The row of id ?1, if it passes.
std::string rowSql(const Source& source, const std::vector<Filter>& filters);
/// A page of tracks that were played, by how often or when last, and how many there are.
std::string playedSql(const TrackListing& listing, const std::vector<Filter>& filters, After after);
std::string playedCountSql(const TrackListing& listing, const std::vector<Filter>& filters);
/// A page of artists in the role of that number.
std::string artistPageSql(int role, NameSort sort, Direction direction, After after);
std::string artistCountSql(int role);

} // namespace segue::library
