#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Why a file, folder or root is not in the library.
struct StoredProblem {
    std::string path;
    std::int64_t rootId = 0;
    std::string reason;
    /// Whether the cause may go without the file changing, so that each scan must try again.
    bool retry = true;
    int tagsVersion = 0;
    FileStamp stamp; ///< of a file that was read; zero otherwise
};

Result<std::vector<StoredProblem>> loadProblems(Connection& connection, const RootSet& roots);
/// Puts `problems` in the place of all that the roots had. Needs a transaction of the caller.
Result<void> replaceProblems(Connection& connection, const RootSet& roots,
                             const std::vector<StoredProblem>& problems);
/// For people: problems of scanning and failed analyses of present tracks, by path.
/// @param cursor  `next` of the page before; empty: the first page
/// @errors InvalidArgument (not a cursor of this list)
Result<Page<ScanProblem>> listProblems(Connection& connection, const RootSet& roots, int limit,
                                       const std::string& cursor);
/// For the test of its plan. ?1 and ?2 are the place to go on after, ?3 the number of rows.
std::string problemPageSql(const RootSet& roots);

} // namespace segue::library
