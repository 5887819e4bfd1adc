#pragma once

#include <filesystem>
#include <vector>

#include "processing/types/Error.h"

namespace segue::library {

/// The folders that a library was ever opened with, in that order; none where there is no database
/// yet.
/// @thread any  @errors those of opening a database but NotFound
Result<std::vector<std::filesystem::path>> knownRoots(const std::filesystem::path& database);

} // namespace segue::library
