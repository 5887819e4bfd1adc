// Pages of listings: runs what ListingSql makes, and chooses how a filter is met. Called with a
// connection of the caller's thread. Texts are always bound.

#include "library/Browser.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "library/Cursor.h"
#include "library/ListingSql.h"
#include "library/Shuffle.h"

namespace segue::library {

namespace {

constexpr int kMostRows = 1000;
// A list in random order looks at this many ids for a page before it gives what it has: only a
// library of little but missing tracks gets there.
constexpr std::int64_t kMostTries = 2'000'000;

std::string number(std::int64_t value) {
    return std::to_string(value);
}

/// One call: which page of which listing.
struct Call {
    Connection& connection;
    const Paging& paging;
    std::string listing; ///< its name, for cursors
    std::string text;    ///< ?3
    BrowseLimits limits{};
    std::optional<Cursor> cursor{};

    /// Prepared, with the text where it has a place for it.
    Statement prepare(const std::string& sql) const {
        Statement statement = connection.prepare(sql);
        if (sql.find("?3") != std::string::npos)
            statement.bindText(3, text);
        return statement;
    }

    After after() const { return cursor ? After::Yes : After::No; }

    Result<std::int64_t> number(const std::string& sql) const {
        Statement select = prepare(sql);
        const auto row = select.step();
        if (!row)
            return fail(row.error());
        return *row ? select.intAt(0) : 0;
    }

