// Listings: which rows, in which order, from where on. Called with a connection of the caller's
// thread. Each order is the order of an index that ends with the id, and a page begins where the
// cursor says (keyset paging), so the thousandth page costs what the first does. Numbers go into
// the SQL as they are; texts are always bound.

#include "library/Browser.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "library/Cursor.h"

namespace segue::library {

namespace {

constexpr int kMostRows = 1000;
// A list in random order looks at this many ids for a page before it gives what it has: only a
// library of little but missing tracks gets there.
constexpr std::int64_t kMostTries = 2'000'000;

enum class KeyKind { Blob, Text, Int, Real };

struct Order {
    const char* key;
    const char* index;
    KeyKind kind;
};

/// A condition, and where its rows can be looked up; both without parameters but ?3.
struct Filter {
    std::string condition;
    std::string ids; ///< a SELECT of ids; empty: too many to look up
};

/// A table of which pages are made.
struct Source {
    std::string columns; ///< the id first
    std::string table, id, shown;
};

std::string number(std::int64_t value) {
    return std::to_string(value);
}

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

/// `shown` names the rows, `?1` and `?2` the place to go on after, `?4` the number of rows.
std::string pageSql(const Source& source, const Order& order, Direction direction, After after,
                    const std::vector<Filter>& filters, const std::string& ids) {
    const bool up = direction == Direction::Up;
    const bool byId = std::string_view(order.key) == source.id;
    std::string sql = "SELECT " + source.columns + ", " + order.key + " FROM " + source.table;
    if (!ids.empty() || byId)
        sql += " NOT INDEXED"; // by rowid
    else
        sql += std::string(" INDEXED BY ") + order.index;
    sql += " WHERE " + source.shown;
    // The list's own index is older than `shown`.
    if (std::string_view(order.index) == "track_in_order" && ids.empty())
        sql += " AND missing = 0";
    if (!ids.empty())
        sql += " AND " + source.id + " IN (" + ids + ")";
    for (const Filter& filter : filters)
        sql += " AND " + filter.condition;
    if (after == After::Yes)
        sql += byId ? " AND " + source.id + (up ? " > ?2" : " < ?2")
                    : std::string(" AND (") + order.key + ", " + source.id + ")" +
                          (up ? " > " : " < ") + "(?1, ?2)";
    const char* way = up ? "" : " DESC";
    sql += std::string(" ORDER BY ") + (byId ? "" : std::string(order.key) + way + ", ") +
           source.id + way + " LIMIT ?4";
    return sql;
}

/// The ids of the filter that the fewest rows pass, when they are few.
Result<std::string> fewIds(Connection& connection, const std::vector<Filter>& filters,
                           const std::string& text) {
    std::string best;
    std::int64_t fewest = kFew + 1;
    for (const Filter& filter : filters) {
        if (filter.ids.empty())
            continue;
        Statement count = connection.prepare("SELECT count(*) FROM (" + filter.ids + " LIMIT " +
                                             number(kFew + 1) + ")");
        if (filter.ids.find("?3") != std::string::npos)
            count.bindText(3, text);
        const auto row = count.step();
        if (!row)
            return fail(row.error());
        if (count.intAt(0) < fewest) {
            fewest = count.intAt(0);
            best = filter.ids;
        }
    }
    return best;
}

SortValue valueAt(const Statement& row, int column, KeyKind kind) {
    switch (kind) {
    case KeyKind::Blob:
        return row.blobAt(column);
    case KeyKind::Text:
        return row.textAt(column);
    case KeyKind::Int:
        return row.intAt(column);
    case KeyKind::Real:
        break;
    }
    return row.realAt(column);
}

Result<void> checkLimit(int limit) {
    if (limit < 1 || limit > kMostRows)
        return fail(ErrorCode::InvalidArgument,
                    "limit " + number(limit) + " is not in 1 .. " + number(kMostRows));
    return {};
}

constexpr std::string_view kLimit = " LIMIT ?4";

/// How many rows the SQL of a first page has without its limit.
Result<std::int64_t> countRows(Connection& connection, const std::string& sql,
                               const std::string& text) {
    Statement count = connection.prepare("SELECT count(*) FROM (" +
                                         sql.substr(0, sql.size() - kLimit.size()) + ")");
    if (sql.find("?3") != std::string::npos)
        count.bindText(3, text);
    const auto row = count.step();
    if (!row)
        return fail(row.error());
    return count.intAt(0);
}

/// A page whose SQL was made by pageSql() or looks like it.
template <typename T, typename Read>
Result<Page<T>> fetch(Connection& connection, const std::string& sql, const Paging& paging,
                      const std::string& listing, const std::optional<Cursor>& cursor, KeyKind kind,
                      int keyColumn, const std::string& text, const Read& read) {
    Page<T> page;
    if (paging.count && !cursor) {
        const auto count = countRows(connection, sql, text);
        if (!count)
            return fail(count.error());
        page.matching = *count;
    }
    Statement rows = connection.prepare(paging.skip > 0 ? sql + " OFFSET ?5" : sql);
    if (paging.skip > 0)
        rows.bindInt(5, paging.skip);
    if (cursor) {
        if (sql.find("?1") != std::string::npos)
            bindValue(rows, 1, cursor->value, kind == KeyKind::Blob);
        rows.bindInt(2, cursor->id);
    }
    if (sql.find("?3") != std::string::npos)
        rows.bindText(3, text);
    rows.bindInt(4, std::int64_t{paging.limit} + 1);
    Cursor last;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return page;
        if (static_cast<int>(page.items.size()) == paging.limit) {
            page.next = encodeCursor(last, listing);
            return page;
        }
        last = {valueAt(rows, keyColumn, kind), rows.intAt(0)};
        page.items.push_back(read(rows));
    }
}

Result<std::optional<Cursor>> cursorOf(const Paging& paging, const std::string& listing) {
    if (auto valid = checkLimit(paging.limit); !valid)
        return fail(valid.error());
    if (paging.skip < 0)
        return fail(ErrorCode::InvalidArgument, "skip " + number(paging.skip) + " is negative");
    if (paging.cursor.empty())
        return std::nullopt;
    auto cursor = decodeCursor(paging.cursor, listing);
    if (!cursor)
        return fail(cursor.error());
    return std::move(*cursor);
}

std::string yearsOf(int from, int to, const char* column) {
    const int first = from == 0 ? 1 : from;
    const int last = to == 0 ? 9999 : to;
    return std::string(column) + " BETWEEN " + number(first) + " AND " + number(last);
}

std::vector<Filter> filtersOf(const TrackListing& listing) {
    std::vector<Filter> filters;
    if (listing.artist != 0) {
        const std::string who =
            " artist_id = " + number(listing.artist) +
            (listing.role ? " AND role = " + number(static_cast<int>(*listing.role))
                          : std::string());
        filters.push_back(
            {"EXISTS (SELECT 1 FROM track_artist a WHERE a.track_id = track.id AND" + who + ")",
             "SELECT track_id FROM track_artist WHERE" + who});
    }
    if (listing.album != 0)
        filters.push_back({"+album_id = " + number(listing.album),
                           "SELECT id FROM track WHERE album_id = " + number(listing.album)});
    if (listing.genre != 0)
        filters.push_back(
            {"EXISTS (SELECT 1 FROM track_genre g WHERE g.track_id = track.id AND "
             "g.genre_id = " +
                 number(listing.genre) + ")",
             "SELECT track_id FROM track_genre WHERE genre_id = " + number(listing.genre)});
    if (listing.yearFrom != 0 || listing.yearTo != 0)
        filters.push_back({yearsOf(listing.yearFrom, listing.yearTo, "+year"),
                           "SELECT id FROM track WHERE shown = 1 AND " +
                               yearsOf(listing.yearFrom, listing.yearTo, "year")});
    if (!listing.codec.empty())
        filters.push_back({"+codec = ?3", "SELECT id FROM track WHERE shown = 1 AND codec = ?3"});
    const std::string plays = "(SELECT 1 FROM play_count p WHERE p.track_id = track.id AND "
                              "p.user_id = " +
                              number(listing.user) + ")";
    if (listing.played == Played::Never)
        filters.push_back({"NOT EXISTS " + plays, ""});
    if (listing.played == Played::Ever)
        filters.push_back({"EXISTS " + plays, "SELECT track_id FROM play_count WHERE user_id = " +
                                                  number(listing.user)});
    return filters;
}

std::vector<Filter> filtersOf(const AlbumListing& listing) {
    std::vector<Filter> filters;
    if (listing.artist != 0) {
        const std::string who = "artist_id = " + number(listing.artist);
        filters.push_back(
            {"EXISTS (SELECT 1 FROM album_artist a WHERE a.album_id = album.id AND a." + who + ")",
             "SELECT album_id FROM album_artist WHERE " + who});
    }
    if (listing.genre != 0) {
        const std::string which = "genre_id = " + number(listing.genre);
        filters.push_back(
            {"EXISTS (SELECT 1 FROM album_genre g WHERE g.album_id = album.id AND g." + which + ")",
             "SELECT album_id FROM album_genre WHERE " + which});
    }
    if (listing.yearFrom != 0 || listing.yearTo != 0)
        filters.push_back({yearsOf(listing.yearFrom, listing.yearTo, "+year"),
                           "SELECT id FROM album WHERE tracks > 0 AND " +
                               yearsOf(listing.yearFrom, listing.yearTo, "year")});
    if (listing.compilation)
        filters.push_back({*listing.compilation ? "compilation = 1" : "compilation = 0", ""});
    return filters;
}

template <typename Filters>
std::string nameOf(const char* what, int sort, Direction direction, const Filters& filters,
                   std::uint64_t seed, const std::string& text) {
    std::string name = std::string(what) + number(sort) + (direction == Direction::Up ? "u" : "d") +
                       std::to_string(seed) + text;
    for (const Filter& filter : filters)
        name += ";" + filter.condition;
    return name;
}

constexpr int kTrackColumns = 25;
constexpr int kAlbumColumns = 13;

/// A page of tracks that were played, by how often or when last.
std::string playedSql(const TrackListing& listing, const std::vector<Filter>& filters,
                      After after) {
    const bool up = listing.direction == Direction::Up;
    const bool byPlays = listing.sort == TrackSort::Plays;
    const std::string key = byPlays ? "p.plays" : "p.last_ms";
    std::string sql =
        "SELECT " + trackColumns() + ", " + key + " FROM play_count p INDEXED BY " +
        (byPlays ? "play_count_by_plays" : "play_count_by_time") +
        " CROSS JOIN track ON track.id = p.track_id WHERE p.user_id = " + number(listing.user) +
        " AND track.shown = 1";
    for (const Filter& filter : filters)
        sql += " AND " + filter.condition;
    if (after == After::Yes)
        sql += " AND (" + key + ", p.track_id)" + (up ? " > " : " < ") + "(?1, ?2)";
    const char* way = up ? "" : " DESC";
    return sql + " ORDER BY " + key + way + ", p.track_id" + way + " LIMIT ?4";
}

/// The next ids of a permutation of 1 .. `most`, which `seed` names. @param position  of the first
class Shuffle {
  public:
    Shuffle(std::uint64_t seed, std::int64_t most) : seed_(seed), most_(most) {
        while ((std::int64_t{1} << (2 * bits_)) <= most)
            ++bits_;
    }
    std::int64_t size() const { return std::int64_t{1} << (2 * bits_); }
    /// 0: no id stands there.
    std::int64_t at(std::int64_t position) const {
        const std::int64_t mask = (std::int64_t{1} << bits_) - 1;
        std::int64_t left = position >> bits_;
        std::int64_t right = position & mask;
        for (std::uint64_t round = 0; round < 4; ++round) {
            const std::int64_t next = left ^ (shuffled(seed_ + round, right) & mask);
            left = right;
            right = next;
        }
        const std::int64_t id = (left << bits_ | right) + 1;
        return id <= most_ ? id : 0;
    }

