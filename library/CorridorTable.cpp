// The SQL of what was learned from the library, of what it is learned from, and of the leases that
// pin one version of it while a playback goes on. Called with a connection of the caller's thread.

#include "library/CorridorTable.h"

#include "library/AnalysisTable.h"
#include "library/TrackTable.h"

namespace segue::library {

namespace {

constexpr const char* kCorridorColumns = "SELECT version, created_ms, tracks, bytes FROM corridor ";

/// The one row that `select` gives, or nothing.
Result<std::optional<StoredCorridor>> oneCorridor(Statement& select) {
    const auto row = select.step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::nullopt;
    return StoredCorridor{select.intAt(0), select.intAt(1), select.intAt(2), select.blobAt(3)};
}

/// What learning may see: a present track of one of the roots, with a full analysis.
std::string analysedTracks(const RootSet& roots) {
    return "FROM track WHERE content IS NOT NULL AND missing = 0 AND +root_id IN (" +
           roots.sqlList +
           ") AND EXISTS (SELECT 1 FROM analysis WHERE analysis.content = track.content "
           "AND version = ?1 AND kind = 0) ";
}

} // namespace

Result<PlanLease> loadPlanLease(Connection& connection, const Hash128& content,
                                std::uint32_t version) {
    Statement select = connection.prepare(
        "SELECT kind, corridor, until_ms FROM plan_lease WHERE content = ?1 AND version = ?2");
    const auto row = select.bindBlob(1, blobOf(content)).bindInt(2, version).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return PlanLease{};
    return PlanLease{select.intAt(0) == 0 ? AnalysisKind::Full : AnalysisKind::Quick,
                     select.intAt(1), select.intAt(2)};
}

Result<void> putPlanLeaseRow(Connection& connection, const Hash128& content, std::uint32_t version,
                             const PlanLease& lease) {
    return connection
        .prepare("INSERT OR REPLACE INTO plan_lease (content, version, kind, corridor, until_ms) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bindBlob(1, blobOf(content))
        .bindInt(2, version)
        .bindInt(3, static_cast<int>(lease.kind))
        .bindInt(4, lease.corridor)
        .bindInt(5, lease.untilMs)
        .run();
}

Result<std::optional<StoredCorridor>> loadNewestCorridor(Connection& connection) {
    Statement select =
        connection.prepare(std::string(kCorridorColumns) + "ORDER BY version DESC LIMIT 1");
    return oneCorridor(select);
}

Result<std::optional<StoredCorridor>> loadCorridor(Connection& connection, std::int64_t version) {
    Statement select = connection.prepare(std::string(kCorridorColumns) + "WHERE version = ?1");
    select.bindInt(1, version);
    return oneCorridor(select);
}

Result<std::int64_t> putCorridorRow(Connection& connection, const StoredCorridor& corridor) {
    Statement put =
        connection.prepare("INSERT INTO corridor (created_ms, tracks, bytes) VALUES (?1, ?2, ?3)");
    put.bindInt(1, corridor.createdMs).bindInt(2, corridor.tracks).bindBlob(3, corridor.bytes);
    if (auto done = put.run(); !done)
        return fail(done.error());
    const std::int64_t version = connection.lastInsertId();
    Statement leases = connection.prepare("DELETE FROM plan_lease WHERE until_ms <= ?1");
    if (auto done = leases.bindInt(1, corridor.createdMs).run(); !done)
        return fail(done.error());
    Statement old = connection.prepare(
        "DELETE FROM corridor WHERE version NOT IN (SELECT version FROM corridor ORDER BY version "
        "DESC LIMIT ?1) AND version NOT IN (SELECT corridor FROM plan_lease)");
    if (auto done = old.bindInt(1, Library::kKeptCorridors).run(); !done)
        return fail(done.error());
    return version;
}

std::string analysedContentsSql(const RootSet& roots) {
    return "SELECT DISTINCT content " + analysedTracks(roots) +
           "AND content > ?2 ORDER BY content LIMIT ?3";
}

Result<std::vector<Hash128>> listAnalysedContents(Connection& connection, const RootSet& roots,
                                                  std::uint32_t version,
                                                  const std::optional<Hash128>& after, int limit) {
    Statement select = connection.prepare(analysedContentsSql(roots));
    select.bindInt(1, version).bindBlob(2, after ? blobOf(*after) : "").bindInt(3, limit);
    return contentsOf(select);
}

Result<std::int64_t> countAnalysedContents(Connection& connection, const RootSet& roots,
                                           std::uint32_t version) {
    Statement select =
        connection.prepare("SELECT count(DISTINCT content) " + analysedTracks(roots));
    const auto row = select.bindInt(1, version).step();
    if (!row)
        return fail(row.error());
    return *row ? select.intAt(0) : 0;
}

} // namespace segue::library
