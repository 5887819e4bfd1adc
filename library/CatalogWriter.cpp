// Artists, albums and genres as the tracks make them. Called inside a write transaction, on its
// thread. What always holds after settle(): an album's row is what its tracks say, whatever the
// order in which they came; the counts are those of tracks that are shown; and nobody is deleted,
// so that an id never means somebody else.

#include "library/CatalogWriter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include "library/Text.h"

namespace segue::library {

namespace {

bool isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// The length of "cd 1", "disc-02" and the like at the beginning of `text`; 0: none.
std::size_t discMark(std::string_view text) {
    for (const std::string_view word : {"cd", "disc", "disk", "disque"}) {
        if (!text.starts_with(word))
            continue;
        std::size_t at = word.size();
        while (at < text.size() && (text[at] == ' ' || text[at] == '-' || text[at] == '_' ||
                                    text[at] == '.' || text[at] == '#'))
            ++at;
        const std::size_t digits = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9')
            ++at;
        if (at > digits && (at == text.size() || !isLetterOrDigit(text[at])))
            return at;
    }
    return 0;
}

std::string_view parentOf(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// The folder of an album of which the file at `path` is a part.
std::string_view albumFolder(std::string_view path) {
    const std::string_view folder = parentOf(path);
    const std::string_view parent = parentOf(folder);
    std::string name(folder.substr(std::min(parent.size() + 1, folder.size())));
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (discMark(name) > 0)
        return parent;
    for (std::size_t at = 1; at < name.size(); ++at) {
        if (isLetterOrDigit(name[at - 1]))
            continue;
        const std::string_view rest = std::string_view(name).substr(at);
        const std::size_t length = discMark(rest);
        const bool ends =
            length > 0 && (length == rest.size() || (length + 1 == rest.size() &&
                                                     (rest.back() == ')' || rest.back() == ']')));
        if (!ends)
            continue;
        while (at > 0 && !isLetterOrDigit(name[at - 1]))
            --at;
        return at > 0 ? folder.substr(0, parent.size() + 1 + at) : folder;
    }
    return folder;
}

bool isVarious(std::string_view identity) {
    static constexpr std::array<std::string_view, 5> kNames{"various artists", "various", "va",
                                                            "v.a.", "verschiedene interpreten"};
    return std::find(kNames.begin(), kNames.end(), identity) != kNames.end();
}

/// All first columns, as ids.
Result<std::vector<std::int64_t>> firstColumn(Statement& rows) {
    std::vector<std::int64_t> all;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return all;
        all.push_back(rows.intAt(0));
    }
}

/// What the tracks of an album say together.
struct Derived {
    std::int64_t tracks = 0, durationMs = 0, addedMs = 0;
    std::string title, titleSort, artist, artistSort, release, group, releaseDate, originalDate;
    std::vector<ArtistId> artists;
    int year = 0, discTotal = 0;
    bool compilation = false;
    TrackId first = 0;    ///< whose texts were taken
    bool tagged = false;  ///< by an album artist
    bool several = false; ///< lead artists
    ArtistId lead = 0;
};

constexpr const char* kAlbumTracks =
    "SELECT t.id, t.shown, t.duration_s, t.added_ms, t.album, t.album_sort, t.album_artist, "
    "t.mb_release, t.mb_release_group, t.release_date, t.original_date, t.year, t.disc_number, "
    "t.disc_total, t.compilation, coalesce(a.artist_id, 0) FROM track t LEFT JOIN track_artist a "
    "ON a.track_id = t.id AND a.role = 0 AND a.position = 0 WHERE t.album_id = ?1 AND t.shown = "
    "?2";

int yearIn(const std::string& date) {
    return date.size() < 4 ? 0 : std::stoi(date.substr(0, 4));
}

void takeTrack(Derived& album, const Statement& row) {
    const TrackId id = row.intAt(0);
    if (row.intAt(1) != 0) {
        ++album.tracks;
        album.durationMs += std::llround(row.realAt(2) * 1000);
    }
    const std::int64_t added = row.intAt(3);
    const ArtistId lead = row.intAt(15);
    const bool any = album.first != 0;
    album.addedMs = any ? std::min(album.addedMs, added) : added;
    album.several = album.several || (any && lead != album.lead);
    album.lead = any ? album.lead : lead;
    album.compilation = album.compilation || row.intAt(14) != 0;
    album.discTotal = std::max(
        {album.discTotal, static_cast<int>(row.intAt(12)), static_cast<int>(row.intAt(13))});
    const std::string originalDate = row.textAt(10);
    const int year = originalDate.empty() ? static_cast<int>(row.intAt(11)) : yearIn(originalDate);
    if (year != 0 && (album.year == 0 || year < album.year))
        album.year = year;
    if (any && id > album.first)
        return;
    album.first = id; // texts come from the oldest track
    album.title = row.textAt(4);
    album.titleSort = row.textAt(5);
    album.artist = row.textAt(6);
    album.release = row.textAt(7);
    album.group = row.textAt(8);
    album.releaseDate = row.textAt(9);
    album.originalDate = originalDate;
    album.tagged = !album.artist.empty();
}

/// Tracks that are shown; when there is none, all.
Result<Derived> tracksOf(Connection& connection, AlbumId album) {
    Derived derived;
    for (const int shown : {1, 0}) {
        Statement rows = connection.prepare(kAlbumTracks);
        rows.bindInt(1, album).bindInt(2, shown);
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                break;
            takeTrack(derived, rows);
        }
        if (derived.first != 0)
            break;
    }
    return derived;
}

struct NamedArtist {
    ArtistId id = 0;
    std::string name, sortName;
};

Result<NamedArtist> loadArtist(Connection& connection, ArtistId id) {
    Statement select = connection.prepare("SELECT name, sort_name FROM artist WHERE id = ?1");
    const auto row = select.bindInt(1, id).step();
    if (!row)
        return fail(row.error());
    return *row ? NamedArtist{id, select.textAt(0), select.textAt(1)} : NamedArtist{};
}

std::string artistKeyOf(const NamedArtist& artist) {
    return orderKey(artist.sortName.empty() ? artist.name : artist.sortName, Article::Skip);
}

/// Rows of the full text go by the texts that they were made of, which are those of the table now.
Result<void> runOn(Connection& connection, const char* sql, std::int64_t id) {
    return connection.prepare(sql).bindInt(1, id).run();
}

constexpr const char* kForgetTrackText =
    "INSERT INTO track_search (track_search, rowid, title, artist, album, album_artist) SELECT "
    "'delete', id, title, artist, album, album_artist FROM track WHERE id = ?1";
constexpr const char* kAddTrackText =
    "INSERT INTO track_search (rowid, title, artist, album, album_artist) SELECT id, title, "
    "artist, album, album_artist FROM track WHERE id = ?1";
// An album without a title has not been settled yet, and no text.
constexpr const char* kForgetAlbumText =
    "INSERT INTO album_search (album_search, rowid, title, artist) SELECT 'delete', id, title, "
    "artist FROM album WHERE id = ?1 AND title <> ''";
constexpr const char* kAddAlbumText = "INSERT INTO album_search (rowid, title, artist) SELECT id, "
                                      "title, artist FROM album WHERE id = ?1 AND title <> ''";
constexpr const char* kForgetArtistText =
    "INSERT INTO artist_search (artist_search, rowid, name, sort_name) SELECT 'delete', id, name, "
    "sort_name FROM artist WHERE id = ?1";
constexpr const char* kAddArtistText = "INSERT INTO artist_search (rowid, name, sort_name) SELECT "
                                       "id, name, sort_name FROM artist WHERE id = ?1";

} // namespace

