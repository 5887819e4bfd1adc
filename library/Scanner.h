#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "library/Database.h"
#include "library/Library.h"
#include "library/Roots.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Where a scan reads and writes, and who hears of it. All of it outlives the scan.
struct ScanEnvironment {
    ConnectionPool& writer;
    ConnectionPool& readers;
    const Roots& roots;
    const RootSet& rootSet;
    const ScanRequest& request;
    const std::function<void(const ScanProgress&)>& progress;
    const std::atomic<bool>& cancel;
};

/// One scan of the roots, or of some of their folders: walk, compare with the database, recognise
/// moved files, read tags, write.
/// The caller sees to it that no other scan of the database runs.
/// @errors Io, Busy, NoSpace, Corrupt, all of the database; what is wrong with files is a problem
/// in the report
Result<ScanReport> scanRoots(const ScanEnvironment& environment);

/// The rows of a changed folder: ?1 its path; with those below: ?2 and ?3 around their paths.
std::string rowsOfChangedSql(Below below);
/// The rows whose file is missing.
std::string missingRowsSql();

} // namespace segue::library