    /// How many rows there are, where that is asked for.
    Result<std::optional<std::int64_t>> matching(const std::string& sql) const {
        if (!paging.count || cursor)
            return std::nullopt;
        const auto count = number(sql);
        if (!count)
            return fail(count.error());
        return *count;
    }
};

/// The filter that the fewest rows pass, when they are few; null: none.
Result<const Filter*> fewest(const Call& call, const std::vector<Filter>& filters) {
    const Filter* best = nullptr;
    std::int64_t fewest = std::int64_t{call.limits.few} + 1;
    for (const Filter& filter : filters) {
        if (filter.ids.empty())
            continue;
        const auto count = call.number("SELECT count(*) FROM (" + filter.ids + " LIMIT " +
                                       number(std::int64_t{call.limits.few} + 1) + ")");
        if (!count)
            return fail(count.error());
        if (*count < fewest) {
            fewest = *count;
            best = &filter;
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

/// A page whose SQL was made by pageSql() or looks like it.
template <typename T, typename Read>
Result<Page<T>> fetch(const Call& call, const std::string& sql, KeyKind kind, int keyColumn,
                      const Read& read) {
    Page<T> page;
    Statement rows = call.prepare(sql);
    if (call.cursor) {
        if (sql.find("?1") != std::string::npos) // not where rows come by id alone
            bindValue(rows, 1, call.cursor->value, kind == KeyKind::Blob);
        rows.bindInt(2, call.cursor->id);
    }
    rows.bindInt(5, call.paging.skip);
    rows.bindInt(4, std::int64_t{call.paging.limit} + 1);
    Cursor last;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return page;
        if (static_cast<int>(page.items.size()) == call.paging.limit) {
            page.next = encodeCursor(last, call.listing);
            return page;
        }
        last = {valueAt(rows, keyColumn, kind), rows.intAt(0)};
        page.items.push_back(read(rows));
    }
}

/// A page in the order of an index. What few rows pass is looked up. What many pass is met soon on
/// a walk through the index, unless it lies together elsewhere in it, as an artist's tracks do in
/// the order of artists: so the walk goes so far only, and what it does not find is looked up after
/// all.
template <typename T, typename Read>
Result<Page<T>> orderedPage(const Call& call, const Source& source, const Order& order,
                            Direction direction, const std::vector<Filter>& filters, int keyColumn,
                            const Read& read) {
    const auto few = fewest(call, filters);
    if (!few)
        return fail(few.error());
    const Filter* by = *few;
    if (const auto any = std::find_if(filters.begin(), filters.end(),
                                      [](const Filter& filter) { return !filter.ids.empty(); });
        !by && any != filters.end())
        by = &*any;
    const auto matching = call.matching(countSql(source, filters, by));
    if (!matching)
        return fail(matching.error());
    const auto pageBy = [&](const Filter* filter) {
        const std::string sql = pageSql(source, order, direction, call.after(), filters, filter);
        auto page = fetch<T>(call, sql, order.kind, keyColumn, read);
        if (page)
            page->matching = *matching;
        return page;
    };
    // Far into a large list all on the way has to be met, however long that takes.
    if (*few || !by || call.paging.skip > 0)
        return pageBy(*few);
    auto page = [&] {
        const StepLimit limit(call.connection, call.limits.steps);
        return pageBy(nullptr);
    }();
    return page || page.error().code != ErrorCode::Cancelled ? page : pageBy(by);
}

Result<Call> callOf(Connection& connection, const Paging& paging, std::string listing,
                    const std::string& text, const BrowseLimits& limits) {
    if (auto valid = checkLimit(paging.limit); !valid)
        return fail(valid.error());
    if (paging.skip < 0)
        return fail(ErrorCode::InvalidArgument, "skip " + number(paging.skip) + " is negative");
    Call call{connection, paging, std::move(listing), text, limits};
    if (paging.cursor.empty())
        return call;
    auto cursor = decodeCursor(paging.cursor, call.listing);
    if (!cursor)
        return fail(cursor.error());
    call.cursor = std::move(*cursor);
    return call;
}

std::string nameOf(const char* what, int sort, Direction direction,
                   const std::vector<Filter>& filters, std::uint64_t seed,
                   const std::string& text) {
    std::string name = std::string(what) + number(sort) + (direction == Direction::Up ? "u" : "d") +
                       std::to_string(seed) + text;
    for (const Filter& filter : filters)
        name += ";" + filter.condition;
    return name;
}

constexpr int kTrackColumns = 25;
constexpr int kAlbumColumns = 13;

/// All of it that few rows pass: looked up, and sorted by a hash.
template <typename T, typename Read>
Result<Page<T>> shuffleFew(const Call& call, const Source& source,
                           const std::vector<Filter>& filters, const Filter* by, std::uint64_t seed,
                           const Read& read) {
    const auto& cursor = call.cursor;
    Statement select = call.prepare(idsSql(source, filters, by));
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
    Statement row = call.connection.prepare("SELECT " + source.columns + " FROM " + source.table +
                                            " WHERE " + source.id + " = ?1");
    for (; at != order.end(); ++at) {
        if (static_cast<int>(page.items.size()) == call.paging.limit) {
            page.next = encodeCursor({std::prev(at)->first, std::prev(at)->second}, call.listing);
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
Result<Page<T>> shuffleAll(const Call& call, const Source& source,
                           const std::vector<Filter>& filters, std::uint64_t seed,
                           const Read& read) {
    const auto newest =
        call.number("SELECT coalesce(max(" + source.id + "), 0) FROM " + source.table);
    if (!newest)
        return fail(newest.error());
    const auto& cursor = call.cursor;
    const auto* place = cursor ? std::get_if<std::int64_t>(&cursor->value) : nullptr;
    const std::int64_t most = cursor ? std::clamp<std::int64_t>(cursor->id, 0, *newest) : *newest;
    const Shuffle shuffle(seed, most);
    const std::string sql = rowSql(source, filters);
    Statement row = call.prepare(sql);
    Page<T> page;
    const std::int64_t first = place ? std::max<std::int64_t>(*place, 0) : 0;
    for (std::int64_t at = first; at < shuffle.size(); ++at) {
        if (static_cast<int>(page.items.size()) == call.paging.limit || at - first > kMostTries) {
            page.next = encodeCursor({at, most}, call.listing);
            return page;
        }
        const std::int64_t id = shuffle.at(at);
        if (id == 0)
            continue;
        const auto found = row.bindInt(1, id).step();
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
Result<Page<T>> shuffledPage(const Call& call, const Source& source,
                             const std::vector<Filter>& filters, std::uint64_t seed,
                             const Read& read) {
    if (call.paging.skip > 0)
        return fail(ErrorCode::InvalidArgument, "skip: not in random order");
    const auto few = fewest(call, filters);
    if (!few)
        return fail(few.error());
    return *few ? shuffleFew<T>(call, source, filters, *few, seed, read)
                : shuffleAll<T>(call, source, filters, seed, read);
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

Artist artistOf(const Statement& row) {
    return {row.intAt(0), row.textAt(1), row.textAt(2), row.textAt(3), row.intAt(4), row.intAt(5)};
}

} // namespace

Result<Page<Track>> browseTracks(Connection& connection, const RootSet& roots,
                                 const TrackListing& listing, const BrowseLimits& limits) {
    const auto filters = filtersOf(listing);
    auto call = callOf(connection, listing.page,
                       nameOf("t", static_cast<int>(listing.sort), listing.direction, filters,
                              listing.seed, listing.codec),
                       listing.codec, limits);
    if (!call)
        return fail(call.error());
    const auto read = [&](const Statement& row) { return trackOfRow(row, roots); };
    if (listing.sort == TrackSort::Random)
        return shuffledPage<Track>(*call, tracksSource(), filters, listing.seed, read);
    if (listing.sort != TrackSort::Plays && listing.sort != TrackSort::LastPlayed)
        return orderedPage<Track>(*call, tracksSource(), orderOf(listing.sort), listing.direction,
                                  filters, kTrackColumns, read);
    const auto matching = call->matching(playedCountSql(listing, filters));
    if (!matching)
        return fail(matching.error());
    auto page = fetch<Track>(*call, playedSql(listing, filters, call->after()), KeyKind::Int,
                             kTrackColumns, read);
    if (page)
        page->matching = *matching;
    return page;
}

Result<Page<Album>> browseAlbums(Connection& connection, const AlbumListing& listing,
                                 const BrowseLimits& limits) {
    const auto filters = filtersOf(listing);
    auto call = callOf(
        connection, listing.page,
        nameOf("a", static_cast<int>(listing.sort), listing.direction, filters, listing.seed, ""),
        "", limits);
    if (!call)
        return fail(call.error());
    auto page = listing.sort == AlbumSort::Random
                    ? shuffledPage<Album>(*call, albumsSource(), filters, listing.seed, albumOf)
                    : orderedPage<Album>(*call, albumsSource(), orderOf(listing.sort),
                                         listing.direction, filters, kAlbumColumns, albumOf);
    if (!page)
        return page;
    for (Album& album : page->items)
        if (auto done = addArtists(connection, album); !done)
            return fail(done.error());
    return page;
}

Result<Page<Artist>> browseArtists(Connection& connection, const ArtistListing& listing) {
    const int role = static_cast<int>(listing.role);
    auto call =
        callOf(connection, listing.page,
               nameOf("r", static_cast<int>(listing.sort), listing.direction, {}, 0, number(role)),
               "", {});
    if (!call)
        return fail(call.error());
    const auto matching = call->matching(artistCountSql(role));
    if (!matching)
        return fail(matching.error());
    constexpr int kKeyColumn = 6;
    auto page =
        fetch<Artist>(*call, artistPageSql(role, listing.sort, listing.direction, call->after()),
                      artistOrderOf(listing.sort).kind, kKeyColumn, artistOf);
    if (page)
        page->matching = *matching;
    return page;
}

Result<Page<Genre>> browseGenres(Connection& connection, const GenreListing& listing) {
    auto call =
        callOf(connection, listing.page,
               nameOf("g", static_cast<int>(listing.sort), listing.direction, {}, 0, ""), "", {});
    if (!call)
        return fail(call.error());
    constexpr int kKeyColumn = 4;
    return orderedPage<Genre>(
        *call, genresSource(), genreOrderOf(listing.sort), listing.direction, {}, kKeyColumn,
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
