// Analyses of contents that no track has any more. Looking for them reads an index over all
// analyses, so it is done by a reader; the writer gets the few rows that change.

#include "library/VanishedContent.h"

#include <string>
#include <utility>

#include "library/AnalysisTable.h"
#include "library/Library.h"

namespace segue::library {

namespace {

/// One look changes no more than this, so that the writer is never held for long.
constexpr int kMostAtOnce = 5000;

// Not by root: an unplugged disk's tracks are not missing, they wait for its return.
constexpr const char* kNobodyHas =
    " NOT EXISTS (SELECT 1 FROM track WHERE track.content = c.content AND missing = 0) ";

template <typename Command>
Result<void> forEach(const std::vector<Hash128>& contents, const Command& command) {
    for (const Hash128& content : contents)
        if (Result<void> done = command(blobOf(content)); !done)
            return done;
    return {};
}

} // namespace

std::string goneContentsSql() {
    return std::string("SELECT DISTINCT content FROM analysis c WHERE") + kNobodyHas +
           "AND NOT EXISTS (SELECT 1 FROM vanished WHERE vanished.content = c.content)";
}

Result<VanishedChanges> findVanished(Connection& connection, std::int64_t nowMs) {
    VanishedChanges changes;
    const std::string limit = " LIMIT " + std::to_string(kMostAtOnce);
    {
        Statement select = connection.prepare(goneContentsSql() + limit);
        auto gone = contentsOf(select);
        if (!gone)
            return fail(gone.error());
        changes.gone = std::move(*gone);
    }
    {
        Statement select = connection.prepare(
            std::string("SELECT content FROM vanished c WHERE NOT (") + kNobodyHas + ")" + limit);
        auto back = contentsOf(select);
        if (!back)
            return fail(back.error());
        changes.back = std::move(*back);
    }
    Statement select =
        connection.prepare("SELECT content FROM vanished c WHERE since_ms <= ?1 AND" +
                           std::string(kNobodyHas) + limit);
    select.bindInt(1, nowMs - Library::kVanishedKeptMs);
    auto due = contentsOf(select);
    if (!due)
        return fail(due.error());
    changes.due = std::move(*due);
    return changes;
}

Result<void> applyVanished(Connection& connection, const VanishedChanges& changes,
                           std::int64_t nowMs) {
    auto done = forEach(changes.gone, [&](const std::string& content) {
        return connection
            .prepare("INSERT OR IGNORE INTO vanished (content, since_ms) VALUES (?1, ?2)")
            .bindBlob(1, content)
            .bindInt(2, nowMs)
            .run();
    });
    if (!done)
        return done;
    // Its missing tracks need an analysis again on the day that they come back.
    for (const char* command :
         {"UPDATE track SET analysis_version = -1", "DELETE FROM analysis",
          "DELETE FROM plan_lease", "DELETE FROM feature", "DELETE FROM vanished"}) {
        const std::string sql = std::string(command) +
                                " WHERE content = ?1 AND NOT EXISTS (SELECT 1 FROM track t "
                                "WHERE t.content = ?1 AND t.missing = 0)";
        done = forEach(changes.due, [&](const std::string& content) {
            return connection.prepare(sql).bindBlob(1, content).run();
        });
        if (!done)
            return done;
    }
    return forEach(changes.back, [&](const std::string& content) {
        return connection.prepare("DELETE FROM vanished WHERE content = ?1")
            .bindBlob(1, content)
            .run();
    });
}

} // namespace segue::library