  private:
    std::uint64_t seed_;
    std::int64_t most_;
    int bits_ = 1;
};

/// All of it that few rows pass: looked up, and sorted by a hash.
template <typename T, typename Read>
Result<Page<T>> shuffleFew(Connection& connection, const Source& source,
                           const std::vector<Filter>& filters, const std::string& ids,
                           const std::string& text, std::uint64_t seed, const Paging& paging,
                           const std::string& listing, const std::optional<Cursor>& cursor,
                           const Read& read) {
    std::string sql = "SELECT " + source.id + " FROM " + source.table + " NOT INDEXED WHERE " +
                      source.shown + " AND " + source.id + " IN (" + ids + ")";
    for (const Filter& filter : filters)
        sql += " AND " + filter.condition;
    Statement select = connection.prepare(sql);
    if (sql.find("?3") != std::string::npos)
        select.bindText(3, text);
    const auto all = idsOf(select);
    if (!all)
        return fail(all.error());
    std::vector<std::pair<std::int64_t, std::int64_t>> order; // hash, id
    for (const std::int64_t id : *all)
        order.emplace_back(shuffled(seed, id), id);
    std::sort(order.begin(), order.end());
    const auto* after = cursor ? std::get_if<std::int64_t>(&cursor->value) : nullptr;
    auto at = after ? std::upper_bound(order.begin(), order.end(), std::pair(*after, cursor->id))
                    : order.begin();
    Page<T> page;
    Statement row = connection.prepare("SELECT " + source.columns + " FROM " + source.table +
                                       " WHERE " + source.id + " = ?1");
    for (; at != order.end(); ++at) {
        if (static_cast<int>(page.items.size()) == paging.limit) {
            page.next = encodeCursor({std::prev(at)->first, std::prev(at)->second}, listing);
            break;
        }
        const auto found = row.bindInt(1, at->second).step();
        if (!found)
            return fail(found.error());
        if (*found)
            page.items.push_back(read(row));
        if (auto done = row.run(); !done)
            return fail(done.error());
    }
    return page;
}

/// Rows at the places of a permutation of all ids, one look-up each. The cursor's value is the
/// place to go on at, its id the largest id when the list began: later rows do not shuffle it anew.
template <typename T, typename Read>
Result<Page<T>> shuffleAll(Connection& connection, const Source& source,
                           const std::vector<Filter>& filters, const std::string& text,
                           std::uint64_t seed, const Paging& paging, const std::string& listing,
                           const std::optional<Cursor>& cursor, const Read& read) {
    const auto newest =
        connection.queryInt("SELECT coalesce(max(" + source.id + "), 0) FROM " + source.table);
    if (!newest)
        return fail(newest.error());
    const auto* place = cursor ? std::get_if<std::int64_t>(&cursor->value) : nullptr;
    const std::int64_t most = cursor ? std::clamp<std::int64_t>(cursor->id, 0, *newest) : *newest;
    const Shuffle shuffle(seed, most);
    std::string sql = "SELECT " + source.columns + " FROM " + source.table + " NOT INDEXED WHERE " +
                      source.id + " = ?1 AND " + source.shown;
    for (const Filter& filter : filters)
        sql += " AND " + filter.condition;
    Statement row = connection.prepare(sql);
    Page<T> page;
    const std::int64_t first = place ? std::max<std::int64_t>(*place, 0) : 0;
    for (std::int64_t at = first; at < shuffle.size(); ++at) {
        if (static_cast<int>(page.items.size()) == paging.limit || at - first > kMostTries) {
            page.next = encodeCursor({at, most}, listing);
            return page;
        }
        const std::int64_t id = shuffle.at(at);
        if (id == 0)
            continue;
        row.bindInt(1, id);
        if (sql.find("?3") != std::string::npos)
            row.bindText(3, text);
        const auto found = row.step();
        if (!found)
            return fail(found.error());
        if (*found)
            page.items.push_back(read(row));
        if (auto done = row.run(); !done)
            return fail(done.error());
    }
    return page;
}

template <typename T, typename Read>
Result<Page<T>> shuffledPage(Connection& connection, const Source& source,
                             const std::vector<Filter>& filters, const std::string& text,
                             std::uint64_t seed, const Paging& paging, const std::string& listing,
                             const std::optional<Cursor>& cursor, const Read& read) {
    if (paging.skip > 0)
        return fail(ErrorCode::InvalidArgument, "skip: not in random order");
    const auto ids = fewIds(connection, filters, text);
    if (!ids)
        return fail(ids.error());
    if (!ids->empty())
        return shuffleFew<T>(connection, source, filters, *ids, text, seed, paging, listing, cursor,
                             read);
    return shuffleAll<T>(connection, source, filters, text, seed, paging, listing, cursor, read);
}

Album albumOf(const Statement& row) {
    Album album;
    album.id = row.intAt(0);
    album.title = row.textAt(1);
    album.artist = row.textAt(2);
    album.year = static_cast<int>(row.intAt(3));
    album.releaseDate = row.textAt(4);
    album.originalDate = row.textAt(5);
    album.mbid = row.textAt(6);
    album.groupMbid = row.textAt(7);
    album.compilation = row.intAt(8) != 0;
    album.discTotal = static_cast<int>(row.intAt(9));
    album.addedMs = row.intAt(10);
    album.tracks = row.intAt(11);
    album.durationSeconds = static_cast<double>(row.intAt(12)) / 1000;
    return album;
}

Result<void> addArtists(Connection& connection, Album& album) {
    Statement rows = connection.prepare(
        "SELECT a.id, a.name FROM album_artist l JOIN artist a ON a.id = l.artist_id WHERE "
        "l.album_id = ?1 ORDER BY l.position");
    rows.bindInt(1, album.id);
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return {};
        album.artists.push_back({rows.intAt(0), ArtistRole::AlbumArtist, rows.textAt(1)});
    }
}