std::string albumIdentity(const Tags& tags, std::string_view path) {
    const std::string title = identityOf(tags.album);
    if (title.empty())
        return {};
    if (!tags.musicBrainz.release.empty())
        return "m:" + tags.musicBrainz.release;
    std::string identity = "a:";
    for (const Credit& credit : tags.credits)
        if (credit.role == ArtistRole::AlbumArtist)
            identity += identityOf(credit.name) + '\x1F';
    identity += '\0' + title + '\0';
    identity += albumFolder(path);
    return identity;
}

Result<AlbumId> CatalogWriter::albumOf(const Tags& tags, const std::string& path) {
    const std::string identity = albumIdentity(tags, path);
    if (identity.empty())
        return 0;
    if (const auto known = albums_.find(identity); known != albums_.end())
        return known->second;
    Statement select = connection_.prepare("SELECT id FROM album WHERE identity = ?1");
    const auto row = select.bindBlob(1, identity).step();
    if (!row)
        return fail(row.error());
    AlbumId id = *row ? select.intAt(0) : 0;
    if (id == 0) {
        // settle() fills in the rest.
        auto done = connection_
                        .prepare("INSERT INTO album (identity, title, artist, title_key, "
                                 "artist_key, mbid, group_mbid, compilation, year, release_date, "
                                 "original_date, disc_total, added_ms, tracks, duration_ms) VALUES "
                                 "(?1, '', '', x'', x'', '', '', 0, 0, '', '', 0, 0, 0, 0)")
                        .bindBlob(1, identity)
                        .run();
        if (!done)
            return fail(done.error());
        id = connection_.lastInsertId();
        created_.insert(id);
    }
    albums_.emplace(identity, id);
    return id;
}

