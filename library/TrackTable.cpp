// The SQL of tracks and roots. Called with a connection of the caller's thread, inside his
// transaction where he has one. One invariant is kept by every statement here: a row's content, if
// any, is the hash of the file's bytes while it had the row's stamp; both change together.

#include "library/TrackTable.h"

#include <algorithm>
#include <bit>
#include <chrono>

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

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void bindOptional(Statement& statement, int index, const std::optional<double>& value) {
    if (value)
        statement.bindReal(index, *value);
    else
        statement.bindNull(index);
}

/// ?23 .. ?42
void bindDetails(Statement& statement, const Tags& tags) {
    const std::string& album = tags.albumSort.empty() ? tags.album : tags.albumSort;
    statement.bindBlob(23, orderKey(tags.titleSort.empty() ? tags.title : tags.titleSort))
        .bindBlob(24, orderKey(tags.artist, Article::Skip))
        .bindBlob(25, orderKey(album, Article::Skip))
        .bindInt(26, tags.trackTotal)
        .bindInt(27, tags.discTotal)
        .bindText(28, tags.discSubtitle)
        .bindText(29, tags.releaseDate)
        .bindText(30, tags.originalDate)
        .bindText(31, tags.titleSort)
        .bindText(32, tags.albumSort)
        .bindReal(33, tags.bpm)
        .bindText(34, tags.comment)
        .bindInt(35, tags.compilation ? 1 : 0)
        .bindText(36, tags.musicBrainz.recording)
        .bindText(37, tags.musicBrainz.track)
        .bindText(38, tags.musicBrainz.release)
        .bindText(39, tags.musicBrainz.releaseGroup);
    bindOptional(statement, 40, tags.replayGain.trackGainDb);
    bindOptional(statement, 41, tags.replayGain.trackPeakLinear);
    bindOptional(statement, 42, tags.replayGain.albumGainDb);
    bindOptional(statement, 47, tags.replayGain.albumPeakLinear);
}

/// The parameters that insertTrack and updateTrack share: ?1 .. ?43, ?46.
void bindRecord(Statement& statement, const TrackRecord& record, AlbumId album) {
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
    bindDetails(statement, tags);
    if (album != 0)
        statement.bindInt(43, album);
    else
        statement.bindNull(43);
    if (record.folderId != 0)
        statement.bindInt(46, record.folderId);
    else
        statement.bindNull(46);
}

constexpr const char* kRecordColumns =
    "root_id, path, size_bytes, modified_ns, changed_ns, device, inode, content, tags_version, "
    "title, artist, album, album_artist, genre, track_number, disc_number, year, duration_s, "
    "sample_rate_hz, num_channels, codec, sort_key, title_key, artist_key, album_key, track_total, "
    "disc_total, disc_subtitle, release_date, original_date, title_sort, album_sort, bpm, comment, "
    "compilation, mb_recording, mb_track, mb_release, mb_release_group, rg_track_gain_db, "
    "rg_track_peak, rg_album_gain_db, rg_album_peak, album_id, missing, shown, analysis_version";
constexpr const char* kRecordValues =
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, "
    "?39, ?40, ?41, ?42, ?47, ?43, 0, 1, coalesce((SELECT max(version) FROM analysis WHERE content "
    "= ?8 AND kind = 0), "
    "-1)";

constexpr const char* kTrackColumns =
    "id, root_id, path, missing, size_bytes, modified_ns, changed_ns, device, inode, content, "
    "tags_version, title, artist, album, album_artist, genre, track_number, disc_number, year, "
    "duration_s, sample_rate_hz, num_channels, codec, coalesce(album_id, 0), added_ms";

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
    track.albumId = row.intAt(23);
    track.addedMs = row.intAt(24);
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
/// @return whether there was any
Result<bool> adoptTracks(Connection& connection, const Roots& roots, const RootSet& set,
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
        return false;
    Statement adopt =
        connection.prepare("UPDATE track SET root_id = ?3 WHERE id IN (SELECT id " + others + ")");
    if (auto done = adopt.bindBlob(1, first).bindBlob(2, end).bindInt(3, set.ids[index]).run();
        !done)
        return fail(done.error());
    return true;
}

/// Makes root.given and track.shown what `set` asks for.
Result<void> showGiven(Connection& connection, const RootSet& set, bool adopted) {
    const std::string given = "(id IN (" + set.sqlList + "))";
    const auto changed = connection.queryInt("SELECT count(*) FROM root WHERE given <> " + given);
    if (!changed)
        return fail(changed.error());
    if (*changed == 0 && !adopted)
        return {};
    auto transaction = Transaction::begin(connection);
    if (!transaction)
        return fail(transaction.error());
    const std::string shown = "(missing = 0 AND root_id IN (" + set.sqlList + "))";
    for (const std::string& sql :
         {"UPDATE root SET given = " + given,
          "UPDATE track SET shown = " + shown + " WHERE shown <> " + shown})
        if (auto done = connection.execute(sql); !done)
            return done;
    if (auto done = recountCatalog(connection); !done)
        return done;
    return transaction->commit();
}

const std::string kFileColumns =
    std::string(
        "SELECT id, root_id, path, missing, content, tags_version, folder_id IS NOT NULL, ") +
    kStampColumns + " FROM track ";

StoredFile storedFileOf(const Statement& row) {
    StoredFile file;
    file.id = row.intAt(0);
    file.rootId = row.intAt(1);
    file.path = row.blobAt(2);
    file.missing = row.intAt(3) != 0;
    file.content = contentAt(row, 4);
    file.tagsVersion = static_cast<int>(row.intAt(5));
    file.inFolder = row.intAt(6) != 0;
    file.stamp = stampAt(row, 7);
    return file;
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
    bool adopted = false;
    for (std::size_t i = 0; i < set.ids.size(); ++i) {
        const auto any = adoptTracks(connection, roots, set, i);
        if (!any)
            return fail(any.error());
        adopted = adopted || *any;
    }
    if (auto done = showGiven(connection, set, adopted); !done)
        return fail(done.error());
    return set;
}