constexpr const char* kArtistColumns =
    "SELECT a.id, a.name, a.sort_name, a.mbid, r.tracks, r.albums";

Artist artistOf(const Statement& row) {
    return {row.intAt(0), row.textAt(1), row.textAt(2), row.textAt(3), row.intAt(4), row.intAt(5)};
}

} // namespace

std::string trackPageSql(TrackSort sort, Direction direction, After after) {
    if (sort == TrackSort::Plays || sort == TrackSort::LastPlayed)
        return playedSql({.sort = sort, .direction = direction}, {}, after);
    return pageSql(tracksSource(), orderOf(sort), direction, after, {}, "");
}

std::string albumPageSql(AlbumSort sort, Direction direction, After after) {
    return pageSql(albumsSource(), orderOf(sort), direction, after, {}, "");
}

std::string genrePageSql(NameSort sort, Direction direction, After after) {
    return pageSql(genresSource(), genreOrderOf(sort), direction, after, {}, "");
}

std::string artistPageSql(NameSort sort, Direction direction, After after) {
    const Order order = artistOrderOf(sort);
    const bool up = direction == Direction::Up;
    const char* way = up ? "" : " DESC";
    return std::string(kArtistColumns) + ", " + order.key + " FROM artist_role r INDEXED BY " +
           order.index +
           " CROSS JOIN artist a ON a.id = r.artist_id WHERE r.role = ?3 AND "
           "r.tracks + r.albums > 0" +
           (after == After::Yes ? std::string(" AND (") + order.key + ", r.artist_id)" +
                                      (up ? " > " : " < ") + "(?1, ?2)"
                                : std::string()) +
           " ORDER BY " + order.key + way + ", r.artist_id" + way + " LIMIT ?4";
}