Result<ArtistId> CatalogWriter::artistOf(const Credit& credit) {
    std::string identity = identityOf(credit.name);
    const bool various = isVarious(identity);
    if (various)
        identity = identityOf(kVariousArtists);
    if (const auto known = artists_.find(identity); known != artists_.end())
        return known->second;
    Statement select =
        connection_.prepare("SELECT id, sort_name, mbid FROM artist WHERE identity = ?1");
    const auto row = select.bindText(1, identity).step();
    if (!row)
        return fail(row.error());
    const std::string name = various ? kVariousArtists : credit.name;
    ArtistId id = 0;
    if (!*row) {
        auto done = connection_
                        .prepare("INSERT INTO artist (identity, name, sort_name, mbid, sort_key) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5)")
                        .bindText(1, identity)
                        .bindText(2, name)
                        .bindText(3, credit.sortName)
                        .bindText(4, credit.mbid)
                        .bindBlob(5, artistKeyOf({0, name, credit.sortName}))
                        .run();
        if (!done)
            return fail(done.error());
        id = connection_.lastInsertId();
        if (auto added = runOn(connection_, kAddArtistText, id); !added)
            return fail(added.error());
    } else {
        id = select.intAt(0);
        // What one file leaves out another one tells.
        const bool sorts = select.textAt(1).empty() && !credit.sortName.empty();
        const bool names = select.textAt(2).empty() && !credit.mbid.empty();
        if (sorts || names) {
            const std::string sortName = sorts ? credit.sortName : select.textAt(1);
            const std::string key = artistKeyOf({0, name, sortName});
            auto done = runOn(connection_, kForgetArtistText, id);
            if (done)
                done = connection_
                           .prepare("UPDATE artist SET sort_name = ?2, mbid = ?3, sort_key = ?4 "
                                    "WHERE id = ?1")
                           .bindInt(1, id)
                           .bindText(2, sortName)
                           .bindText(3, names ? credit.mbid : select.textAt(2))
                           .bindBlob(4, key)
                           .run();
            if (done)
                done = runOn(connection_, kAddArtistText, id);
            if (done)
                done =
                    connection_.prepare("UPDATE artist_role SET sort_key = ?2 WHERE artist_id = ?1")
                        .bindInt(1, id)
                        .bindBlob(2, key)
                        .run();
            if (!done)
                return fail(done.error());
        }
    }
    artists_.emplace(identity, id);
    return id;
}

Result<ArtistId> CatalogWriter::variousArtists() {
    return artistOf({ArtistRole::AlbumArtist, kVariousArtists, "", ""});
}

Result<GenreId> CatalogWriter::genreOf(const std::string& name) {
    const std::string identity = identityOf(name);
    if (const auto known = genres_.find(identity); known != genres_.end())
        return known->second;
    auto added = connection_
                     .prepare("INSERT OR IGNORE INTO genre (identity, name, sort_key) VALUES "
                              "(?1, ?2, ?3)")
                     .bindText(1, identity)
                     .bindText(2, name)
                     .bindBlob(3, orderKey(name))
                     .run();
    if (!added)
        return fail(added.error());
    Statement select = connection_.prepare("SELECT id FROM genre WHERE identity = ?1");
    const auto row = select.bindText(1, identity).step();
    if (!row)
        return fail(row.error());
    const GenreId id = select.intAt(0);
    genres_.emplace(identity, id);
    return id;
}

