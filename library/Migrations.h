#pragma once

#include <span>
#include <string_view>

#include "library/Database.h"

namespace segue::library {

/// One step of the schema; the steps of a list are numbered 1, 2, ... without a gap.
struct Migration {
    int version;
    std::string_view sql;
};

/// All steps from an empty database to the schema of this Segue.
std::span<const Migration> libraryMigrations();

/// Brings the database to the last step, each step in a transaction of its own, so that a killed
/// process leaves a whole schema behind. Safe when several processes do it at once.
/// @errors Unsupported (a newer schema, or a database of another program), Io, Corrupt, Busy
Result<void> migrate(Connection& connection, std::span<const Migration> migrations);

} // namespace segue::library
