// The SQL of stored analyses and failures. Called with a connection of the caller's
// thread. An analysis belongs to a content, whatever tracks have it; a failure to one track and its
// stamp. track.analysis_version follows both, so that nobody has to search 100000 analysed tracks
// for the few that are not.

#include "library/AnalysisTable.h"

#include "library/StampRules.h"
#include "library/Text.h"
#include "library/TrackTable.h"

namespace segue::library {

namespace {

// Messages are for people; longer ones only fill the page.
constexpr std::size_t kMaxMessageBytes = 1000;

int numberOf(AnalysisKind kind) {
    return static_cast<int>(kind);
}

} // namespace

std::string blobOf(const Hash128& hash) {
    std::string blob;
    for (const std::uint64_t half : {hash.high, hash.low})
        for (int shift = 56; shift >= 0; shift -= 8)
            blob.push_back(static_cast<char>(half >> shift & 0xFF));
    return blob;
}

std::optional<Hash128> hashOfBlob(std::string_view blob) {
    if (blob.size() != 16)
        return std::nullopt;
    Hash128 hash;
    for (std::size_t i = 0; i < 16; ++i) {
        std::uint64_t& half = i < 8 ? hash.high : hash.low;
        half = half << 8 | static_cast<unsigned char>(blob[i]);
    }
    return hash;
}

Result<std::vector<Hash128>> contentsOf(Statement& select) {
    std::vector<Hash128> contents;
    for (;;) {
        const auto row = select.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return contents;
        if (const auto content = hashOfBlob(select.blobAt(0)))
            contents.push_back(*content);
    }
}

Result<std::optional<std::string>> loadAnalysis(Connection& connection, const Hash128& content,
                                                std::uint32_t version, AnalysisKind kind) {
    Statement select = connection.prepare(
        "SELECT bytes FROM analysis WHERE content = ?1 AND version = ?2 AND kind = ?3");
    const auto row =
        select.bindBlob(1, blobOf(content)).bindInt(2, version).bindInt(3, numberOf(kind)).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::nullopt;
    return select.blobAt(0);
}

Result<void> putAnalysisRow(Connection& connection, const Hash128& content, std::uint32_t version,
                            AnalysisKind kind, const std::string& bytes) {
    const std::string blob = blobOf(content);
    Statement put = connection.prepare(
        "INSERT INTO analysis (content, version, kind, bytes) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (content, version, kind) DO UPDATE SET bytes = excluded.bytes");
    put.bindBlob(1, blob).bindInt(2, version).bindInt(3, numberOf(kind)).bindBlob(4, bytes);
    if (auto done = put.run(); !done || kind != AnalysisKind::Full)
        return done;
    Statement forget =
        connection.prepare("DELETE FROM analysis_failure WHERE version = ?2 AND track_id IN "
                           "(SELECT id FROM track WHERE content = ?1)");
    if (auto done = forget.bindBlob(1, blob).bindInt(2, version).run(); !done)
        return done;
    return connection.prepare("UPDATE track SET analysis_version = ?2 WHERE content = ?1")
        .bindBlob(1, blob)
        .bindInt(2, version)
        .run();
}

Result<void> putFailureRow(Connection& connection, TrackId id, const FileStamp& stamp,
                           std::uint32_t version, const std::string& message) {
    const auto stored = loadTrack(connection, RootSet{}, id);
    if (!stored)
        return fail(stored.error());
    if (!sameFile(stored->track.stamp, stamp))
        return {};
    Statement put = connection.prepare("INSERT OR REPLACE INTO analysis_failure "
                                       "(track_id, version, message) VALUES (?1, ?2, ?3)");
    put.bindInt(1, id)
        .bindInt(2, version)
        .bindText(3, cleanTag(std::string_view(message).substr(0, kMaxMessageBytes)));
    if (auto done = put.run(); !done)
        return done;
    return connection.prepare("UPDATE track SET analysis_version = ?2 WHERE id = ?1")
        .bindInt(1, id)
        .bindInt(2, version)
        .run();
}

std::string withoutAnalysisSql(const RootSet& roots) {
    // By itself SQLite would walk all tracks in order of their ids, which is slow in the common
    // case that (nearly) all are analysed.
    const auto those = [&](const char* comparison) {
        return std::string("SELECT id FROM track INDEXED BY track_by_analysis WHERE missing = 0 "
                           "AND analysis_version ") +
               comparison + " ?1 AND +root_id IN (" + roots.sqlList +
               ") AND NOT EXISTS (SELECT 1 FROM analysis WHERE analysis.content = track.content "
               "AND version = ?1 AND kind = 0) "
               "AND NOT EXISTS (SELECT 1 FROM analysis_failure WHERE track_id = track.id "
               "AND version = ?1)";
    };
    return those("<") + " UNION ALL " + those(">") + " ORDER BY id LIMIT ?2";
}

Result<std::vector<TrackId>> listWithoutAnalysis(Connection& connection, const RootSet& roots,
                                                 std::uint32_t version, int limit) {
    Statement select = connection.prepare(withoutAnalysisSql(roots));
    select.bindInt(1, version).bindInt(2, limit);
    return idsOf(select);
}

} // namespace segue::library