Result<Page<Track>> browseTracks(Connection& connection, const RootSet& roots,
                                 const TrackListing& listing) {
    const auto filters = filtersOf(listing);
    const std::string name = nameOf("t", static_cast<int>(listing.sort), listing.direction, filters,
                                    listing.seed, listing.codec);
    const auto cursor = cursorOf(listing.page, name);
    if (!cursor)
        return fail(cursor.error());
    const auto read = [&](const Statement& row) { return trackOfRow(row, roots); };
    if (listing.sort == TrackSort::Random)
        return shuffledPage<Track>(connection, tracksSource(), filters, listing.codec, listing.seed,
                                   listing.page, name, *cursor, read);
    const After after = *cursor ? After::Yes : After::No;
    if (listing.sort == TrackSort::Plays || listing.sort == TrackSort::LastPlayed)
        return fetch<Track>(connection, playedSql(listing, filters, after), listing.page, name,
                            *cursor, KeyKind::Int, kTrackColumns, listing.codec, read);
    const auto ids = fewIds(connection, filters, listing.codec);
    if (!ids)
        return fail(ids.error());
    const Order order = orderOf(listing.sort);
    return fetch<Track>(
        connection, pageSql(tracksSource(), order, listing.direction, after, filters, *ids),
        listing.page, name, *cursor, order.kind, kTrackColumns, listing.codec, read);
}

