// Which rows a listing is of, and in which order, as SQL. Pure functions. Each order is the order
// of an index that ends with the id, and a page begins where the cursor says (keyset paging), so
// the thousandth page costs what the first does.

#include "library/ListingSql.h"

#include <string_view>

#include "library/TrackTable.h"

namespace segue::library {

namespace {

std::string number(std::int64_t value) {
    return std::to_string(value);
}

bool isById(const Source& source, const Order& order) {
    return std::string_view(order.key) == source.id;
}

std::string hintOf(const Source& source, const Order& order) {
    return isById(source, order) ? " NOT INDEXED" : std::string(" INDEXED BY ") + order.index;
}

/// The list's own index is older than `shown`.
std::string sameAsShown(const Order& order) {
    return std::string_view(order.index) == "track_in_order" ? " AND missing = 0" : "";
}

std::string behind(const Source& source, const Order& order, Direction direction) {
    const char* relation = direction == Direction::Up ? " > " : " < ";
    if (isById(source, order))
        return " AND " + source.id + relation + "?2";
    return std::string(" AND (") + order.key + ", " + source.id + ")" + relation + "(?1, ?2)";
}

std::string orderedBy(const Source& source, const Order& order, Direction direction) {
    const char* way = direction == Direction::Up ? "" : " DESC";
    return " ORDER BY " +
           (isById(source, order) ? std::string() : std::string(order.key) + way + ", ") +
           source.id + way;
}

std::string conditionsOf(const Source& source, const std::vector<Filter>& filters,
                         const Filter* by) {
    std::string sql = by ? " AND " + source.id + " IN (" + by->ids + ")" : std::string();
    for (const Filter& filter : filters)
        if (&filter != by)
            sql += " AND " + filter.condition;
    return sql;
}

std::string yearsOf(int from, int to, const char* column) {
    const int first = from == 0 ? 1 : from;
    const int last = to == 0 ? 9999 : to;
    return std::string(column) + " BETWEEN " + number(first) + " AND " + number(last);
}

} // namespace

Order orderOf(TrackSort sort) {
    switch (sort) {
    case TrackSort::Title:
        return {"title_key", "track_by_title", KeyKind::Blob};
    case TrackSort::Artist:
        return {"artist_key", "track_by_artist", KeyKind::Blob};
    case TrackSort::Album:
        return {"album_key", "track_by_album_title", KeyKind::Blob};
    case TrackSort::Genre:
        return {"genre", "track_by_genre", KeyKind::Text};
    case TrackSort::Year:
        return {"year", "track_by_year", KeyKind::Int};
    case TrackSort::Duration:
        return {"duration_s", "track_by_duration", KeyKind::Real};
    case TrackSort::Bpm:
        return {"bpm", "track_by_bpm", KeyKind::Real};
    case TrackSort::Codec:
        return {"codec", "track_by_codec", KeyKind::Text};
    case TrackSort::SampleRate:
        return {"sample_rate_hz", "track_by_rate", KeyKind::Int};
    case TrackSort::Added:
        return {"id", "", KeyKind::Int};
    default:
        return {"sort_key", "track_in_order", KeyKind::Blob};
    }
}

Order orderOf(AlbumSort sort) {
    switch (sort) {
    case AlbumSort::Title:
        return {"title_key", "album_by_title", KeyKind::Blob};
    case AlbumSort::Year:
        return {"year", "album_by_year", KeyKind::Int};
    case AlbumSort::Added:
        return {"added_ms", "album_by_added", KeyKind::Int};
    case AlbumSort::Tracks:
        return {"tracks", "album_by_tracks", KeyKind::Int};
    case AlbumSort::Duration:
        return {"duration_ms", "album_by_duration", KeyKind::Int};
    default:
        return {"artist_key", "album_by_artist", KeyKind::Blob};
    }
}

Order artistOrderOf(NameSort sort) {
    switch (sort) {
    case NameSort::Tracks:
        return {"r.tracks", "artist_role_by_tracks", KeyKind::Int};
    case NameSort::Albums:
        return {"r.albums", "artist_role_by_albums", KeyKind::Int};
    default:
        return {"r.sort_key", "artist_role_in_order", KeyKind::Blob};
    }
}

Order genreOrderOf(NameSort sort) {
    switch (sort) {
    case NameSort::Tracks:
        return {"tracks", "genre_by_tracks", KeyKind::Int};
    case NameSort::Albums:
        return {"albums", "genre_by_albums", KeyKind::Int};
    default:
        return {"sort_key", "genre_in_order", KeyKind::Blob};
    }
}

const Source& tracksSource() {
    static const Source source{trackColumns(), "track", "id", "shown = 1"};
    return source;
}

const Source& albumsSource() {
    static const Source source{
        "id, title, artist, year, release_date, original_date, mbid, group_mbid, compilation, "
        "disc_total, added_ms, tracks, duration_ms",
        "album", "id", "tracks > 0"};
    return source;
}

const Source& genresSource() {
    static const Source source{"id, name, tracks, albums", "genre", "id", "tracks > 0"};
    return source;
}

std::vector<Filter> filtersOf(const TrackListing& listing) {
    std::vector<Filter> filters;
    if (listing.artist != 0) {
        const std::string who =
            " artist_id = " + number(listing.artist) +
            (listing.role ? " AND role = " + number(static_cast<int>(*listing.role))
                          : std::string());
        filters.push_back({"EXISTS (SELECT 1 FROM track_artist a INDEXED BY track_artist_by_artist "
                           "WHERE a.track_id = "
                           "track.id AND" +
                               who + ")",
                           "SELECT DISTINCT track_id FROM track_artist WHERE" + who, ""});
    }
    if (listing.album != 0)
        filters.push_back({"+album_id = " + number(listing.album),
                           "SELECT id FROM track WHERE album_id = " + number(listing.album), ""});
    if (listing.genre != 0)
        filters.push_back(
            {"EXISTS (SELECT 1 FROM track_genre g INDEXED BY track_genre_by_genre WHERE g.track_id "
             "= "
             "track.id AND g.genre_id = " +
                 number(listing.genre) + ")",
             "SELECT track_id FROM track_genre WHERE genre_id = " + number(listing.genre),
             "SELECT tracks FROM genre WHERE id = " + number(listing.genre)});
    if (listing.yearFrom != 0 || listing.yearTo != 0)
        filters.push_back({yearsOf(listing.yearFrom, listing.yearTo, "+year"),
                           "SELECT id FROM track WHERE shown = 1 AND " +
                               yearsOf(listing.yearFrom, listing.yearTo, "year"),
                           ""});
    if (!listing.codec.empty())
        filters.push_back(
            {"+codec = ?3", "SELECT id FROM track WHERE shown = 1 AND codec = ?3", ""});
    const std::string plays = "(SELECT 1 FROM play_count p WHERE p.track_id = track.id AND "
                              "p.user_id = " +
                              number(listing.user) + ")";
    if (listing.played == Played::Never)
        filters.push_back({"NOT EXISTS " + plays, "", ""});
    if (listing.played == Played::Ever)
        filters.push_back(
            {"EXISTS " + plays,
             "SELECT track_id FROM play_count WHERE user_id = " + number(listing.user), ""});
    if (listing.starred || listing.ratingFrom > 0) {
        const std::string which =
            "user_id = " + number(listing.user) + (listing.starred ? " AND starred_ms > 0" : "") +
            (listing.ratingFrom > 0 ? " AND rating >= " + number(listing.ratingFrom) : "");
        filters.push_back(
            {"EXISTS (SELECT 1 FROM track_mark m WHERE m.track_id = track.id AND " + which + ")",
             "SELECT track_id FROM track_mark WHERE " + which, ""});
    }
    return filters;
}

std::vector<Filter> filtersOf(const AlbumListing& listing) {
    std::vector<Filter> filters;
    if (listing.artist != 0) {
        const std::string who = "artist_id = " + number(listing.artist);
        filters.push_back({"EXISTS (SELECT 1 FROM album_artist a INDEXED BY album_artist_by_artist "
                           "WHERE a.album_id = "
                           "album.id AND a." +
                               who + ")",
                           "SELECT album_id FROM album_artist WHERE " + who, ""});
    }
    if (listing.genre != 0) {
        const std::string which = "genre_id = " + number(listing.genre);
        filters.push_back({"EXISTS (SELECT 1 FROM album_genre g INDEXED BY album_genre_by_genre "
                           "WHERE g.album_id = "
                           "album.id AND g." +
                               which + ")",
                           "SELECT album_id FROM album_genre WHERE " + which,
                           "SELECT albums FROM genre WHERE id = " + number(listing.genre)});
    }
    if (listing.yearFrom != 0 || listing.yearTo != 0)
        filters.push_back({yearsOf(listing.yearFrom, listing.yearTo, "+year"),
                           "SELECT id FROM album WHERE tracks > 0 AND " +
                               yearsOf(listing.yearFrom, listing.yearTo, "year"),
                           ""});
    if (listing.compilation)
        filters.push_back(*listing.compilation
                              ? Filter{"compilation = 1",
                                       "SELECT id FROM album INDEXED BY album_compilations WHERE "
                                       "compilation = 1 AND tracks > 0",
                                       ""}
                              : Filter{"compilation = 0", "", ""});
    return filters;
}

std::string pageSql(const Source& source, const Order& order, Direction direction, After after,
                    const std::vector<Filter>& filters, const Filter* by) {
    std::string rows = " FROM " + source.table +
                       (by ? std::string(" NOT INDEXED") : hintOf(source, order)) + " WHERE " +
                       source.shown + (by ? std::string() : sameAsShown(order)) +
                       conditionsOf(source, filters, by);
    if (after == After::Yes)
        rows += behind(source, order, direction);
    const std::string inOrder = orderedBy(source, order, direction);
    const std::string columns = "SELECT " + source.columns + ", " + order.key;
    if (!by)
        return columns + rows + inOrder + " LIMIT ?4 OFFSET ?5";
    // Only keys and ids are sorted: whole rows are read of the page alone.
    return columns + " FROM " + source.table + " NOT INDEXED WHERE " + source.id + " IN (SELECT " +
           source.id + rows + inOrder + " LIMIT ?4 OFFSET ?5)" + inOrder;
}

std::string countSql(const Source& source, const std::vector<Filter>& filters, const Filter* by) {
    if (filters.size() == 1 && !filters.front().count.empty())
        return filters.front().count;
    // Without a hint SQLite takes the smallest index.
    return "SELECT count(*) FROM " + source.table + (by ? " NOT INDEXED" : "") + " WHERE " +
           source.shown + conditionsOf(source, filters, by);
}

std::string idsSql(const Source& source, const std::vector<Filter>& filters, const Filter* by) {
    return "SELECT " + source.id + " FROM " + source.table + " NOT INDEXED WHERE " + source.shown +
           conditionsOf(source, filters, by);
}

std::string rowSql(const Source& source, const std::vector<Filter>& filters) {
    return "SELECT " + source.columns + " FROM " + source.table + " NOT INDEXED WHERE " +
           source.id + " = ?1 AND " + source.shown + conditionsOf(source, filters, nullptr);
}

std::string playedSql(const TrackListing& listing, const std::vector<Filter>& filters,
                      After after) {
    const bool up = listing.direction == Direction::Up;
    const bool byPlays = listing.sort == TrackSort::Plays;
    const std::string key = byPlays ? "p.plays" : "p.last_ms";
    std::string sql =
        "SELECT " + trackColumns() + ", " + key + " FROM play_count p INDEXED BY " +
        (byPlays ? "play_count_by_plays" : "play_count_by_time") +
        " CROSS JOIN track ON track.id = p.track_id WHERE p.user_id = " + number(listing.user) +
        " AND track.shown = 1" + conditionsOf(tracksSource(), filters, nullptr);
    if (after == After::Yes)
        sql += " AND (" + key + ", p.track_id)" + (up ? " > " : " < ") + "(?1, ?2)";
    const char* way = up ? "" : " DESC";
    return sql + " ORDER BY " + key + way + ", p.track_id" + way + " LIMIT ?4 OFFSET ?5";
}

std::string playedCountSql(const TrackListing& listing, const std::vector<Filter>& filters) {
    return "SELECT count(*) FROM play_count p CROSS JOIN track ON track.id = p.track_id WHERE "
           "p.user_id = " +
           number(listing.user) + " AND track.shown = 1" +
           conditionsOf(tracksSource(), filters, nullptr);
}

std::string artistPageSql(int role, NameSort sort, Direction direction, After after) {
    const Order order = artistOrderOf(sort);
    const bool up = direction == Direction::Up;
    const char* way = up ? "" : " DESC";
    return std::string("SELECT a.id, a.name, a.sort_name, a.mbid, r.tracks, r.albums, ") +
           order.key + " FROM artist_role r INDEXED BY " + order.index +
           " CROSS JOIN artist a ON a.id = r.artist_id WHERE r.role = " + number(role) +
           " AND r.tracks + r.albums > 0" +
           (after == After::Yes ? std::string(" AND (") + order.key + ", r.artist_id)" +
                                      (up ? " > " : " < ") + "(?1, ?2)"
                                : std::string()) +
           " ORDER BY " + order.key + way + ", r.artist_id" + way + " LIMIT ?4 OFFSET ?5";
}

std::string artistCountSql(int role) {
    return "SELECT count(*) FROM artist_role WHERE role = " + number(role) +
           " AND tracks + albums > 0";
}

} // namespace segue::library