Result<void> CatalogWriter::countLinks(TrackId track, std::int64_t by) {
    {
        Statement rows =
            connection_.prepare("SELECT artist_id, role FROM track_artist WHERE track_id = ?1");
        rows.bindInt(1, track);
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                break;
            roleCounts_[{rows.intAt(0), static_cast<int>(rows.intAt(1))}].tracks += by;
        }
    }
    Statement rows = connection_.prepare("SELECT genre_id FROM track_genre WHERE track_id = ?1");
    rows.bindInt(1, track);
    const auto genres = firstColumn(rows);
    if (!genres)
        return fail(genres.error());
    for (const GenreId genre : *genres)
        genreCounts_[genre].tracks += by;
    return {};
}

Result<void> CatalogWriter::unlink(TrackId track) {
    {
        Statement select =
            connection_.prepare("SELECT shown, coalesce(album_id, 0) FROM track WHERE id = ?1");
        const auto row = select.bindInt(1, track).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return {};
        const AlbumId album = select.intAt(1);
        if (album != 0) {
            touched_.insert(album);
            unlinked_[track] = album;
        }
        if (select.intAt(0) != 0)
            if (auto done = countLinks(track, -1); !done)
                return done;
    }
    for (const char* sql : {"DELETE FROM track_artist WHERE track_id = ?1",
                            "DELETE FROM track_genre WHERE track_id = ?1", kForgetTrackText})
        if (auto done = runOn(connection_, sql, track); !done)
            return done;
    return {};
}

Result<void> CatalogWriter::link(TrackId track, AlbumId album, const Tags& tags) {
    if (album != 0)
        touched_.insert(album);
    if (const auto before = unlinked_.find(track); before != unlinked_.end()) {
        if (album != 0 && before->second != album)
            moves_[before->second].insert(album);
        unlinked_.erase(before);
    }
    if (auto done = runOn(connection_, kAddTrackText, track); !done)
        return done;
    std::array<int, kNumArtistRoles> positions{};
    std::set<RoleKey> linked; // "Various" and "VA" are one artist
    for (const Credit& credit : tags.credits) {
        const int role = static_cast<int>(credit.role);
        const auto artist = artistOf(credit);
        if (!artist)
            return fail(artist.error());
        if (!linked.insert({*artist, role}).second)
            continue;
        auto done = connection_
                        .prepare("INSERT INTO track_artist (track_id, role, position, artist_id) "
                                 "VALUES (?1, ?2, ?3, ?4)")
                        .bindInt(1, track)
                        .bindInt(2, role)
                        .bindInt(3, positions[static_cast<std::size_t>(role)]++)
                        .bindInt(4, *artist)
                        .run();
        if (!done)
            return done;
        ++roleCounts_[{*artist, role}].tracks;
    }
    for (const std::string& name : tags.genres) {
        const auto genre = genreOf(name);
        if (!genre)
            return fail(genre.error());
        auto done =
            connection_.prepare("INSERT INTO track_genre (track_id, genre_id) VALUES (?1, ?2)")
                .bindInt(1, track)
                .bindInt(2, *genre)
                .run();
        if (!done)
            return done;
        ++genreCounts_[*genre].tracks;
    }
    return {};
}

Result<void> CatalogWriter::show(TrackId track, bool shown) {
    Statement select =
        connection_.prepare("SELECT shown, coalesce(album_id, 0) FROM track WHERE id = ?1");
    const auto row = select.bindInt(1, track).step();
    if (!row)
        return fail(row.error());
    if (!*row || (select.intAt(0) != 0) == shown)
        return {};
    if (const AlbumId album = select.intAt(1); album != 0)
        touched_.insert(album);
    if (auto done = countLinks(track, shown ? 1 : -1); !done)
        return done;
    return connection_.prepare("UPDATE track SET shown = ?2 WHERE id = ?1")
        .bindInt(1, track)
        .bindInt(2, shown ? 1 : 0)
        .run();
}