Result<Page<Album>> browseAlbums(Connection& connection, const AlbumListing& listing) {
    const auto filters = filtersOf(listing);
    const std::string name =
        nameOf("a", static_cast<int>(listing.sort), listing.direction, filters, listing.seed, "");
    const auto cursor = cursorOf(listing.page, name);
    if (!cursor)
        return fail(cursor.error());
    auto page = [&]() -> Result<Page<Album>> {
        if (listing.sort == AlbumSort::Random)
            return shuffledPage<Album>(connection, albumsSource(), filters, "", listing.seed,
                                       listing.page, name, *cursor, albumOf);
        const auto ids = fewIds(connection, filters, "");
        if (!ids)
            return fail(ids.error());
        const Order order = orderOf(listing.sort);
        const After after = *cursor ? After::Yes : After::No;
        return fetch<Album>(connection,
                            pageSql(albumsSource(), order, listing.direction, after, filters, *ids),
                            listing.page, name, *cursor, order.kind, kAlbumColumns, "", albumOf);
    }();
    if (!page)
        return page;
    for (Album& album : page->items)
        if (auto done = addArtists(connection, album); !done)
            return fail(done.error());
    return page;
}

Result<Page<Artist>> browseArtists(Connection& connection, const ArtistListing& listing) {
    const std::string role = number(static_cast<int>(listing.role));
    const std::string name = nameOf("r", static_cast<int>(listing.sort), listing.direction,
                                    std::vector<Filter>{}, 0, role);
    const auto cursor = cursorOf(listing.page, name);
    if (!cursor)
        return fail(cursor.error());
    std::string sql =
        artistPageSql(listing.sort, listing.direction, *cursor ? After::Yes : After::No);
    sql.replace(sql.find("?3"), 2, role); // a number, which the index takes as it is
    constexpr int kKeyColumn = 6;
    return fetch<Artist>(connection, sql, listing.page, name, *cursor,
                         artistOrderOf(listing.sort).kind, kKeyColumn, "", artistOf);
}

