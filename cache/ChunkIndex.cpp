// SQLite side of the store, used by the thread that opens the store and then by its background
// thread only. A row exists only for a chunk whose data was synced before (ChunkCatalog::settle).

#include "cache/ChunkIndex.h"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "cache/ChunkFormat.h"

namespace segue::cache {

namespace {

// Longer than any transaction of another process on this index, short enough to not hang a start.
constexpr int kBusyTimeoutMs = 3000;
constexpr int kSchemaVersion = 2;

constexpr const char* kSchema = R"(
CREATE TABLE chunks(
    key            BLOB PRIMARY KEY NOT NULL CHECK(length(key) = 16),
    bytes          INTEGER NOT NULL,
    budget         INTEGER NOT NULL,
    about          BLOB NOT NULL,
    last_access_ns INTEGER NOT NULL,
    created_ns     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE usage(
    source        BLOB NOT NULL CHECK(length(source) = 16),
    preset        BLOB NOT NULL,
    hits          INTEGER NOT NULL,
    misses        INTEGER NOT NULL,
    renders_saved INTEGER NOT NULL,
    published     INTEGER NOT NULL,
    evicted       INTEGER NOT NULL,
    PRIMARY KEY(source, preset)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
)";

using KeyBytes = std::array<unsigned char, 16>;

/// Big-endian, so that rows lie in the order of file names.
KeyBytes bytesOf(const ChunkKey& key) {
    KeyBytes bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<unsigned char>(key.high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<unsigned char>(key.low >> (56 - 8 * i));
    }
    return bytes;
}

ChunkKey keyOf(const unsigned char* bytes) {
    ChunkKey key;
    for (std::size_t i = 0; i < 8; ++i) {
        key.high = key.high << 8 | bytes[i];
        key.low = key.low << 8 | bytes[8 + i];
    }
    return key;
}

/// Undoes the transaction unless it was committed.
class Rollback {
  public:
    explicit Rollback(sqlite3* database) : database_(database) {}
    Rollback(const Rollback&) = delete;
    Rollback& operator=(const Rollback&) = delete;
    ~Rollback() {
        if (sqlite3_get_autocommit(database_) == 0)
            sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    }

  private:
    sqlite3* database_;
};

} // namespace

void ChunkIndex::Closer::operator()(sqlite3* database) const noexcept {
    sqlite3_close_v2(database);
}

void ChunkIndex::Closer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Result<std::unique_ptr<ChunkIndex>> ChunkIndex::open(const std::filesystem::path& path) {
    std::unique_ptr<ChunkIndex> index(new ChunkIndex);
    sqlite3* database = nullptr;
    const int status =
        sqlite3_open_v2(path.c_str(), &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    index->database_.reset(database);
    if (status != SQLITE_OK)
        return fail(index->errorNow("open"));
    sqlite3_busy_timeout(database, kBusyTimeoutMs);
    if (auto done = index->prepareSchema(); !done)
        return fail(done.error());
    return index;
}

void ChunkIndex::remove(const std::filesystem::path& path) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        std::error_code ignored;
        std::filesystem::remove(path.string() + suffix, ignored);
    }
}

Result<void> ChunkIndex::prepareSchema() {
    // NORMAL: a power loss may lose the last rows, whose files are then adopted; it never keeps a
    // row without the data that was synced before it.
    for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"})
        if (auto done = execute(sql); !done)
            return done;

    if (auto begun = execute("BEGIN IMMEDIATE"); !begun)
        return begun;
    const Rollback rollback(database_.get());
    int version = 0;
    {
        auto read = prepare("PRAGMA user_version");
        if (!read)
            return fail(read.error());
        if (sqlite3_step(read->get()) != SQLITE_ROW)
            return fail(errorNow("read the version"));
        version = sqlite3_column_int(read->get(), 0);
    }
    if (version == 0) {
        if (auto created = execute(kSchema); !created)
            return created;
    } else if (version != kSchemaVersion) {
        return fail(ErrorCode::Corrupt,
                    "chunk index: schema version " + std::to_string(version) + " is unknown");
    }
    if (auto committed = execute("COMMIT"); !committed)
        return committed;

    {
        auto check = prepare("PRAGMA quick_check(1)");
        if (!check)
            return fail(check.error());
        if (sqlite3_step(check->get()) != SQLITE_ROW)
            return fail(errorNow("check"));
        const auto* verdict = reinterpret_cast<const char*>(sqlite3_column_text(check->get(), 0));
        if (!verdict || std::strcmp(verdict, "ok") != 0)
            return fail(ErrorCode::Corrupt,
                        std::string("chunk index: ") + (verdict ? verdict : "no verdict"));
    }

    return prepareStatements();
}

Result<void> ChunkIndex::prepareStatements() {
    auto upsert =
        prepare("INSERT INTO chunks(key, bytes, budget, about, last_access_ns, created_ns) "
                "VALUES(?1, ?2, ?3, ?6, ?4, ?5) ON CONFLICT(key) DO UPDATE SET "
                "bytes = ?2, budget = ?3, about = ?6, created_ns = ?5, "
                "last_access_ns = max(last_access_ns, ?4)");
    if (!upsert)
        return fail(upsert.error());
    upsert_ = std::move(*upsert);
    auto erase = prepare("DELETE FROM chunks WHERE key = ?1");
    if (!erase)
        return fail(erase.error());
    erase_ = std::move(*erase);
    auto use = prepare("INSERT INTO usage(source, preset, hits, misses, renders_saved, published, "
                       "evicted) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                       "ON CONFLICT(source, preset) DO UPDATE SET hits = hits + ?3, "
                       "misses = misses + ?4, renders_saved = renders_saved + ?5, "
                       "published = published + ?6, evicted = evicted + ?7");
    if (!use)
        return fail(use.error());
    use_ = std::move(*use);
    auto dataVersion = prepare("PRAGMA data_version");
    if (!dataVersion)
        return fail(dataVersion.error());
    dataVersion_ = std::move(*dataVersion);
    if (auto first = changedByOthers(); !first)
        return fail(first.error());
    return {};
}

Result<bool> ChunkIndex::changedByOthers() {
    if (sqlite3_step(dataVersion_.get()) != SQLITE_ROW) {
        Error error = errorNow("look for changes");
        sqlite3_reset(dataVersion_.get());
        return fail(std::move(error));
    }
    const std::int64_t version = sqlite3_column_int64(dataVersion_.get(), 0);
    sqlite3_reset(dataVersion_.get());
    return std::exchange(seenVersion_, version) != version;
}

Result<std::vector<ChunkRow>> ChunkIndex::load() {
    auto select =
        prepare("SELECT key, bytes, budget, last_access_ns, created_ns, about FROM chunks "
                "WHERE bytes > 0 AND budget IN (0, 1) AND last_access_ns >= 0 "
                "AND length(about) = 96");
    if (!select)
        return fail(select.error());
    std::vector<ChunkRow> rows;
    int status = SQLITE_OK;
    while ((status = sqlite3_step(select->get())) == SQLITE_ROW) {
        sqlite3_stmt* row = select->get();
        const auto* key = static_cast<const unsigned char*>(sqlite3_column_blob(row, 0));
        if (!key || sqlite3_column_bytes(row, 0) != 16)
            continue;
        const auto* about = static_cast<const std::byte*>(sqlite3_column_blob(row, 5));
        auto known = decodeAbout(std::span<const std::byte, kAboutBytes>(about, kAboutBytes));
        if (!known)
            continue;
        rows.push_back({.key = keyOf(key),
                        .bytes = sqlite3_column_int64(row, 1),
                        .budget = static_cast<Budget>(sqlite3_column_int(row, 2)),
                        .about = std::move(*known),
                        .lastAccessNs = sqlite3_column_int64(row, 3),
                        .createdNs = sqlite3_column_int64(row, 4)});
    }
    if (status != SQLITE_DONE)
        return fail(errorNow("load"));
    return rows;
}

Result<std::vector<Usage>> ChunkIndex::loadUsage() {
    auto select = prepare("SELECT source, preset, hits, misses, renders_saved, published, evicted "
                          "FROM usage");
    if (!select)
        return fail(select.error());
    std::vector<Usage> all;
    int status = SQLITE_OK;
    while ((status = sqlite3_step(select->get())) == SQLITE_ROW) {
        sqlite3_stmt* row = select->get();
        const auto* source = static_cast<const unsigned char*>(sqlite3_column_blob(row, 0));
        const auto* preset = static_cast<const char*>(sqlite3_column_blob(row, 1));
        if (!source || sqlite3_column_bytes(row, 0) != 16)
            continue;
        all.push_back({.source = keyOf(source),
                       .preset = preset ? std::string(preset, static_cast<std::size_t>(
                                                                  sqlite3_column_bytes(row, 1)))
                                        : std::string(),
                       .hits = sqlite3_column_int64(row, 2),
                       .misses = sqlite3_column_int64(row, 3),
                       .rendersSaved = sqlite3_column_int64(row, 4),
                       .published = sqlite3_column_int64(row, 5),
                       .evicted = sqlite3_column_int64(row, 6)});
    }
    if (status != SQLITE_DONE)
        return fail(errorNow("load the usage"));
    return all;
}

Result<void> ChunkIndex::write(const ChunkCatalog::Changes& changes) {
    if (auto begun = execute("BEGIN IMMEDIATE"); !begun)
        return begun;
    const Rollback rollback(database_.get());
    const auto run = [this](const Statement& statement, const char* what) -> Result<void> {
        const int status = sqlite3_step(statement.get());
        Result<void> result;
        if (status != SQLITE_DONE)
            result = fail(errorNow(what));
        sqlite3_reset(statement.get());
        return result;
    };
    for (const ChunkKey& key : changes.removed) {
        const KeyBytes bytes = bytesOf(key);
        sqlite3_bind_blob(erase_.get(), 1, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
        if (auto done = run(erase_, "delete a row"); !done)
            return done;
    }
    for (const ChunkRow& row : changes.rows) {
        const KeyBytes bytes = bytesOf(row.key);
        sqlite3_bind_blob(upsert_.get(), 1, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
        sqlite3_bind_int64(upsert_.get(), 2, row.bytes);
        sqlite3_bind_int(upsert_.get(), 3, static_cast<int>(row.budget));
        sqlite3_bind_int64(upsert_.get(), 4, row.lastAccessNs);
        sqlite3_bind_int64(upsert_.get(), 5, row.createdNs);
        const AboutBytes about = encodeAbout(row.about);
        sqlite3_bind_blob(upsert_.get(), 6, about.data(), about.size(), SQLITE_TRANSIENT);
        if (auto done = run(upsert_, "write a row"); !done)
            return done;
    }
    for (const Usage& usage : changes.usage) {
        const KeyBytes source = bytesOf(usage.source);
        sqlite3_bind_blob(use_.get(), 1, source.data(), source.size(), SQLITE_TRANSIENT);
        sqlite3_bind_blob(use_.get(), 2, usage.preset.data(), static_cast<int>(usage.preset.size()),
                          SQLITE_TRANSIENT);
        int at = 3;
        for (const std::int64_t count :
             {usage.hits, usage.misses, usage.rendersSaved, usage.published, usage.evicted})
            sqlite3_bind_int64(use_.get(), at++, count);
        if (auto done = run(use_, "write the usage"); !done)
            return done;
    }
    return execute("COMMIT");
}

Result<void> ChunkIndex::execute(const char* sql) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return fail(errorNow(sql));
    return {};
}

Result<ChunkIndex::Statement> ChunkIndex::prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK)
        return fail(errorNow(sql));
    return Statement(statement);
}

Error ChunkIndex::errorNow(const char* what) const {
    ErrorCode code = ErrorCode::Io;
    switch (sqlite3_errcode(database_.get())) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: // another schema than ours
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        code = ErrorCode::Corrupt;
        break;
    case SQLITE_BUSY: // longer than the timeout: another process is slow
        code = ErrorCode::Busy;
        break;
    case SQLITE_FULL:
        code = ErrorCode::NoSpace;
        break;
    default:
        break;
    }
    return {code, std::string("chunk index: ") + what + ": " + sqlite3_errmsg(database_.get())};
}

} // namespace segue::cache
