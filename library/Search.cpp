// Full text search over tracks, albums and artists. Called with a connection of the caller's
// thread. What few rows match is ranked by bm25; ranking what half of the library matches would
// cost more than a keystroke may, so there the first candidates do, after those whose name begins
// with the words, which an index knows. In both the very name comes first.

#include "library/Search.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "library/Browser.h"
#include "library/Text.h"

namespace segue::library {

namespace {

constexpr std::size_t kMaxWords = 12;
constexpr std::size_t kMaxWordBytes = 100;
// More matches than this are not ranked by bm25, which looks at each of them.
constexpr int kRanked = 300;
constexpr int kMostAnswers = 100;

bool isWordByte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// One kind of answer: its full text and the index of its names.
struct Kind {
    const char* search;  ///< FTS table
    const char* table;   ///< its rows
    const char* shown;   ///< condition on `x`
    const char* weights; ///< of the columns, for bm25
    const char* name;    ///< the column that the very name is in
    const char* byName;  ///< SELECT of ids whose key is in ?1 .. ?2, LIMIT ?3
};

constexpr Kind kTracks{"track_search",
                       "track",
                       "x.shown = 1",
                       "10.0, 6.0, 3.0, 2.0",
                       "title_key",
                       "SELECT id FROM track INDEXED BY track_by_title WHERE shown = 1 AND "
                       "title_key >= ?1 AND title_key < ?2 ORDER BY title_key LIMIT ?3"};
constexpr Kind kAlbums{"album_search",
                       "album",
                       "x.tracks > 0",
                       "10.0, 4.0",
                       "title_key",
                       "SELECT id FROM album INDEXED BY album_by_title WHERE tracks > 0 AND "
                       "title_key >= ?1 AND title_key < ?2 ORDER BY title_key LIMIT ?3"};
// Album artists are the names that people look for; others are found by their words.
constexpr Kind kArtists{"artist_search",
                        "artist",
                        "EXISTS (SELECT 1 FROM artist_role r WHERE r.artist_id = x.id AND r.tracks "
                        "+ r.albums > 0)",
                        "10.0, 5.0",
                        "sort_key",
                        "SELECT artist_id FROM artist_role INDEXED BY artist_role_in_order WHERE "
                        "role = 1 AND tracks + albums > 0 AND sort_key >= ?1 AND sort_key < ?2 "
                        "ORDER BY sort_key LIMIT ?3"};

using Ids = std::vector<std::int64_t>;

/// Ids of matches; by bm25 or as they come.
Result<Ids> matches(Connection& connection, const Kind& kind, const std::string& expression,
                    bool ranked, int limit) {
    std::string sql = std::string("SELECT s.rowid FROM ") + kind.search + " s CROSS JOIN " +
                      kind.table + " x ON x.id = s.rowid WHERE " + kind.search + " MATCH ?1 AND " +
                      kind.shown;
    if (ranked)
        sql += std::string(" ORDER BY bm25(") + kind.search + ", " + kind.weights + "), s.rowid";
    Statement select = connection.prepare(sql + " LIMIT ?2");
    select.bindText(1, expression).bindInt(2, limit);
    return idsOf(select);
}

Result<Ids> startingWith(Connection& connection, const Kind& kind, const std::string& key,
                         int limit) {
    if (key.empty())
        return Ids{};
    Statement select = connection.prepare(kind.byName);
    // No valid text has 0xFF, so this is after all that begins with the key.
    select.bindBlob(1, key).bindBlob(2, key + "\xFF").bindInt(3, limit);
    return idsOf(select);
}

/// How well a name fits, less is better: the very name, its beginning, something else.
Result<int> tierOf(Connection& connection, const Kind& kind, std::int64_t id,
                   const std::string& key) {
    Statement select = connection.prepare(std::string("SELECT ") + kind.name + " FROM " +
                                          kind.table + " WHERE id = ?1");
    const auto row = select.bindInt(1, id).step();
    if (!row)
        return fail(row.error());
    const std::string name = *row ? select.blobAt(0) : std::string();
    return name == key ? 0 : name.starts_with(key) ? 1 : 2;
}

Result<Ids> find(Connection& connection, const Kind& kind, const std::string& expression,
                 const std::string& key, int limit) {
    Ids candidates;
    bool few = false;
    if (!expression.empty()) {
        auto first = matches(connection, kind, expression, false, kRanked);
        if (!first)
            return first;
        candidates = std::move(*first);
        few = static_cast<int>(candidates.size()) < kRanked;
    }
    if (few) {
        auto ranked = matches(connection, kind, expression, true, kRanked);
        if (!ranked)
            return ranked;
        candidates = std::move(*ranked);
    } else {
        auto named = startingWith(connection, kind, key, limit);
        if (!named)
            return named;
        named->insert(named->end(), candidates.begin(), candidates.end());
        candidates = std::move(*named);
    }
    std::vector<std::pair<int, std::int64_t>> order;
    std::set<std::int64_t> seen;
    for (const std::int64_t id : candidates) {
        if (!seen.insert(id).second)
            continue;
        const auto tier = tierOf(connection, kind, id, key);
        if (!tier)
            return fail(tier.error());
        order.emplace_back(*tier, id);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Ids best;
    for (const auto& [tier, id] : order)
        if (static_cast<int>(best.size()) < limit)
            best.push_back(id);
    return best;
}

} // namespace

std::string matchExpression(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool open = false; // the text ends within a word
    const auto end = [&] {
        if (!word.empty() && words.size() < kMaxWords)
            words.push_back(std::move(word));
        word.clear();
    };
    const std::string clean = cleanTag(text);
    for (const char c : clean) {
        open = isWordByte(c);
        if (!open)
            end();
        else if (word.size() < kMaxWordBytes)
            word.push_back(c);
    }
    open = open && !text.ends_with(' ');
    end();
    // One letter begins a large part of all words. Alone it is looked up among the names; after
    // other words it says next to nothing.
    const auto isLetter = [](const std::string& w) {
        return w.size() == 1 && !(w[0] >= '0' && w[0] <= '9');
    };
    if (open && !words.empty() && isLetter(words.back()))
        words.pop_back();
    std::string expression;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool beginning = open && i + 1 == words.size() && words[i].size() > 1;
        expression += (i > 0 ? " \"" : "\"") + words[i] + (beginning ? "\"*" : "\"");
    }
    return expression;
}

Result<SearchAnswer> searchCatalog(Connection& connection, const RootSet& roots,
                                   std::string_view text, int limit) {
    if (limit < 1 || limit > kMostAnswers)
        return fail(ErrorCode::InvalidArgument, "limit " + std::to_string(limit) +
                                                    " is not in 1 .. " +
                                                    std::to_string(kMostAnswers));
    const std::string expression = matchExpression(text);
    const std::string clean = cleanTag(text);
    SearchAnswer answer;
    const auto tracks = find(connection, kTracks, expression, orderKey(clean), limit);
    if (!tracks)
        return fail(tracks.error());
    auto rows = loadTracks(connection, roots, *tracks);
    if (!rows)
        return fail(rows.error());
    answer.tracks = std::move(*rows);
    const std::string key = orderKey(clean, Article::Skip);
    const auto albums = find(connection, kAlbums, expression, key, limit);
    if (!albums)
        return fail(albums.error());
    for (const AlbumId id : *albums) {
        auto album = loadAlbum(connection, id);
        if (!album)
            return fail(album.error());
        answer.albums.push_back(std::move(*album));
    }
    const auto artists = find(connection, kArtists, expression, key, limit);
    if (!artists)
        return fail(artists.error());
    for (const ArtistId id : *artists) {
        auto artist = loadArtist(connection, id);
        if (!artist)
            return fail(artist.error());
        answer.artists.push_back(std::move(*artist));
    }
    return answer;
}

} // namespace segue::library
