#pragma once

#include <utility>

#include "library/Database.h"
#include "processing/types/Error.h"

namespace segue::library {

struct RootSet;

/// What the parts of one library share: its database's connections and the music folders that it is
/// open with.
/// @thread all members may be called from any thread
class DatabaseAccess {
  public:
    /// All outlive this. @param writer  of capacity 1, so that this process's writers wait for each
    /// other in order
    DatabaseAccess(ConnectionPool& readers, ConnectionPool& writer, const RootSet& roots)
        : readers_(readers), writer_(writer), roots_(roots) {}

    const RootSet& roots() const { return roots_; }

    /// `query(Connection&)`, which gives a Result, on a connection that only reads.
    template <typename Query>
    auto read(const Query& query) const -> decltype(query(std::declval<Connection&>())) {
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        return query(**connection);
    }

    /// The same, and all that it reads is of one moment.
    template <typename Query>
    auto readAtOnce(const Query& query) const -> decltype(query(std::declval<Connection&>())) {
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        auto snapshot = Snapshot::begin(**connection);
        if (!snapshot)
            return fail(snapshot.error());
        return query(**connection);
    }

    /// `command(Connection&)`, which gives a Result, in a transaction that is committed when it
    /// succeeds. Whoever got a success has it on disk, whatever becomes of the process.
    template <typename Command>
    auto write(const Command& command) const -> decltype(command(std::declval<Connection&>())) {
        auto connection = writer_.acquire();
        if (!connection)
            return fail(connection.error());
        auto transaction = Transaction::begin(**connection);
        if (!transaction)
            return fail(transaction.error());
        auto done = command(**connection);
        if (!done)
            return done;
        if (auto committed = transaction->commit(); !committed)
            return fail(committed.error());
        return done;
    }

  private:
    ConnectionPool& readers_;
    ConnectionPool& writer_;
    const RootSet& roots_;
};

} // namespace segue::library
