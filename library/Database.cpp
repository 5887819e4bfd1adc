// The thin layer over SQLite that all of library/ goes through: connections with one set of
// settings, cached statements, transactions that roll back by themselves, and a pool that lends
// each connection to one thread at a time. Every SQLite failure leaves here as an Error that names
// the database and the statement; nothing throws.

#include "library/Database.h"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

#include "library/Text.h"

namespace segue::library {

namespace {

// Longer than any transaction of ours; beyond it another process is stuck, and the caller is told.
constexpr int kBusyTimeoutMs = 5000;
// The log is cut back to this after a checkpoint, so that one large scan does not keep the disk.
constexpr int kJournalLimitBytes = 32 << 20;
// Enough for what a scan or a client says again and again; lists of one artist or genre, each of
// which is a text of its own, pass through.
constexpr std::size_t kMaxIdleStatements = 64;

ErrorCode codeOf(int sqliteCode) {
    switch (sqliteCode & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorCode::Corrupt;
    case SQLITE_FULL:
        return ErrorCode::NoSpace;
    case SQLITE_INTERRUPT: // only by StepLimit
        return ErrorCode::Cancelled;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ErrorCode::Busy;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
        return ErrorCode::Internal;
    default:
        return ErrorCode::Io;
    }
}

/// fold_case(text) in SQL: foldCase(), whatever the bytes are.
void foldCaseInSql(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    if (!text)
        return sqlite3_result_null(context);
    const std::string_view bytes(text, static_cast<std::size_t>(sqlite3_value_bytes(values[0])));
    const std::string folded = isUtf8(bytes) ? foldCase(bytes) : foldCase(displayText(bytes));
    sqlite3_result_text64(context, folded.data(), folded.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

} // namespace

Statement::Statement(Connection& connection, sqlite3_stmt* handle, std::string sql)
    : connection_(&connection), handle_(handle), sql_(std::move(sql)) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), handle_(std::exchange(other.handle_, nullptr)),
      sql_(std::move(other.sql_)), error_(std::move(other.error_)) {}

Statement::~Statement() {
    if (handle_)
        connection_->giveBack(handle_, std::move(sql_));
}

void Statement::check(int code) {
    if (code != SQLITE_OK && !error_)
        error_ = connection_->errorOf(code, sql_);
}

Statement& Statement::bindInt(int index, std::int64_t value) {
    if (handle_)
        check(sqlite3_bind_int64(handle_, index, value));
    return *this;
}

Statement& Statement::bindReal(int index, double value) {
    if (handle_)
        check(sqlite3_bind_double(handle_, index, value));
    return *this;
}

Statement& Statement::bindText(int index, std::string_view value) {
    // A null pointer would bind NULL instead of the empty text.
    const char* data = value.data() ? value.data() : "";
    if (handle_)
        check(
            sqlite3_bind_text64(handle_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bindBlob(int index, std::string_view value) {
    const char* data = value.data() ? value.data() : "";
    if (handle_)
        check(sqlite3_bind_blob64(handle_, index, data, value.size(), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bindNull(int index) {
    if (handle_)
        check(sqlite3_bind_null(handle_, index));
    return *this;
}

Result<bool> Statement::step() {
    if (error_)
        return fail(*error_);
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return fail(connection_->errorOf(code, sql_));
}

Result<void> Statement::run() {
    for (;;) {
        const auto row = step();
        if (row && *row)
            continue;
        if (handle_)
            sqlite3_reset(handle_);
        if (!row)
            return fail(row.error());
        return {};
    }
}

std::int64_t Statement::intAt(int column) const {
    return sqlite3_column_int64(handle_, column);
}

double Statement::realAt(int column) const {
    return sqlite3_column_double(handle_, column);
}

std::string Statement::textAt(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    const int bytes = sqlite3_column_bytes(handle_, column);
    return text ? std::string(text, static_cast<std::size_t>(bytes)) : std::string();
}

std::string Statement::blobAt(int column) const {
    const auto* blob = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    const int bytes = sqlite3_column_bytes(handle_, column);
    return blob ? std::string(blob, static_cast<std::size_t>(bytes)) : std::string();
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

Connection::Connection(sqlite3* handle, std::string name)
    : handle_(handle), name_(std::move(name)) {}

Connection::~Connection() {
    for (const auto& [sql, statement] : idle_)
        sqlite3_finalize(statement.handle);
    sqlite3_close(handle_);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& database,
                                                     Access access) {
    sqlite3* handle = nullptr;
    // Even readers open for writing where they may: only so can they help to recover the log of a
    // process that was killed.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                      (access == Access::ReadWrite ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(database.c_str(), &handle, flags, nullptr);
    if (!handle)
        return fail(ErrorCode::Internal, "database '" + database.string() + "': out of memory");
    std::unique_ptr<Connection> connection(new Connection(handle, database.string()));
    if (code != SQLITE_OK) {
        std::error_code ignored;
        Error error = connection->errorOf(code, "open");
        if (access == Access::ReadOnly && !std::filesystem::exists(database, ignored))
            error.code = ErrorCode::NotFound;
        return fail(std::move(error));
    }
    if (auto configured = connection->configure(access); !configured)
        return fail(configured.error());
    return connection;
}

Result<void> Connection::configure(Access access) {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
    const int made = sqlite3_create_function_v2(
        handle_, "fold_case", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
        foldCaseInSql, nullptr, nullptr, nullptr);
    if (made != SQLITE_OK)
        return fail(errorOf(made, "fold_case"));
    if (auto done = execute("PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; "
                            "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=" +
                            std::to_string(kJournalLimitBytes));
        !done)
        return done;
    if (access == Access::ReadOnly)
        return execute("PRAGMA query_only=ON");
    // The switch to WAL needs the database for itself for a moment and does not wait for it when
    // several processes create the database at once; each failure means that another one won.
    constexpr int kTries = 50;
    for (int i = 0;; ++i) {
        auto done = execute("PRAGMA journal_mode=WAL");
        if (done || done.error().code != ErrorCode::Busy || i == kTries)
            return done;
        sqlite3_sleep(10);
    }
}

Error Connection::errorOf(int code, std::string_view sql) const {
    return {codeOf(code),
            "database '" + name_ + "': " + sqlite3_errmsg(handle_) + " in: " + std::string(sql)};
}

Statement Connection::prepare(std::string_view sql) {
    if (const auto found = idle_.find(sql); found != idle_.end()) {
        auto node = idle_.extract(found);
        return {*this, node.mapped().handle, std::move(node.key())};
    }
    ++compiled_;
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    Statement statement(*this, handle, std::string(sql));
    statement.check(code);
    return statement;
}

void Connection::giveBack(sqlite3_stmt* handle, std::string sql) {
    if (idle_.size() >= kMaxIdleStatements) {
        const auto oldest =
            std::min_element(idle_.begin(), idle_.end(), [](const auto& a, const auto& b) {
                return a.second.givenBack < b.second.givenBack;
            });
        sqlite3_finalize(oldest->second.handle);
        idle_.erase(oldest);
    }
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
    idle_.emplace(std::move(sql), Idle{handle, ++givenBack_});
}

Result<void> Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(errorOf(code, sql));
    return {};
}

Result<std::int64_t> Connection::queryInt(std::string_view sql) {
    Statement statement = prepare(sql);
    const auto row = statement.step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::Internal, "no row from: " + std::string(sql));
    return statement.intAt(0);
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_);
}

std::int64_t Connection::lastInsertId() const {
    return sqlite3_last_insert_rowid(handle_);
}

Result<Transaction> Transaction::begin(Connection& connection) {
    if (auto begun = connection.prepare("BEGIN IMMEDIATE").run(); !begun)
        return fail(begun.error());
    return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
    // SQLite has rolled back by itself after some failures; then there is nothing left to undo.
    if (connection_ && sqlite3_get_autocommit(connection_->handle_) == 0)
        sqlite3_exec(connection_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::commit() {
    if (auto committed = connection_->prepare("COMMIT").run(); !committed)
        return committed;
    connection_ = nullptr;
    return {};
}

StepLimit::StepLimit(Connection& connection, int steps) : connection_(connection) {
    // SQLite asks whenever a statement's count, which goes on from use to use, is a multiple: so
    // the first part may be short.
    const auto ask = [](void* left) { return --*static_cast<int*>(left) < 0 ? 1 : 0; };
    sqlite3_progress_handler(connection.handle_, std::max(1, steps / kParts), ask, &left_);
}

StepLimit::~StepLimit() {
    sqlite3_progress_handler(connection_.handle_, 0, nullptr, nullptr);
}

Result<Snapshot> Snapshot::begin(Connection& connection) {
    if (auto begun = connection.prepare("BEGIN").run(); !begun)
        return fail(begun.error());
    return Snapshot(connection);
}

Snapshot::Snapshot(Snapshot&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Snapshot::~Snapshot() {
    if (connection_ && sqlite3_get_autocommit(connection_->handle_) == 0)
        sqlite3_exec(connection_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

ConnectionPool::Lease::Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_), connection_(std::move(other.connection_)) {}

ConnectionPool::Lease::~Lease() {
    if (connection_)
        pool_->giveBack(std::move(connection_));
}

ConnectionPool::ConnectionPool(std::filesystem::path database, Access access, std::size_t capacity)
    : database_(std::move(database)), access_(access), capacity_(capacity) {}

Result<ConnectionPool::Lease> ConnectionPool::acquire() {
    {
        std::unique_lock lock(mutex_);
        returned_.wait(lock, [this] { return lent_ < capacity_; });
        ++lent_;
        if (!idle_.empty()) {
            Lease lease(*this, std::move(idle_.back()));
            idle_.pop_back();
            return lease;
        }
    }
    auto connection = Connection::open(database_, access_);
    if (!connection) {
        giveBack(nullptr);
        return fail(connection.error());
    }
    return Lease(*this, std::move(*connection));
}

void ConnectionPool::giveBack(std::unique_ptr<Connection> connection) {
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (connection)
            idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
}

} // namespace segue::library
