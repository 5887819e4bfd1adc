#pragma once

#include <string>
#include <string_view>

#include "library/Database.h"
#include "library/Library.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Words of a search as FTS5's language has them, the last one as a beginning unless something
/// follows it. Whatever `text` is, the result is harmless. @return empty when there is no word to
/// look up
std::string matchExpression(std::string_view text);

/// @param limit  of each kind  @errors InvalidArgument (limit)
Result<SearchAnswer> searchCatalog(Connection& connection, const RootSet& roots,
                                   std::string_view text, int limit);

} // namespace segue::library
