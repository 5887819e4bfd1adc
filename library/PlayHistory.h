#pragma once

#include <span>
#include <string>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"

namespace segue::library {

struct RootSet;

/// Needs a transaction of the caller. @return whether the play counts
/// @errors NotFound (the track), InvalidArgument
Result<bool> putPlayRow(Connection& connection, const Play& play);
Result<std::vector<PlayCount>> loadPlayCounts(Connection& connection, UserId user,
                                              std::span<const TrackId> tracks);
std::string mostPlayedSql(const RootSet& roots);
Result<std::vector<TrackId>> listMostPlayed(Connection& connection, const RootSet& roots,
                                            UserId user, int limit);

} // namespace segue::library
