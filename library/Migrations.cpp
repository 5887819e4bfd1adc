// The schema of the library, step by step. PRAGMA user_version says how far a database has come,
// application_id that it is ours. A step that was released is never edited; later wishes are new
// steps. Runs once, on the thread that opens the library.

#include "library/Migrations.h"

#include <array>
#include <cstdint>

namespace segue::library {

namespace {

constexpr std::int64_t kApplicationId = 0x53454755; // "SEGU"

// Paths are the file system's bytes. Numbers that the file system gives as unsigned (device,
// inode) are stored as the signed number with the same bits.
//
// track.sort_key   list order and search in one (Text.h: sortKeyOf); the index over it holds all
//                  that a list or a search looks at, so rows are fetched for hits only
// track.tags_version      TagReader's version that read the tags; older ones are read again
// track.analysis_version  a version of which this track needs no full analysis any more (it has
//                  one, or it failed); -1 when none is known. It only spares withoutAnalysis()
//                  work: what it names is certain, what it does not name is looked up
// problem.retry    1: the cause may go without the file changing (permission, I/O error)
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE root (
    id   INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE track (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id          INTEGER NOT NULL REFERENCES root(id),
    path             BLOB NOT NULL UNIQUE,
    missing          INTEGER NOT NULL,
    size_bytes       INTEGER NOT NULL,
    modified_ns      INTEGER NOT NULL,
    changed_ns       INTEGER NOT NULL,
    device           INTEGER NOT NULL,
    inode            INTEGER NOT NULL,
    content          BLOB CHECK (length(content) = 16),
    tags_version     INTEGER NOT NULL,
    analysis_version INTEGER NOT NULL,
    title            TEXT NOT NULL,
    artist           TEXT NOT NULL,
    album            TEXT NOT NULL,
    album_artist     TEXT NOT NULL,
    genre            TEXT NOT NULL,
    track_number     INTEGER NOT NULL,
    disc_number      INTEGER NOT NULL,
    year             INTEGER NOT NULL,
    duration_s       REAL NOT NULL,
    sample_rate_hz   INTEGER NOT NULL,
    num_channels     INTEGER NOT NULL,
    codec            TEXT NOT NULL,
    sort_key         BLOB NOT NULL
) STRICT;
CREATE INDEX track_in_order ON track (sort_key, id, root_id) WHERE missing = 0;
CREATE INDEX track_by_root ON track (root_id, missing);
CREATE INDEX track_by_content ON track (content) WHERE content IS NOT NULL;
CREATE INDEX track_by_analysis ON track (analysis_version) WHERE missing = 0;

CREATE TABLE analysis (
    content        BLOB NOT NULL CHECK (length(content) = 16),
    version        INTEGER NOT NULL,
    kind           INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    bytes          BLOB NOT NULL,
    UNIQUE (content, version, kind)
) STRICT;

CREATE TABLE analysis_failure (
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    version  INTEGER NOT NULL,
    message  TEXT NOT NULL,
    PRIMARY KEY (track_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
    path         BLOB PRIMARY KEY,
    root_id      INTEGER NOT NULL REFERENCES root(id),
    reason       TEXT NOT NULL,
    retry        INTEGER NOT NULL,
    tags_version INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL,
    modified_ns  INTEGER NOT NULL,
    changed_ns   INTEGER NOT NULL,
    device       INTEGER NOT NULL,
    inode        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// analysis.lease_until_ms was of version 1 and is no longer read: dropping it would write the whole
// table anew.
//
// plan_lease  by which analysis (kind) and which learned corridor a content's streams go until
// then;
//             corridor 0 is the built-in one
// corridor    what was learned from the library; AUTOINCREMENT, so that a version means one thing
// vanished    since when an analysed content has had no present track
constexpr std::string_view kVersion2 = R"sql(
CREATE TABLE plan_lease (
    content  BLOB NOT NULL CHECK (length(content) = 16),
    version  INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    corridor INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (content, version)
) STRICT, WITHOUT ROWID;
INSERT INTO plan_lease SELECT content, version, kind, 0, lease_until_ms FROM analysis
    WHERE kind = 1 AND lease_until_ms > 0;

CREATE TABLE corridor (
    version    INTEGER PRIMARY KEY AUTOINCREMENT,
    created_ms INTEGER NOT NULL,
    tracks     INTEGER NOT NULL,
    bytes      BLOB NOT NULL
) STRICT;

CREATE TABLE vanished (
    content  BLOB PRIMARY KEY CHECK (length(content) = 16),
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// play        every listening, also those that were broken off; `counted` says whether it is in
//             play_count. source is library::PlaySource
// play_count  how often a user has played a track: kept by whoever writes play, in the same
//             transaction
constexpr std::string_view kVersion3 = R"sql(
CREATE TABLE play (
    user_id       INTEGER NOT NULL,
    started_ms    INTEGER NOT NULL,
    track_id      INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    seconds_heard REAL NOT NULL,
    source        INTEGER NOT NULL,
    counted       INTEGER NOT NULL,
    PRIMARY KEY (user_id, started_ms, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_by_track ON play (track_id);

CREATE TABLE play_count (
    user_id  INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    plays    INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL,
    PRIMARY KEY (user_id, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_count_in_order ON play_count (user_id, plays, last_ms);
CREATE INDEX play_count_by_track ON play_count (track_id);
)sql";

// The catalogue: who and what the tracks belong to (docs/LIBRARY.md).
//
// user          who listens; 1 is the only one yet
// root.given    whether the library was last opened with it
// folder        the folders that were read, with the stamp that they had; `settled` 1: while the
//               stamp is the same, so are its entries
// artist        by name (Text.h: identityOf); artist_role holds the counts of what is shown
// album         by `identity` (Catalog.cpp: albumIdentity); all else is made of its tracks
// track.shown   not missing, and in a given root. Lists and counts go by it alone
// track.*_key   what lists are sorted by (Text.h: orderKey)
// *_search      full text over the table that it is named after, written by CatalogWriter: triggers
//               may not write virtual tables under trusted_schema=OFF
constexpr std::string_view kVersion4 = R"sql(
CREATE TABLE user (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO user VALUES (1, 'listener', 0);

ALTER TABLE root ADD COLUMN given INTEGER NOT NULL DEFAULT 1;

CREATE TABLE folder (
    id          INTEGER PRIMARY KEY,
    root_id     INTEGER NOT NULL REFERENCES root(id),
    parent_id   INTEGER REFERENCES folder(id) ON DELETE CASCADE,
    path        BLOB NOT NULL UNIQUE,
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    changed_ns  INTEGER NOT NULL,
    settled     INTEGER NOT NULL
) STRICT;
CREATE INDEX folder_by_parent ON folder (parent_id);

CREATE TABLE artist (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    identity  TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    mbid      TEXT NOT NULL,
    sort_key  BLOB NOT NULL
) STRICT;

CREATE TABLE artist_role (
    artist_id INTEGER NOT NULL REFERENCES artist(id) ON DELETE CASCADE,
    role      INTEGER NOT NULL,
    sort_key  BLOB NOT NULL,
    tracks    INTEGER NOT NULL DEFAULT 0,
    albums    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (artist_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX artist_role_in_order ON artist_role (role, sort_key, artist_id)
    WHERE tracks + albums > 0;
CREATE INDEX artist_role_by_tracks ON artist_role (role, tracks, artist_id)
    WHERE tracks + albums > 0;
CREATE INDEX artist_role_by_albums ON artist_role (role, albums, artist_id)
    WHERE tracks + albums > 0;

CREATE TABLE album (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    identity      BLOB NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    artist        TEXT NOT NULL,
    title_key     BLOB NOT NULL,
    artist_key    BLOB NOT NULL,
    mbid          TEXT NOT NULL,
    group_mbid    TEXT NOT NULL,
    compilation   INTEGER NOT NULL,
    year          INTEGER NOT NULL,
    release_date  TEXT NOT NULL,
    original_date TEXT NOT NULL,
    disc_total    INTEGER NOT NULL,
    added_ms      INTEGER NOT NULL,
    tracks        INTEGER NOT NULL,
    duration_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX album_by_title ON album (title_key, id) WHERE tracks > 0;
CREATE INDEX album_by_artist ON album (artist_key, id) WHERE tracks > 0;
CREATE INDEX album_by_year ON album (year, id) WHERE tracks > 0;
CREATE INDEX album_by_added ON album (added_ms, id) WHERE tracks > 0;
CREATE INDEX album_by_tracks ON album (tracks, id) WHERE tracks > 0;
CREATE INDEX album_by_duration ON album (duration_ms, id) WHERE tracks > 0;

CREATE TABLE album_artist (
    album_id  INTEGER NOT NULL REFERENCES album(id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artist(id),
    PRIMARY KEY (album_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_artist_by_artist ON album_artist (artist_id, album_id);

CREATE TABLE genre (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    sort_key BLOB NOT NULL,
    tracks   INTEGER NOT NULL DEFAULT 0,
    albums   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX genre_in_order ON genre (sort_key, id) WHERE tracks > 0;
CREATE INDEX genre_by_tracks ON genre (tracks, id) WHERE tracks > 0;
CREATE INDEX genre_by_albums ON genre (albums, id) WHERE tracks > 0;

CREATE TABLE album_genre (
    album_id INTEGER NOT NULL REFERENCES album(id) ON DELETE CASCADE,
    genre_id INTEGER NOT NULL REFERENCES genre(id),
    PRIMARY KEY (album_id, genre_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_genre_by_genre ON album_genre (genre_id, album_id);

ALTER TABLE track ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN album_id INTEGER REFERENCES album(id);
ALTER TABLE track ADD COLUMN folder_id INTEGER REFERENCES folder(id) ON DELETE SET NULL;
ALTER TABLE track ADD COLUMN added_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN title_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE track ADD COLUMN artist_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE track ADD COLUMN album_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE track ADD COLUMN track_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN disc_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN disc_subtitle TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN release_date TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN original_date TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN title_sort TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN album_sort TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN bpm REAL NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN compilation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN mb_recording TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN mb_track TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN mb_release TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN mb_release_group TEXT NOT NULL DEFAULT '';
ALTER TABLE track ADD COLUMN rg_track_gain_db REAL;
ALTER TABLE track ADD COLUMN rg_track_peak REAL;
ALTER TABLE track ADD COLUMN rg_album_gain_db REAL;
ALTER TABLE track ADD COLUMN rg_album_peak REAL;
UPDATE track SET shown = (missing = 0), added_ms = modified_ns / 1000000,
    title_key = CAST(lower(title) AS BLOB), artist_key = CAST(lower(artist) AS BLOB),
    album_key = CAST(lower(album) AS BLOB);
CREATE INDEX track_by_album ON track (album_id, disc_number, track_number, id)
    WHERE album_id IS NOT NULL;
CREATE INDEX track_by_folder ON track (folder_id) WHERE folder_id IS NOT NULL;
CREATE INDEX track_by_title ON track (title_key, id) WHERE shown = 1;
CREATE INDEX track_by_artist ON track (artist_key, id) WHERE shown = 1;
CREATE INDEX track_by_album_title ON track (album_key, id) WHERE shown = 1;
CREATE INDEX track_by_year ON track (year, id) WHERE shown = 1;
CREATE INDEX track_by_duration ON track (duration_s, id) WHERE shown = 1;
CREATE INDEX track_by_genre ON track (genre COLLATE NOCASE, id) WHERE shown = 1;
CREATE INDEX track_by_bpm ON track (bpm, id) WHERE shown = 1;
CREATE INDEX track_by_codec ON track (codec, id) WHERE shown = 1;
CREATE INDEX track_by_rate ON track (sample_rate_hz, id) WHERE shown = 1;

CREATE TABLE track_artist (
    track_id  INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    role      INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artist(id),
    PRIMARY KEY (track_id, role, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_artist_by_artist ON track_artist (artist_id, track_id, role);

CREATE TABLE track_genre (
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    genre_id INTEGER NOT NULL REFERENCES genre(id),
    PRIMARY KEY (track_id, genre_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_genre_by_genre ON track_genre (genre_id, track_id);

CREATE VIRTUAL TABLE track_search USING fts5(title, artist, album, album_artist,
    content='track', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
INSERT INTO track_search (track_search) VALUES ('rebuild');

CREATE VIRTUAL TABLE album_search USING fts5(title, artist, content='album', content_rowid='id',
    tokenize='unicode61 remove_diacritics 2', prefix='2 3');

CREATE VIRTUAL TABLE artist_search USING fts5(name, sort_name, content='artist',
    content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
)sql";

// What users keep.
//
// track_mark       a row only while it says something: a star (since when; 0: none), a rating (1 ..
//                  5; 0: none)
// play_queue       revision grows with each change, so that a client knows what it has seen
// playlist         rules: of a smart one, whose tracks are found when they are asked for; else NULL
// playlist_entry   place: the order, with room between for what is moved in; an entry's id stays
//                  when it moves
// feature          what a content sounds like, by `version` of processing/analysis/Features.h:
//                  vector is float32, little-endian, empty when there is nothing to compare
constexpr std::string_view kVersion5 = R"sql(
CREATE TABLE track_mark (
    user_id    INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    track_id   INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    starred_ms INTEGER NOT NULL DEFAULT 0,
    rating     INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    PRIMARY KEY (user_id, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_mark_by_star ON track_mark (user_id, starred_ms, track_id) WHERE starred_ms > 0;
CREATE INDEX track_mark_by_track ON track_mark (track_id);

CREATE TABLE bookmark (
    user_id    INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    track_id   INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    position_s REAL NOT NULL,
    comment    TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookmark_by_change ON bookmark (user_id, changed_ms, track_id);
CREATE INDEX bookmark_by_track ON bookmark (track_id);

CREATE TABLE play_queue (
    user_id       INTEGER PRIMARY KEY REFERENCES user(id) ON DELETE CASCADE,
    revision      INTEGER NOT NULL,
    current_index INTEGER NOT NULL,
    position_s    REAL NOT NULL,
    changed_by    TEXT NOT NULL,
    changed_ms    INTEGER NOT NULL
) STRICT;
CREATE TABLE play_queue_track (
    user_id  INTEGER NOT NULL REFERENCES play_queue(user_id) ON DELETE CASCADE,
    place    INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_queue_by_track ON play_queue_track (track_id);

CREATE TABLE playlist (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL REFERENCES user(id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    rules       TEXT,
    revision    INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL,
    changed_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX playlist_by_user ON playlist (user_id, id);
CREATE TABLE playlist_entry (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    playlist_id INTEGER NOT NULL REFERENCES playlist(id) ON DELETE CASCADE,
    place       INTEGER NOT NULL,
    track_id    INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE,
    UNIQUE (playlist_id, place)
) STRICT;
CREATE INDEX playlist_entry_by_track ON playlist_entry (track_id);

CREATE TABLE feature (
    content           BLOB PRIMARY KEY CHECK (length(content) = 16),
    version           INTEGER NOT NULL,
    vector            BLOB NOT NULL,
    bpm               REAL,
    pulse             REAL,
    integrated_lufs   REAL,
    loudness_range_lu REAL,
    true_peak_dbtp    REAL,
    crest_factor_db   REAL
) STRICT, WITHOUT ROWID;
)sql";

// Orders of the listings whose pages begin where a cursor says: SQLite goes to a place in an index
// by several columns only without a collation, and by the track's id only where the index says so.
constexpr std::string_view kVersion6 = R"sql(
DROP INDEX track_by_genre;
CREATE INDEX track_by_genre ON track (genre, id) WHERE shown = 1;
CREATE INDEX play_count_by_plays ON play_count (user_id, plays, track_id);
CREATE INDEX play_count_by_time ON play_count (user_id, last_ms, track_id);
)sql";

// A list of compilations alone: few of many albums, which no order has together.
constexpr std::string_view kVersion7 = R"sql(
CREATE INDEX album_compilations ON album (id) WHERE compilation = 1 AND tracks > 0;
)sql";

constexpr std::array kMigrations{Migration{1, kVersion1}, Migration{2, kVersion2},
                                 Migration{3, kVersion3}, Migration{4, kVersion4},
                                 Migration{5, kVersion5}, Migration{6, kVersion6},
                                 Migration{7, kVersion7}};

/// @return the schema's version. One read transaction, so that another process that creates the
/// database meanwhile is seen as a whole or not at all
Result<std::int64_t> versionOfOwn(Connection& connection) {
    if (auto begun = connection.execute("BEGIN"); !begun)
        return fail(begun.error());
    const auto version = connection.queryInt("PRAGMA user_version");
    const auto owner = connection.queryInt("PRAGMA application_id");
    const auto objects = connection.queryInt("SELECT count(*) FROM sqlite_schema");
    if (auto ended = connection.execute("COMMIT"); !ended)
        return fail(ended.error());
    for (const auto* result : {&version, &owner, &objects})
        if (!*result)
            return fail(result->error());
    if (*owner != kApplicationId && (*version != 0 || *objects != 0))
        return fail(ErrorCode::Unsupported, "the database was not made by Segue");
    return *version;
}

/// @return the version after at most one step
Result<std::int64_t> stepUp(Connection& connection, std::span<const Migration> migrations) {
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return fail(transaction.error());
    // Read again inside the transaction: another process may have taken the step meanwhile.
    const auto version = connection.queryInt("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    if (*version >= static_cast<std::int64_t>(migrations.size()))
        return *version;
    const Migration& next = migrations[static_cast<std::size_t>(*version)];
    const std::string marks = "PRAGMA user_version=" + std::to_string(next.version) +
                              "; PRAGMA application_id=" + std::to_string(kApplicationId);
    for (const std::string& sql : {std::string(next.sql), marks})
        if (auto done = connection.execute(sql); !done)
            return fail(done.error());
    if (auto done = transaction->commit(); !done)
        return fail(done.error());
    return next.version;
}

} // namespace

std::span<const Migration> libraryMigrations() {
    return kMigrations;
}

Result<void> migrate(Connection& connection, std::span<const Migration> migrations) {
    const auto newest = static_cast<std::int64_t>(migrations.size());
    auto version = versionOfOwn(connection);
    if (!version)
        return fail(version.error());
    while (*version < newest) {
        version = stepUp(connection, migrations);
        if (!version)
            return fail(version.error());
    }
    if (*version > newest)
        return fail(ErrorCode::Unsupported, "the database has schema " + std::to_string(*version) +
                                                ", made by a newer Segue; this one knows " +
                                                std::to_string(newest));
    return {};
}

} // namespace segue::library
