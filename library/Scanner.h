#pragma once

#include <atomic>
#include <functional>

#include "library/Database.h"
#include "library/Library.h"
#include "library/Roots.h"
#include "library/TrackTable.h"

namespace segue::library {

/// One scan of all roots: walk, compare with the database, recognise moved files, read tags, write.
/// The caller sees to it that no other scan of the database runs.
/// @errors Io, Busy, NoSpace, Corrupt, all of the database; what is wrong with files is a problem
/// in the report
Result<ScanReport> scanRoots(ConnectionPool& writer, const Roots& roots, const RootSet& rootSet,
                             const std::function<void(const ScanProgress&)>& progress,
                             const std::atomic<bool>& cancel);

} // namespace segue::library