Result<void> CatalogWriter::settleAlbumArtists(AlbumId album, const std::vector<ArtistId>& artists,
                                               bool wasShown, bool isShown) {
    Statement select = connection_.prepare(
        "SELECT artist_id FROM album_artist WHERE album_id = ?1 ORDER BY position");
    select.bindInt(1, album);
    const auto before = firstColumn(select);
    if (!before)
        return fail(before.error());
    const int role = static_cast<int>(ArtistRole::AlbumArtist);
    if (wasShown)
        for (const ArtistId artist : *before)
            --roleCounts_[{artist, role}].albums;
    if (isShown)
        for (const ArtistId artist : artists)
            ++roleCounts_[{artist, role}].albums;
    if (*before == artists)
        return {};
    if (auto done = connection_.prepare("DELETE FROM album_artist WHERE album_id = ?1")
                        .bindInt(1, album)
                        .run();
        !done)
        return done;
    std::int64_t position = 0;
    for (const ArtistId artist : artists) {
        auto done = connection_
                        .prepare("INSERT INTO album_artist (album_id, position, artist_id) "
                                 "VALUES (?1, ?2, ?3)")
                        .bindInt(1, album)
                        .bindInt(2, position++)
                        .bindInt(3, artist)
                        .run();
        if (!done)
            return done;
    }
    return {};
}

Result<void> CatalogWriter::settleAlbumGenres(AlbumId album, bool wasShown, bool isShown) {
    const auto idsOf = [&](const char* sql) {
        Statement select = connection_.prepare(sql);
        select.bindInt(1, album);
        return firstColumn(select);
    };
    const auto before =
        idsOf("SELECT genre_id FROM album_genre WHERE album_id = ?1 ORDER BY genre_id");
    auto after = idsOf("SELECT DISTINCT g.genre_id FROM track t JOIN track_genre g ON g.track_id = "
                       "t.id WHERE t.album_id = ?1 AND t.shown = 1");
    for (const auto* ids : {&before, static_cast<decltype(&before)>(&after)})
        if (!*ids)
            return fail(ids->error());
    std::sort(after->begin(), after->end());
    if (wasShown)
        for (const GenreId genre : *before)
            --genreCounts_[genre].albums;
    if (isShown)
        for (const GenreId genre : *after)
            ++genreCounts_[genre].albums;
    if (*before == *after)
        return {};
    if (auto done = connection_.prepare("DELETE FROM album_genre WHERE album_id = ?1")
                        .bindInt(1, album)
                        .run();
        !done)
        return done;
    for (const GenreId genre : *after) {
        auto done =
            connection_.prepare("INSERT INTO album_genre (album_id, genre_id) VALUES (?1, ?2)")
                .bindInt(1, album)
                .bindInt(2, genre)
                .run();
        if (!done)
            return done;
    }
    return {};
}

Result<void> CatalogWriter::settleAlbum(AlbumId album) {
    auto derived = tracksOf(connection_, album);
    if (!derived)
        return fail(derived.error());
    NamedArtist lead;
    if (derived->tagged) {
        Statement select =
            connection_.prepare("SELECT artist_id FROM track_artist WHERE track_id = ?1 AND "
                                "role = 1 ORDER BY position");
        select.bindInt(1, derived->first);
        auto artists = firstColumn(select);
        if (!artists)
            return fail(artists.error());
        derived->artists = std::move(*artists);
    } else if (derived->compilation || derived->several) {
        const auto various = variousArtists();
        if (!various)
            return fail(various.error());
        derived->artists = {*various};
        derived->compilation = true;
    } else if (derived->lead != 0) {
        derived->artists = {derived->lead};
    }
    if (!derived->artists.empty()) {
        auto named = loadArtist(connection_, derived->artists.front());
        if (!named)
            return fail(named.error());
        lead = std::move(*named);
        if (!derived->tagged)
            derived->artist = lead.name;
    }
    Statement before = connection_.prepare("SELECT tracks, title, artist FROM album WHERE id = ?1");
    const auto row = before.bindInt(1, album).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return {}; // followMoves() has removed it
    const bool was = before.intAt(0) > 0;
    const bool is = derived->tracks > 0;
    const bool renamed = before.textAt(1) != derived->title || before.textAt(2) != derived->artist;
    if (auto done = before.run(); !done)
        return done;
    if (auto done = settleAlbumArtists(album, derived->artists, was, is); !done)
        return done;
    if (auto done = settleAlbumGenres(album, was, is); !done)
        return done;
    if (derived->first == 0) // its row stays as it was, for its id's sake
        return connection_.prepare("UPDATE album SET tracks = 0, duration_ms = 0 WHERE id = ?1")
            .bindInt(1, album)
            .run();
    if (renamed)
        if (auto done = runOn(connection_, kForgetAlbumText, album); !done)
            return done;
    // Albums of one artist come by year.
    std::string artistKey = artistKeyOf(lead);
    if (artistKey.empty())
        artistKey = "\xFF"; // the unknown come last
    artistKey.push_back('\0');
    const std::string titleKey =
        orderKey(derived->titleSort.empty() ? derived->title : derived->titleSort, Article::Skip);
    std::string year = std::to_string(derived->year);
    artistKey += std::string(4 - std::min<std::size_t>(4, year.size()), '0') + year + titleKey;
    auto done =
        connection_
            .prepare("UPDATE album SET title = ?2, artist = ?3, title_key = ?4, artist_key = ?5, "
                     "mbid = ?6, group_mbid = ?7, compilation = ?8, year = ?9, release_date = ?10, "
                     "original_date = ?11, disc_total = ?12, added_ms = ?13, tracks = ?14, "
                     "duration_ms = ?15 WHERE id = ?1")
            .bindInt(1, album)
            .bindText(2, derived->title)
            .bindText(3, derived->artist)
            .bindBlob(4, titleKey)
            .bindBlob(5, artistKey)
            .bindText(6, derived->release)
            .bindText(7, derived->group)
            .bindInt(8, derived->compilation ? 1 : 0)
            .bindInt(9, derived->year)
            .bindText(10, derived->releaseDate)
            .bindText(11, derived->originalDate)
            .bindInt(12, derived->discTotal)
            .bindInt(13, derived->addedMs)
            .bindInt(14, derived->tracks)
            .bindInt(15, derived->durationMs)
            .run();
    return done && renamed ? runOn(connection_, kAddAlbumText, album) : done;
}

