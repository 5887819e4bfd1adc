// A scan's notes, in an SQLite database that has no name: it is gone with the scan, however that
// ends. On the scan's thread.

#include "library/ScanScratch.h"

#include <bit>
#include <string>
#include <utility>

#include "library/AnalysisTable.h"

namespace segue::library {

namespace {

constexpr const char* kSchema = R"sql(
PRAGMA journal_mode=OFF;
CREATE TABLE found (
    number INTEGER PRIMARY KEY, path BLOB, root INTEGER, size INTEGER, modified INTEGER,
    changed INTEGER, device INTEGER, inode INTEGER);
CREATE TABLE unmet (
    id INTEGER PRIMARY KEY, path BLOB, root INTEGER, size INTEGER, modified INTEGER,
    changed INTEGER, device INTEGER, inode INTEGER, content BLOB, missing INTEGER,
    tags_version INTEGER);
CREATE INDEX unmet_inode ON unmet (inode);
CREATE INDEX unmet_content ON unmet (size, content) WHERE content IS NOT NULL;
CREATE TABLE folder (
    number INTEGER PRIMARY KEY, path BLOB, root INTEGER, device INTEGER, inode INTEGER,
    modified INTEGER, changed INTEGER, whole INTEGER);
BEGIN;
)sql";

constexpr const char* kFoundColumns =
    "SELECT number, path, root, size, modified, changed, device, inode FROM found ";
constexpr const char* kUnmetColumns = "SELECT id, path, root, size, modified, changed, device, "
                                      "inode, content, missing, tags_version FROM unmet ";
constexpr const char* kChunk = " LIMIT 500";

std::int64_t bits(std::uint64_t value) {
    return std::bit_cast<std::int64_t>(value);
}

FileStamp stampAt(const Statement& row, int column) {
    return {row.intAt(column), row.intAt(column + 1), row.intAt(column + 2),
            std::bit_cast<std::uint64_t>(row.intAt(column + 3)),
            std::bit_cast<std::uint64_t>(row.intAt(column + 4))};
}

void bindStamp(Statement& statement, int index, const FileStamp& stamp) {
    statement.bindInt(index, stamp.sizeBytes)
        .bindInt(index + 1, stamp.modifiedNs)
        .bindInt(index + 2, stamp.changedNs)
        .bindInt(index + 3, bits(stamp.device))
        .bindInt(index + 4, bits(stamp.inode));
}

template <typename T, typename Convert>
Result<std::vector<T>> all(Statement& rows, const Convert& convert) {
    std::vector<T> list;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return list;
        list.push_back(convert(rows));
    }
}

ScanScratch::Numbered numberedOf(const Statement& row) {
    return {row.intAt(0), {row.blobAt(1), static_cast<std::size_t>(row.intAt(2)), stampAt(row, 3)}};
}

StoredFile storedOf(const Statement& row) {
    StoredFile file;
    file.id = row.intAt(0);
    file.path = row.blobAt(1);
    file.rootId = row.intAt(2);
    file.stamp = stampAt(row, 3);
    file.content = row.isNull(8) ? std::nullopt : hashOfBlob(row.blobAt(8));
    file.missing = row.intAt(9) != 0;
    file.tagsVersion = static_cast<int>(row.intAt(10));
    return file;
}

} // namespace

Result<ScanScratch> ScanScratch::open() {
    auto connection = Connection::open("", Access::ReadWrite);
    if (!connection)
        return fail(connection.error());
    if (auto done = (*connection)->execute(kSchema); !done)
        return fail(done.error());
    return ScanScratch(std::move(*connection));
}