Result<Page<Genre>> browseGenres(Connection& connection, const GenreListing& listing) {
    const std::string name = nameOf("g", static_cast<int>(listing.sort), listing.direction,
                                    std::vector<Filter>{}, 0, "");
    const auto cursor = cursorOf(listing.page, name);
    if (!cursor)
        return fail(cursor.error());
    constexpr int kKeyColumn = 4;
    return fetch<Genre>(
        connection, genrePageSql(listing.sort, listing.direction, *cursor ? After::Yes : After::No),
        listing.page, name, *cursor, genreOrderOf(listing.sort).kind, kKeyColumn, "",
        [](const Statement& row) {
            return Genre{row.intAt(0), row.textAt(1), row.intAt(2), row.intAt(3)};
        });
}

Result<Album> loadAlbum(Connection& connection, AlbumId id) {
    Statement select =
        connection.prepare("SELECT " + albumsSource().columns + " FROM album WHERE id = ?1");
    const auto row = select.bindInt(1, id).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::NotFound, "no album " + number(id));
    Album album = albumOf(select);
    if (auto done = addArtists(connection, album); !done)
        return fail(done.error());
    return album;
}

Result<Artist> loadArtist(Connection& connection, ArtistId id) {
    Statement select = connection.prepare(
        "SELECT a.id, a.name, a.sort_name, a.mbid, coalesce(max(r.tracks), 0), "
        "coalesce(max(r.albums), 0) FROM artist a LEFT JOIN artist_role r ON r.artist_id = a.id "
        "WHERE a.id = ?1 GROUP BY a.id");
    const auto row = select.bindInt(1, id).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::NotFound, "no artist " + number(id));
    return artistOf(select);
}

Result<std::vector<Track>> loadTracks(Connection& connection, const RootSet& roots,
                                      const std::vector<TrackId>& ids) {
    Statement row =
        connection.prepare("SELECT " + trackColumns() + " FROM track WHERE id = ?1 AND shown = 1");
    std::vector<Track> tracks;
    for (const TrackId id : ids) {
        const auto found = row.bindInt(1, id).step();
        if (!found)
            return fail(found.error());
        if (*found)
            tracks.push_back(trackOfRow(row, roots));
        if (auto done = row.run(); !done)
            return fail(done.error());
    }
    return tracks;
}

} // namespace segue::library