Result<void> CatalogWriter::settleCounts() {
    for (const auto& [key, count] : roleCounts_) {
        if (count.tracks == 0 && count.albums == 0)
            continue;
        auto done = connection_
                        .prepare("INSERT INTO artist_role (artist_id, role, sort_key, tracks, "
                                 "albums) VALUES (?1, ?2, (SELECT sort_key FROM artist WHERE id = "
                                 "?1), ?3, ?4) ON CONFLICT (artist_id, role) DO UPDATE SET "
                                 "tracks = tracks + excluded.tracks, albums = albums + "
                                 "excluded.albums")
                        .bindInt(1, key.first)
                        .bindInt(2, key.second)
                        .bindInt(3, count.tracks)
                        .bindInt(4, count.albums)
                        .run();
        if (!done)
            return done;
    }
    for (const auto& [genre, count] : genreCounts_) {
        if (count.tracks == 0 && count.albums == 0)
            continue;
        auto done = connection_
                        .prepare("UPDATE genre SET tracks = tracks + ?2, albums = albums + ?3 "
                                 "WHERE id = ?1")
                        .bindInt(1, genre)
                        .bindInt(2, count.tracks)
                        .bindInt(3, count.albums)
                        .run();
        if (!done)
            return done;
    }
    roleCounts_.clear();
    genreCounts_.clear();
    return {};
}

Result<void> CatalogWriter::settle() {
    for (const AlbumId album : touched_)
        if (auto done = settleAlbum(album); !done)
            return done;
    touched_.clear();
    return settleCounts();
}

Result<void> CatalogWriter::followMoves(const Moves& moves, const std::set<AlbumId>& created) {
    std::set<AlbumId> taken;
    for (const auto& [old, targets] : moves) {
        const AlbumId target = *targets.begin();
        if (targets.size() != 1 || !created.contains(target) || taken.contains(target))
            continue;
        Statement left = connection_.prepare("SELECT 1 FROM track WHERE album_id = ?1 LIMIT 1");
        const auto any = left.bindInt(1, old).step();
        if (!any)
            return fail(any.error());
        if (*any)
            continue;
        taken.insert(target);
        // The new album's tracks and identity become the old one's; its own links go with its row.
        if (auto done = settleAlbumArtists(target, {}, true, false); !done)
            return done;
        if (auto done = settleAlbumGenres(target, true, false); !done)
            return done;
        Statement identity = connection_.prepare("SELECT identity FROM album WHERE id = ?1");
        const auto row = identity.bindInt(1, target).step();
        if (!row)
            return fail(row.error());
        const std::string bytes = identity.blobAt(0);
        if (auto done = identity.run(); !done)
            return done;
        if (auto done = runOn(connection_, kForgetAlbumText, target); !done)
            return done;
        for (const char* sql : {"UPDATE track SET album_id = ?1 WHERE album_id = ?2",
                                "DELETE FROM album WHERE id = ?2 AND ?1 > 0",
                                "UPDATE album SET identity = ?3 WHERE id = ?1 AND ?2 > 0"}) {
            Statement change = connection_.prepare(sql);
            change.bindInt(1, old).bindInt(2, target);
            if (std::string_view(sql).find("?3") != std::string_view::npos)
                change.bindBlob(3, bytes);
            if (auto done = change.run(); !done)
                return done;
        }
        touched_.insert(old);
    }
    albums_.clear();
    return settle();
}

