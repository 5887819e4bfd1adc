#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "library/Database.h"
#include "processing/types/Error.h"

namespace segue::library {

/// What rows are sorted by.
using SortValue = std::variant<std::int64_t, double, std::string>;

/// The place after which a page goes on: the sort value and id of the last row before it.
struct Cursor {
    SortValue value;
    std::int64_t id = 0;
};

/// Text for clients, opaque to them. `listing` says of which listing it is.
std::string encodeCursor(const Cursor& cursor, std::string_view listing);
/// @errors InvalidArgument (not a cursor, or of another listing)
Result<Cursor> decodeCursor(std::string_view text, std::string_view listing);

/// Binds a sort value; texts as blobs if `asBlob`.
void bindValue(Statement& statement, int index, const SortValue& value, bool asBlob);

/// An even hash of seed and id, never negative: the order of lists in random order.
std::int64_t shuffled(std::uint64_t seed, std::int64_t id);

} // namespace segue::library