Result<std::vector<std::string>> rootPaths(Connection& connection, const RootSet& roots) {
    Statement select =
        connection.prepare("SELECT path FROM root WHERE id IN (" + roots.sqlList + ")");
    return rowsOf<std::string>(select, [](const Statement& row) { return row.blobAt(0); });
}

Result<std::optional<StoredFile>> findFile(Connection& connection, const std::string& path) {
    static const std::string sql = kFileColumns + "WHERE path = ?1";
    Statement row = connection.prepare(sql);
    const auto found = row.bindBlob(1, path).step();
    if (!found)
        return fail(found.error());
    return *found ? std::optional(storedFileOf(row)) : std::nullopt;
}

Result<StoredFile> loadFile(Connection& connection, TrackId id) {
    static const std::string sql = kFileColumns + "WHERE id = ?1";
    Statement row = connection.prepare(sql);
    const auto found = row.bindInt(1, id).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::NotFound, "no track " + std::to_string(id));
    return storedFileOf(row);
}

Result<void> putFolder(Connection& connection, TrackId id, std::int64_t folderId) {
    return connection.prepare("UPDATE track SET folder_id = ?2 WHERE id = ?1")
        .bindInt(1, id)
        .bindInt(2, folderId)
        .run();
}

Result<TrackId> insertTrack(CatalogWriter& catalog, const TrackRecord& record) {
    const auto album = catalog.albumOf(record.tags, record.path);
    if (!album)
        return fail(album.error());
    Connection& connection = catalog.connection();
    static const std::string sql = std::string("INSERT INTO track (") + kRecordColumns +
                                   ", added_ms, folder_id) VALUES (" + kRecordValues +
                                   ", ?44, ?46)";
    Statement insert = connection.prepare(sql);
    bindRecord(insert, record, *album);
    if (auto done = insert.bindInt(44, nowMs()).run(); !done)
        return fail(done.error());
    const TrackId id = connection.lastInsertId();
    if (auto done = catalog.link(id, *album, record.tags); !done)
        return fail(done.error());
    return id;
}

Result<bool> updateTrack(CatalogWriter& catalog, TrackId id, const std::string& oldPath,
                         const TrackRecord& record) {
    Connection& connection = catalog.connection();
    Statement there = connection.prepare("SELECT 1 FROM track WHERE id = ?1 AND path = ?2");
    auto row = there.bindInt(1, id).bindBlob(2, oldPath).step();
    if (!row || !*row)
        return row;
    Statement forget = connection.prepare(
        "DELETE FROM analysis_failure WHERE track_id = ?6 AND NOT EXISTS (SELECT 1 FROM track "
        "WHERE id = ?6 AND size_bytes = ?1 AND modified_ns = ?2 AND changed_ns = ?3 AND "
        "inode = ?5)");
    bindStamp(forget, 1, record.stamp);
    if (auto done = forget.bindInt(6, id).run(); !done)
        return fail(done.error());
    const auto album = catalog.albumOf(record.tags, record.path);
    if (!album)
        return fail(album.error());
    if (auto done = catalog.unlink(id); !done)
        return fail(done.error());
    static const std::string sql = std::string("UPDATE track SET (") + kRecordColumns +
                                   ", folder_id) = (" + kRecordValues +
                                   ", coalesce(?46, folder_id)) WHERE id = ?45";
    Statement update = connection.prepare(sql);
    bindRecord(update, record, *album);
    if (auto done = update.bindInt(45, id).run(); !done)
        return fail(done.error());
    if (auto done = catalog.link(id, *album, record.tags); !done)
        return fail(done.error());
    return true;
}

Result<void> touchTrack(CatalogWriter& catalog, TrackId id, std::int64_t rootId,
                        std::uint64_t device) {
    auto done =
        catalog.connection()
            .prepare("UPDATE track SET root_id = ?2, device = ?3, missing = 0 WHERE id = ?1")
            .bindInt(1, id)
            .bindInt(2, rootId)
            .bindInt(3, std::bit_cast<std::int64_t>(device))
            .run();
    return done ? catalog.show(id, true) : done;
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

Result<void> markMissing(CatalogWriter& catalog, TrackId id) {
    auto done = catalog.connection()
                    .prepare("UPDATE track SET missing = 1 WHERE id = ?1")
                    .bindInt(1, id)
                    .run();
    return done ? catalog.show(id, false) : done;
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

const std::string& trackColumns() {
    static const std::string columns = kTrackColumns;
    return columns;
}

Track trackOfRow(const Statement& row, const RootSet& roots) {
    return storedTrackOf(row, roots).track;
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

Result<void> checkLimit(int limit, int most) {
    if (limit < 1 || limit > most)
        return fail(ErrorCode::InvalidArgument,
                    "limit " + std::to_string(limit) + " is not in 1 .. " + std::to_string(most));
    return {};
}

Result<void> requireTrack(Connection& connection, TrackId track) {
    Statement select = connection.prepare("SELECT 1 FROM track WHERE id = ?1");
    const auto row = select.bindInt(1, track).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::NotFound, "no track " + std::to_string(track));
    return {};
}

Result<std::vector<TrackId>> idsOf(Statement& select) {
    return rowsOf<TrackId>(select, [](const Statement& row) { return row.intAt(0); });
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
