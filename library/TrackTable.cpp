// The SQL of tracks and roots. Called with a connection of the caller's thread, inside his
// transaction where he has one. One invariant is kept by every statement here: a row's content, if
// any, is the hash of the file's bytes while it had the row's stamp; both change together.

#include "library/TrackTable.h"

#include <algorithm>
#include <bit>

#include "library/AnalysisTable.h"
#include "library/Text.h"

namespace segue::library {

namespace {

constexpr const char* kStampColumns = "size_bytes, modified_ns, changed_ns, device, inode";

FileStamp stampAt(const Statement& row, int column) {
    FileStamp stamp;
    stamp.sizeBytes = row.intAt(column);
    stamp.modifiedNs = row.intAt(column + 1);
    stamp.changedNs = row.intAt(column + 2);
    stamp.device = std::bit_cast<std::uint64_t>(row.intAt(column + 3));
    stamp.inode = std::bit_cast<std::uint64_t>(row.intAt(column + 4));
    return stamp;
}

void bindStamp(Statement& statement, int index, const FileStamp& stamp) {
    statement.bindInt(index, stamp.sizeBytes)
        .bindInt(index + 1, stamp.modifiedNs)
        .bindInt(index + 2, stamp.changedNs)
        .bindInt(index + 3, std::bit_cast<std::int64_t>(stamp.device))
        .bindInt(index + 4, std::bit_cast<std::int64_t>(stamp.inode));
}

std::optional<Hash128> contentAt(const Statement& row, int column) {
    return row.isNull(column) ? std::nullopt : hashOfBlob(row.blobAt(column));
}

/// The parameters that insertTrack and updateTrack share: ?1 .. ?22.
void bindRecord(Statement& statement, const TrackRecord& record) {
    const Tags& tags = record.tags;
    statement.bindInt(1, record.rootId).bindBlob(2, record.path);
    bindStamp(statement, 3, record.stamp);
    if (record.content)
        statement.bindBlob(8, blobOf(*record.content));
    else
        statement.bindNull(8);
    statement.bindInt(9, kTagsVersion)
        .bindText(10, tags.title)
        .bindText(11, tags.artist)
        .bindText(12, tags.album)
        .bindText(13, tags.albumArtist)
        .bindText(14, tags.genre)
        .bindInt(15, tags.trackNumber)
        .bindInt(16, tags.discNumber)
        .bindInt(17, tags.year)
        .bindReal(18, tags.durationSeconds)
        .bindInt(19, tags.sampleRateHz)
        .bindInt(20, tags.numChannels)
        .bindText(21, tags.codec)
        .bindBlob(22, sortKeyOf({tags.albumArtist, tags.artist, tags.album, tags.title,
                                 tags.discNumber, tags.trackNumber}));
}

constexpr const char* kRecordColumns =
    "root_id, path, size_bytes, modified_ns, changed_ns, device, inode, content, tags_version, "
    "title, artist, album, album_artist, genre, track_number, disc_number, year, duration_s, "
    "sample_rate_hz, num_channels, codec, sort_key, missing, analysis_version";
constexpr const char* kRecordValues =
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21, ?22, 0, coalesce((SELECT max(version) FROM analysis WHERE content = ?8 AND kind = 0), "
    "-1)";

constexpr const char* kTrackColumns =
    "id, root_id, path, missing, size_bytes, modified_ns, changed_ns, device, inode, content, "
    "tags_version, title, artist, album, album_artist, genre, track_number, disc_number, year, "
    "duration_s, sample_rate_hz, num_channels, codec";

StoredTrack storedTrackOf(const Statement& row, const RootSet& roots) {
    StoredTrack stored;
    Track& track = stored.track;
    track.id = row.intAt(0);
    stored.rootId = row.intAt(1);
    track.path = row.blobAt(2);
    track.missing = row.intAt(3) != 0 || !roots.contains(stored.rootId);
    track.stamp = stampAt(row, 4);
    track.contentId = contentAt(row, 9);
    stored.tagsVersion = static_cast<int>(row.intAt(10));
    track.title = row.textAt(11);
    track.artist = row.textAt(12);
    track.album = row.textAt(13);
    track.albumArtist = row.textAt(14);
    track.genre = row.textAt(15);
    track.trackNumber = static_cast<int>(row.intAt(16));
    track.discNumber = static_cast<int>(row.intAt(17));
    track.year = static_cast<int>(row.intAt(18));
    track.durationSeconds = row.realAt(19);
    track.sampleRateHz = static_cast<int>(row.intAt(20));
    track.numChannels = static_cast<int>(row.intAt(21));
    track.codec = row.textAt(22);
    return stored;
}

Result<std::int64_t> rootIdOf(Connection& connection, const std::string& path) {
    Statement found = connection.prepare("SELECT id FROM root WHERE path = ?1");
    const auto row = found.bindBlob(1, path).step();
    if (!row)
        return fail(row.error());
    if (*row)
        return found.intAt(0);
    // Another process may add the same root meanwhile; either way it is there afterwards.
    Statement added = connection.prepare("INSERT OR IGNORE INTO root (path) VALUES (?1)");
    if (auto done = added.bindBlob(1, path).run(); !done)
        return fail(done.error());
    Statement again = connection.prepare("SELECT id FROM root WHERE path = ?1");
    const auto inserted = again.bindBlob(1, path).step();
    if (!inserted)
        return fail(inserted.error());
    return again.intAt(0);
}

/// Gives the tracks below root `index` to it, save those that belong to a given root below it.
Result<void> adoptTracks(Connection& connection, const Roots& roots, const RootSet& set,
                         std::size_t index) {
    const std::string& path = roots.paths()[index];
    const std::string first = path == "/" ? path : path + "/";
    std::string end = first; // all that begins with "first" is below it
    end.back() = '/' + 1;
    std::string owners = std::to_string(set.ids[index]);
    for (std::size_t i = 0; i < index; ++i)
        if (isBelow(roots.paths()[i], path))
            owners += "," + std::to_string(set.ids[i]);
    const std::string others =
        "FROM track WHERE path >= ?1 AND path < ?2 AND root_id NOT IN (" + owners + ")";
    Statement any = connection.prepare("SELECT 1 " + others + " LIMIT 1");
    const auto row = any.bindBlob(1, first).bindBlob(2, end).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return {};
    Statement adopt =
        connection.prepare("UPDATE track SET root_id = ?3 WHERE id IN (SELECT id " + others + ")");
    return adopt.bindBlob(1, first).bindBlob(2, end).bindInt(3, set.ids[index]).run();
}

} // namespace

bool RootSet::contains(std::int64_t id) const {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

Result<RootSet> registerRoots(Connection& connection, const Roots& roots) {
    RootSet set;
    for (const std::string& path : roots.paths()) {
        const auto id = rootIdOf(connection, path);
        if (!id)
            return fail(id.error());
        set.ids.push_back(*id);
        set.sqlList += (set.sqlList.empty() ? "" : ",") + std::to_string(*id);
    }
    if (set.ids.empty())
        set.sqlList = "0"; // which no root has
    for (std::size_t i = 0; i < set.ids.size(); ++i)
        if (auto done = adoptTracks(connection, roots, set, i); !done)
            return fail(done.error());
    return set;
}

Result<std::vector<StoredFile>> loadFiles(Connection& connection) {
    Statement rows = connection.prepare(
        std::string("SELECT id, root_id, path, missing, content, tags_version, ") + kStampColumns +
        " FROM track");
    std::vector<StoredFile> files;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return files;
        StoredFile& file = files.emplace_back();
        file.id = rows.intAt(0);
        file.rootId = rows.intAt(1);
        file.path = rows.blobAt(2);
        file.missing = rows.intAt(3) != 0;
        file.content = contentAt(rows, 4);
        file.tagsVersion = static_cast<int>(rows.intAt(5));
        file.stamp = stampAt(rows, 6);
    }
}

Result<TrackId> insertTrack(Connection& connection, const TrackRecord& record) {
    Statement insert = connection.prepare(std::string("INSERT INTO track (") + kRecordColumns +
                                          ") VALUES (" + kRecordValues + ")");
    bindRecord(insert, record);
    if (auto done = insert.run(); !done)
        return fail(done.error());
    return connection.lastInsertId();
}

Result<bool> updateTrack(Connection& connection, TrackId id, const std::string& oldPath,
                         const TrackRecord& record) {
    Statement forget = connection.prepare(
        "DELETE FROM analysis_failure WHERE track_id = ?6 AND NOT EXISTS (SELECT 1 FROM track "
        "WHERE id = ?6 AND size_bytes = ?1 AND modified_ns = ?2 AND changed_ns = ?3 AND "
        "inode = ?5)");
    bindStamp(forget, 1, record.stamp);
    if (auto done = forget.bindInt(6, id).run(); !done)
        return fail(done.error());
    Statement update =
        connection.prepare(std::string("UPDATE track SET (") + kRecordColumns + ") = (" +
                           kRecordValues + ") WHERE id = ?23 AND path = ?24");
    bindRecord(update, record);
    if (auto done = update.bindInt(23, id).bindBlob(24, oldPath).run(); !done)
        return fail(done.error());
    return connection.changes() > 0;
}

Result<void> touchTrack(Connection& connection, TrackId id, std::int64_t rootId,
                        std::uint64_t device) {
    return connection
        .prepare("UPDATE track SET root_id = ?2, device = ?3, missing = 0 WHERE id = ?1")
        .bindInt(1, id)
        .bindInt(2, rootId)
        .bindInt(3, std::bit_cast<std::int64_t>(device))
        .run();
}

Result<bool> putContent(Connection& connection, const Track& track, const Hash128& content) {
    Statement update = connection.prepare(
        "UPDATE track SET device = ?4, content = ?8, analysis_version = coalesce((SELECT "
        "max(version) FROM analysis WHERE content = ?8 AND kind = 0), -1) WHERE id = ?6 AND "
        "path = ?7 AND size_bytes = ?1 AND modified_ns = ?2 AND changed_ns = ?3 AND inode = ?5");
    bindStamp(update, 1, track.stamp);
    update.bindInt(6, track.id).bindBlob(7, track.path.native()).bindBlob(8, blobOf(content));
    if (auto done = update.run(); !done)
        return fail(done.error());
    return connection.changes() > 0;
}

Result<void> markMissing(Connection& connection, TrackId id) {
    return connection.prepare("UPDATE track SET missing = 1 WHERE id = ?1").bindInt(1, id).run();
}

Result<StoredTrack> loadTrack(Connection& connection, const RootSet& roots, TrackId id) {
    static const std::string sql =
        std::string("SELECT ") + kTrackColumns + " FROM track WHERE id = ?1";
    Statement select = connection.prepare(sql);
    const auto row = select.bindInt(1, id).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::NotFound, "no track " + std::to_string(id));
    return storedTrackOf(select, roots);
}

Result<std::optional<Track>> findTrackOf(Connection& connection, const RootSet& roots,
                                         const Hash128& content) {
    // The pluses keep SQLite from going by root.
    Statement select = connection.prepare(std::string("SELECT ") + kTrackColumns +
                                          " FROM track WHERE content = ?1 AND +missing = 0 "
                                          "AND +root_id IN (" +
                                          roots.sqlList + ") LIMIT 1");
    const auto row = select.bindBlob(1, blobOf(content)).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::nullopt;
    return storedTrackOf(select, roots).track;
}

std::string listSql(const RootSet& roots, bool withSearch) {
    // A sort key is never empty, so (x'', 0) is before the first. The plus keeps SQLite from going
    // by root and sorting everything.
    return std::string("SELECT ") + kTrackColumns +
           " FROM track WHERE missing = 0 AND +root_id IN (" + roots.sqlList +
           ") AND (sort_key, id) > (?1, ?2) " + (withSearch ? "AND instr(sort_key, ?4) > 0 " : "") +
           "ORDER BY sort_key, id LIMIT ?3";
}

Result<std::vector<Track>> listTracks(Connection& connection, const RootSet& roots,
                                      const TrackQuery& query) {
    std::string afterKey;
    if (query.afterId != 0) {
        Statement last = connection.prepare("SELECT sort_key FROM track WHERE id = ?1");
        const auto row = last.bindInt(1, query.afterId).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return fail(ErrorCode::NotFound,
                        "no track " + std::to_string(query.afterId) + " to list after");
        afterKey = last.blobAt(0);
    }
    const std::string needle = searchNeedleOf(query.search);
    Statement select = connection.prepare(listSql(roots, !needle.empty()));
    select.bindBlob(1, afterKey).bindInt(2, query.afterId).bindInt(3, query.limit);
    if (!needle.empty())
        select.bindBlob(4, needle);
    std::vector<Track> tracks;
    for (;;) {
        const auto row = select.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return tracks;
        tracks.push_back(storedTrackOf(select, roots).track);
    }
}

std::string countSql(const RootSet& roots) {
    return "SELECT count(*) FROM track WHERE root_id IN (" + roots.sqlList + ") AND missing = 0";
}

Result<std::vector<TrackId>> idsOf(Statement& select) {
    std::vector<TrackId> ids;
    for (;;) {
        const auto row = select.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return ids;
        ids.push_back(select.intAt(0));
    }
}

Result<std::optional<TrackId>> findTrackAt(Connection& connection, const RootSet& roots,
                                           const std::string& path) {
    Statement select =
        connection.prepare("SELECT id, root_id FROM track WHERE path = ?1 AND missing = 0");
    const auto row = select.bindBlob(1, path).step();
    if (!row)
        return fail(row.error());
    if (!*row || !roots.contains(select.intAt(1)))
        return std::nullopt;
    return select.intAt(0);
}

std::string recentlyAddedSql(const RootSet& roots) {
    // The plusses keep SQLite from going by root and sorting everything.
    return "SELECT id FROM track WHERE +missing = 0 AND +root_id IN (" + roots.sqlList +
           ") ORDER BY id DESC LIMIT ?1";
}

Result<std::vector<TrackId>> listRecentlyAdded(Connection& connection, const RootSet& roots,
                                               int limit) {
    Statement select = connection.prepare(recentlyAddedSql(roots));
    select.bindInt(1, limit);
    return idsOf(select);
}

} // namespace segue::library
