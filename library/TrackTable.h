#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library/CatalogWriter.h"
#include "library/Database.h"
#include "library/Library.h"
#include "library/Roots.h"
#include "library/TagReader.h"

namespace segue::library {

/// The given roots as the database knows them.
struct RootSet {
    std::vector<std::int64_t> ids; ///< one for each of Roots::paths()
    std::string sqlList;           ///< "1,3", for IN (...); never empty

    bool contains(std::int64_t id) const;
};

/// Finds or adds the rows of the roots, and hands tracks over that lie in one of them but belonged
/// to a root above or below it; shows the tracks of these roots and hides all others. Writes
/// nothing when nothing changed.
Result<RootSet> registerRoots(Connection& connection, const Roots& roots);

/// Where the given roots are.
Result<std::vector<std::string>> rootPaths(Connection& connection, const RootSet& roots);

/// A track's row as far as it is about the file.
struct StoredFile {
    TrackId id = 0;
    std::int64_t rootId = 0;
    std::string path;
    FileStamp stamp;
    std::optional<Hash128> content;
    bool missing = false;
    int tagsVersion = 0;
    bool inFolder = true; ///< the row knows its folder
};
/// The row of the file at `path`, missing or not.
Result<std::optional<StoredFile>> findFile(Connection& connection, const std::string& path);
/// @errors NotFound
Result<StoredFile> loadFile(Connection& connection, TrackId id);
/// Notes in which folder a track lies.
Result<void> putFolder(Connection& connection, TrackId id, std::int64_t folderId);

/// What a scan or refresh learnt about a present file.
struct TrackRecord {
    std::int64_t rootId = 0;
    std::string path;
    FileStamp stamp;
    std::optional<Hash128> content; ///< of the bytes under `stamp`
    Tags tags;
    std::int64_t folderId = 0; ///< 0: the one that the row has
};
Result<TrackId> insertTrack(CatalogWriter& catalog, const TrackRecord& record);
/// Writes all of `record` over the row and makes it present. Failed analyses are forgotten when the
/// stamp is another one. @return false when the row is no longer at `oldPath`
Result<bool> updateTrack(CatalogWriter& catalog, TrackId id, const std::string& oldPath,
                         const TrackRecord& record);
/// The unchanged file is (again) present, perhaps in another root or on another device number.
Result<void> touchTrack(CatalogWriter& catalog, TrackId id, std::int64_t rootId,
                        std::uint64_t device);
/// Stores the hash of the bytes under the track's stamp. @return false when the row has another
/// path or stamp by now
Result<bool> putContent(Connection& connection, const Track& track, const Hash128& content);
Result<void> markMissing(CatalogWriter& catalog, TrackId id);

/// A whole row and what refresh() needs besides.
struct StoredTrack {
    Track track; ///< missing, too, when its root is not given
    std::int64_t rootId = 0;
    int tagsVersion = 0;
};
/// @errors NotFound
Result<StoredTrack> loadTrack(Connection& connection, const RootSet& roots, TrackId id);

/// The columns of a whole row, the id first, and the track that they make.
const std::string& trackColumns();
Track trackOfRow(const Statement& row, const RootSet& roots);

/// A present track of this content.
Result<std::optional<Track>> findTrackOf(Connection& connection, const RootSet& roots,
                                         const Hash128& content);

/// The list query; `withSearch` adds its filter.
std::string listSql(const RootSet& roots, bool withSearch);
Result<std::vector<Track>> listTracks(Connection& connection, const RootSet& roots,
                                      const TrackQuery& query);
std::string countSql(const RootSet& roots);
/// The track of a present file.
Result<std::optional<TrackId>> findTrackAt(Connection& connection, const RootSet& roots,
                                           const std::string& path);
std::string recentlyAddedSql(const RootSet& roots);
Result<std::vector<TrackId>> listRecentlyAdded(Connection& connection, const RootSet& roots,
                                               int limit);
/// @errors InvalidArgument unless `limit` is in 1 .. `most`
Result<void> checkLimit(int limit, int most);
/// @errors NotFound when there never was a track of this id
Result<void> requireTrack(Connection& connection, TrackId track);
/// What `make(select)` gives for each row that `select` still has.
template <typename Item, typename Make>
Result<std::vector<Item>> rowsOf(Statement& select, const Make& make) {
    std::vector<Item> items;
    for (;;) {
        const auto row = select.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return items;
        items.push_back(make(select));
    }
}
/// The first column of all rows that `select` gives.
Result<std::vector<TrackId>> idsOf(Statement& select);

} // namespace segue::library