Result<void> ScanScratch::addFound(const FoundFile& file) {
    Statement insert = connection_->prepare(
        "INSERT INTO found (path, root, size, modified, changed, device, inode) VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    insert.bindBlob(1, file.path).bindInt(2, static_cast<std::int64_t>(file.root));
    bindStamp(insert, 3, file.stamp);
    return insert.run();
}

Result<void> ScanScratch::addUnmet(const StoredFile& row) {
    Statement insert = connection_->prepare(
        "INSERT INTO unmet VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    insert.bindInt(1, row.id).bindBlob(2, row.path).bindInt(3, row.rootId);
    bindStamp(insert, 4, row.stamp);
    if (row.content)
        insert.bindBlob(9, blobOf(*row.content));
    else
        insert.bindNull(9);
    return insert.bindInt(10, row.missing ? 1 : 0).bindInt(11, row.tagsVersion).run();
}

Result<void> ScanScratch::addFolder(const WalkedFolder& folder) {
    return connection_
        ->prepare("INSERT INTO folder (path, root, device, inode, modified, changed, whole) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .bindBlob(1, folder.path)
        .bindInt(2, static_cast<std::int64_t>(folder.root))
        .bindInt(3, bits(folder.stamp.device))
        .bindInt(4, bits(folder.stamp.inode))
        .bindInt(5, folder.stamp.modifiedNs)
        .bindInt(6, folder.stamp.changedNs)
        .bindInt(7, folder.whole ? 1 : 0)
        .run();
}

Result<std::vector<ScanScratch::Numbered>> ScanScratch::found(std::int64_t after) {
    Statement rows = connection_->prepare(std::string(kFoundColumns) +
                                          "WHERE number > ?1 ORDER BY number" + kChunk);
    rows.bindInt(1, after);
    return all<Numbered>(rows, numberedOf);
}

Result<std::vector<ScanScratch::Numbered>> ScanScratch::foundWithKnownInode(std::int64_t after) {
    Statement rows = connection_->prepare(
        std::string(kFoundColumns) +
        "WHERE number > ?1 AND EXISTS (SELECT 1 FROM unmet WHERE unmet.inode = found.inode) "
        "ORDER BY number" +
        kChunk);
    rows.bindInt(1, after);
    return all<Numbered>(rows, numberedOf);
}

Result<std::vector<ScanScratch::Numbered>> ScanScratch::foundWithKnownSize(std::int64_t after) {
    Statement rows = connection_->prepare(
        std::string(kFoundColumns) +
        "WHERE number > ?1 AND EXISTS (SELECT 1 FROM unmet WHERE unmet.size = found.size AND "
        "content IS NOT NULL) ORDER BY number" +
        kChunk);
    rows.bindInt(1, after);
    return all<Numbered>(rows, numberedOf);
}

Result<void> ScanScratch::dropFound(std::int64_t number) {
    return connection_->prepare("DELETE FROM found WHERE number = ?1").bindInt(1, number).run();
}

Result<std::vector<StoredFile>> ScanScratch::unmetWithInode(std::uint64_t inode) {
    Statement rows = connection_->prepare(std::string(kUnmetColumns) + "WHERE inode = ?1");
    rows.bindInt(1, bits(inode));
    return all<StoredFile>(rows, storedOf);
}

Result<std::vector<StoredFile>> ScanScratch::unmetWithContent(const Hash128& content,
                                                              std::int64_t sizeBytes) {
    Statement rows =
        connection_->prepare(std::string(kUnmetColumns) + "WHERE size = ?1 AND content = ?2");
    rows.bindInt(1, sizeBytes).bindBlob(2, blobOf(content));
    return all<StoredFile>(rows, storedOf);
}

Result<std::vector<StoredFile>> ScanScratch::unmet(TrackId after) {
    Statement rows =
        connection_->prepare(std::string(kUnmetColumns) + "WHERE id > ?1 ORDER BY id" + kChunk);
    rows.bindInt(1, after);
    return all<StoredFile>(rows, storedOf);
}

Result<void> ScanScratch::dropUnmet(TrackId id) {
    return connection_->prepare("DELETE FROM unmet WHERE id = ?1").bindInt(1, id).run();
}

Result<std::vector<ScanScratch::Folder>> ScanScratch::folders(std::int64_t after) {
    Statement rows = connection_->prepare(std::string("SELECT number, path, root, device, inode, "
                                                      "modified, changed, whole FROM folder WHERE "
                                                      "number > ?1 ORDER BY number") +
                                          kChunk);
    rows.bindInt(1, after);
    return all<Folder>(rows, [](const Statement& row) {
        return Folder{row.intAt(0),
                      row.blobAt(1),
                      static_cast<std::size_t>(row.intAt(2)),
                      {std::bit_cast<std::uint64_t>(row.intAt(3)),
                       std::bit_cast<std::uint64_t>(row.intAt(4)), row.intAt(5), row.intAt(6)},
                      row.intAt(7) != 0};
    });
}

} // namespace segue::library
