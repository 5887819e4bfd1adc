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

constexpr std::array kMigrations{Migration{1, kVersion1}, Migration{2, kVersion2},
                                 Migration{3, kVersion3}};

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
