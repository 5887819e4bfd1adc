// Where the music is, for commands that nobody told. Reads only: opening a library decides which of
// its tracks are shown.

#include "library/KnownRoots.h"

#include <string>

#include "library/Database.h"
#include "library/TrackTable.h"

namespace segue::library {

Result<std::vector<std::filesystem::path>> knownRoots(const std::filesystem::path& database) {
    auto connection = Connection::open(database, Access::ReadOnly);
    if (!connection && connection.error().code == ErrorCode::NotFound)
        return std::vector<std::filesystem::path>{};
    if (!connection)
        return fail(std::move(connection.error()));
    Statement select = (*connection)->prepare("SELECT path FROM root ORDER BY id");
    return rowsOf<std::filesystem::path>(
        select, [](const Statement& row) { return std::filesystem::path(row.blobAt(0)); });
}

} // namespace segue::library
