#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processing/types/Error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace segue::library {

class Connection;

/// One prepared statement, lent by its Connection. Failures of preparing and binding show at the
/// next step(). Must not outlive the connection.
class Statement {
  public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Parameters count from 1.
    Statement& bindInt(int index, std::int64_t value);
    Statement& bindReal(int index, double value);
    Statement& bindText(int index, std::string_view value);
    Statement& bindBlob(int index, std::string_view value);
    Statement& bindNull(int index);

    /// @return true while there is a row to read
    Result<bool> step();
    /// Steps to the end, dropping rows, and makes the statement ready to be bound again.
    Result<void> run();

    /// Columns count from 0.
    std::int64_t intAt(int column) const;
    double realAt(int column) const;
    std::string textAt(int column) const;
    std::string blobAt(int column) const;
    bool isNull(int column) const;

  private:
    friend class Connection;
    Statement(Connection& connection, sqlite3_stmt* handle, std::string sql);
    void check(int code);

    Connection* connection_;
    sqlite3_stmt* handle_; ///< null when preparing failed or after a move
    std::string sql_;
    std::optional<Error> error_;
};

/// `ReadOnly` still takes part in WAL, which needs the shared memory beside the database.
enum class Access { ReadOnly, ReadWrite };

/// One SQLite connection with our settings: WAL, foreign keys, synchronous NORMAL (a power cut may
/// lose the last commits, never the database), a busy timeout. SQL may use fold_case(text), which
/// is foldCase() of Text.h.
/// @thread one at a time
class Connection {
  public:
    /// @errors Io, Corrupt, Busy, NoSpace; NotFound when ReadOnly and there is no file
    static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& database,
                                                    Access access);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Prepared statements are kept for the next caller with the same text; of many, those that
    /// were used last.
    Statement prepare(std::string_view sql);
    /// How many texts had to be compiled, since none was kept of them.
    std::int64_t compiled() const { return compiled_; }
    /// Runs several statements without parameters.
    Result<void> execute(const std::string& sql);
    /// First column of the first row; for pragmas and counts. @errors Internal when there is no row
    Result<std::int64_t> queryInt(std::string_view sql);
    /// Rows that the last INSERT, UPDATE or DELETE touched.
    std::int64_t changes() const;
    std::int64_t lastInsertId() const;

  private:
    friend class Statement;
    friend class Transaction;
    friend class Snapshot;
    friend class StepLimit;
    Connection(sqlite3* handle, std::string name);
    Error errorOf(int code, std::string_view sql) const;
    void giveBack(sqlite3_stmt* handle, std::string sql);
    Result<void> configure(Access access);

    struct Idle {
        sqlite3_stmt* handle;
        std::int64_t givenBack; ///< the larger, the later
    };

    sqlite3* handle_;
    std::string name_;
    std::multimap<std::string, Idle, std::less<>> idle_; ///< prepared, not in use
    std::int64_t compiled_ = 0;
    std::int64_t givenBack_ = 0;
};

/// A write transaction; rolled back unless committed.
class Transaction {
  public:
    /// @errors Busy when another process holds the write lock beyond the timeout, Io
    static Result<Transaction> begin(Connection& connection);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

  private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_; ///< null once it is over
};

/// Ends what takes too long: while this lives, the statements of the connection may take about so
/// many steps of SQLite's machine together; then they fail with Cancelled.
class StepLimit {
  public:
    StepLimit(Connection& connection, int steps);
    ~StepLimit();
    StepLimit(const StepLimit&) = delete;
    StepLimit& operator=(const StepLimit&) = delete;

  private:
    static constexpr int kParts = 16;
    Connection& connection_;
    int left_ = kParts;
};

/// A read transaction: until it ends, its connection sees one moment of the database.
class Snapshot {
  public:
    /// @errors Busy, Io
    static Result<Snapshot> begin(Connection& connection);
    Snapshot(Snapshot&& other) noexcept;
    Snapshot& operator=(Snapshot&&) = delete;
    ~Snapshot();

  private:
    explicit Snapshot(Connection& connection) : connection_(&connection) {}
    Connection* connection_; ///< null after a move
};

/// Connections to one database, opened when needed and lent to one thread at a time. A pool of
/// capacity 1 serialises the writers of this process.
/// @thread all members may be called from any thread
class ConnectionPool {
  public:
    class Lease {
      public:
        Lease(Lease&& other) noexcept;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }

      private:
        friend class ConnectionPool;
        Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection);
        ConnectionPool* pool_;
        std::unique_ptr<Connection> connection_;
    };

    ConnectionPool(std::filesystem::path database, Access access, std::size_t capacity);
    /// Waits while all connections are lent. @errors as Connection::open
    Result<Lease> acquire();

  private:
    void giveBack(std::unique_ptr<Connection> connection);

    const std::filesystem::path database_;
    const Access access_;
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_; // GUARDED_BY(mutex_)
    std::size_t lent_ = 0;                          // GUARDED_BY(mutex_)
};

} // namespace segue::library
