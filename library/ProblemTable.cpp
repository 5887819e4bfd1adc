// The SQL of problems. Called with a connection of the caller's thread. A scan replaces the
// problems of its roots as a whole, so none outlives its cause by more than one scan.

#include "library/ProblemTable.h"

#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include "library/Cursor.h"
#include "library/Text.h"

namespace segue::library {

Result<std::vector<StoredProblem>> loadProblems(Connection& connection, const RootSet& roots) {
    Statement rows = connection.prepare(
        "SELECT path, root_id, reason, retry, tags_version, size_bytes, modified_ns, changed_ns, "
        "device, inode FROM problem WHERE root_id IN (" +
        roots.sqlList + ")");
    std::vector<StoredProblem> problems;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return problems;
        StoredProblem& problem = problems.emplace_back();
        problem.path = rows.blobAt(0);
        problem.rootId = rows.intAt(1);
        problem.reason = rows.textAt(2);
        problem.retry = rows.intAt(3) != 0;
        problem.tagsVersion = static_cast<int>(rows.intAt(4));
        problem.stamp = {rows.intAt(5), rows.intAt(6), rows.intAt(7),
                         std::bit_cast<std::uint64_t>(rows.intAt(8)),
                         std::bit_cast<std::uint64_t>(rows.intAt(9))};
    }
}

Result<void> replaceProblems(Connection& connection, const RootSet& roots,
                             const std::vector<StoredProblem>& problems) {
    if (auto done =
            connection.execute("DELETE FROM problem WHERE root_id IN (" + roots.sqlList + ")");
        !done)
        return done;
    Statement insert = connection.prepare(
        "INSERT OR REPLACE INTO problem (path, root_id, reason, retry, tags_version, size_bytes, "
        "modified_ns, changed_ns, device, inode) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    for (const StoredProblem& problem : problems) {
        insert.bindBlob(1, problem.path)
            .bindInt(2, problem.rootId)
            .bindText(3, displayText(problem.reason))
            .bindInt(4, problem.retry ? 1 : 0)
            .bindInt(5, problem.tagsVersion)
            .bindInt(6, problem.stamp.sizeBytes)
            .bindInt(7, problem.stamp.modifiedNs)
            .bindInt(8, problem.stamp.changedNs)
            .bindInt(9, std::bit_cast<std::int64_t>(problem.stamp.device))
            .bindInt(10, std::bit_cast<std::int64_t>(problem.stamp.inode));
        if (auto done = insert.run(); !done)
            return done;
    }
    return {};
}

std::string problemPageSql(const RootSet& roots) {
    // By path, and there what the scan says before what analyses say. The CROSS keeps SQLite from
    // walking through all tracks for the sake of their order: failures are few.
    return "SELECT path, reason, 0 AS place FROM problem WHERE root_id IN (" + roots.sqlList +
           ") AND path >= ?1 AND (path > ?1 OR ?2 < 0) UNION ALL SELECT path, 'analysis: ' || "
           "message, version + 1 FROM analysis_failure CROSS JOIN track ON track.id = track_id "
           "WHERE missing = 0 AND root_id IN (" +
           roots.sqlList + ") AND (path, version + 1) > (?1, ?2) ORDER BY path, place LIMIT ?3";
}

Result<Page<ScanProblem>> listProblems(Connection& connection, const RootSet& roots, int limit,
                                       const std::string& cursor) {
    constexpr std::string_view kListing = "problems";
    Cursor last{std::string(), -1};
    if (!cursor.empty()) {
        auto after = decodeCursor(cursor, kListing);
        if (!after)
            return fail(after.error());
        last = std::move(*after);
    }
    Statement rows = connection.prepare(problemPageSql(roots));
    bindValue(rows, 1, last.value, true);
    rows.bindInt(2, last.id).bindInt(3, std::int64_t{limit} + 1);
    Page<ScanProblem> page;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return page;
        if (static_cast<int>(page.items.size()) == limit) {
            page.next = encodeCursor(last, kListing);
            return page;
        }
        std::string path = rows.blobAt(0);
        page.items.push_back({displayText(path), rows.textAt(1)});
        last = {std::move(path), rows.intAt(2)};
    }
}

} // namespace segue::library