Result<void> recountCatalog(Connection& connection) {
    // The albums first: their counts go by them.
    static constexpr const char* kSql = R"sql(
UPDATE album SET tracks = (SELECT count(*) FROM track WHERE album_id = album.id AND shown = 1),
    duration_ms = (SELECT coalesce(sum(CAST(round(duration_s * 1000) AS INTEGER)), 0) FROM track
        WHERE album_id = album.id AND shown = 1);
DELETE FROM album_genre;
INSERT INTO album_genre SELECT DISTINCT t.album_id, g.genre_id FROM track_genre g
    JOIN track t ON t.id = g.track_id WHERE t.shown = 1 AND t.album_id IS NOT NULL;
UPDATE genre SET
    tracks = (SELECT count(*) FROM track_genre g JOIN track t ON t.id = g.track_id
        WHERE g.genre_id = genre.id AND t.shown = 1),
    albums = (SELECT count(*) FROM album_genre g WHERE g.genre_id = genre.id);
UPDATE artist_role SET
    tracks = (SELECT count(*) FROM track_artist a JOIN track t ON t.id = a.track_id
        WHERE a.artist_id = artist_role.artist_id AND a.role = artist_role.role AND t.shown = 1),
    albums = CASE role WHEN 1 THEN (SELECT count(*) FROM album_artist a JOIN album b ON
        b.id = a.album_id WHERE a.artist_id = artist_role.artist_id AND b.tracks > 0) ELSE 0 END;
)sql";
    return connection.execute(kSql);
}

Result<TrackDetails> loadDetails(Connection& connection, TrackId track) {
    TrackDetails details;
    {
        Statement row = connection.prepare(
            "SELECT track_total, disc_total, disc_subtitle, release_date, original_date, "
            "title_sort, album_sort, comment, bpm, compilation, mb_recording, mb_track, "
            "mb_release, mb_release_group, rg_track_gain_db, rg_track_peak, rg_album_gain_db, "
            "rg_album_peak FROM track WHERE id = ?1");
        const auto found = row.bindInt(1, track).step();
        if (!found)
            return fail(found.error());
        if (!*found)
            return fail(ErrorCode::NotFound, "no track " + std::to_string(track));
        const auto realAt = [&row](int column) {
            return row.isNull(column) ? std::nullopt : std::optional(row.realAt(column));
        };
        details.trackTotal = static_cast<int>(row.intAt(0));
        details.discTotal = static_cast<int>(row.intAt(1));
        details.discSubtitle = row.textAt(2);
        details.releaseDate = row.textAt(3);
        details.originalDate = row.textAt(4);
        details.titleSort = row.textAt(5);
        details.albumSort = row.textAt(6);
        details.comment = row.textAt(7);
        details.bpm = row.realAt(8);
        details.compilation = row.intAt(9) != 0;
        details.musicBrainz = {row.textAt(10), row.textAt(11), row.textAt(12), row.textAt(13)};
        details.replayGain = {realAt(14), realAt(15), realAt(16), realAt(17)};
    }
    Statement artists = connection.prepare(
        "SELECT t.artist_id, t.role, a.name FROM track_artist t JOIN artist a ON a.id = "
        "t.artist_id WHERE t.track_id = ?1 ORDER BY t.role, t.position");
    artists.bindInt(1, track);
    for (;;) {
        const auto row = artists.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        details.artists.push_back(
            {artists.intAt(0), static_cast<ArtistRole>(artists.intAt(1)), artists.textAt(2)});
    }
    Statement genres = connection.prepare("SELECT g.id, g.name FROM track_genre t JOIN genre g ON "
                                          "g.id = t.genre_id WHERE t.track_id = ?1");
    genres.bindInt(1, track);
    for (;;) {
        const auto row = genres.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return details;
        details.genres.push_back({genres.intAt(0), genres.textAt(1)});
    }
}

} // namespace segue::library
