#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "library/Catalog.h"
#include "library/Database.h"
#include "library/TagReader.h"
#include "processing/types/Error.h"

namespace segue::library {

/// What makes tracks parts of one album: the MusicBrainz release, else album artist, title and the
/// folder, of which "CD1" and "(Disc 2)" are no part. `path` is the file's. @return empty when the
/// track has no album
std::string albumIdentity(const Tags& tags, std::string_view path);

/// Keeps artists, albums and genres in step with the tracks, within one transaction: told of each
/// track before and after its row changes, and at the end asked to settle() all that those changes
/// mean for albums and counts. Without settle() the transaction must not be committed.
/// @thread that of the connection
class CatalogWriter {
  public:
    explicit CatalogWriter(Connection& connection) : connection_(connection) {}

    Connection& connection() { return connection_; }

    /// The album of a track that is about to be written, made if needed. @return 0: none
    Result<AlbumId> albumOf(const Tags& tags, const std::string& path);
    /// Takes the track from its artists, genres and album, before its row changes.
    Result<void> unlink(TrackId track);
    /// Gives it to those that its tags name, after its row was written with `album`.
    Result<void> link(TrackId track, AlbumId album, const Tags& tags);
    /// The row's `shown` changes, and with it the counts; the row is written here.
    Result<void> show(TrackId track, bool shown);
    /// Derives the touched albums anew from their tracks, and writes all counts.
    Result<void> settle();

    /// Albums that lost a track to another album, and to which.
    using Moves = std::map<AlbumId, std::set<AlbumId>>;
    const Moves& moves() const { return moves_; }
    /// Those that were made.
    const std::set<AlbumId>& created() const { return created_; }
    /// Gives albums that are empty the tracks of the one new album into which all of them went, so
    /// that an album that was renamed or moved keeps its id. Settles by itself.
    Result<void> followMoves(const Moves& moves, const std::set<AlbumId>& created);

  private:
    struct RoleCount {
        std::int64_t tracks = 0, albums = 0;
    };
    struct GenreCount {
        std::int64_t tracks = 0, albums = 0;
    };
    using RoleKey = std::pair<ArtistId, int>;

    Result<ArtistId> artistOf(const Credit& credit);
    Result<ArtistId> variousArtists();
    Result<GenreId> genreOf(const std::string& name);
    Result<void> countLinks(TrackId track, std::int64_t by);
    Result<void> settleAlbum(AlbumId album);
    Result<void> settleAlbumArtists(AlbumId album, const std::vector<ArtistId>& artists,
                                    bool wasShown, bool isShown);
    Result<void> settleAlbumGenres(AlbumId album, bool wasShown, bool isShown);
    Result<void> settleCounts();

    Connection& connection_;
    std::unordered_map<std::string, ArtistId> artists_; ///< by identity
    std::unordered_map<std::string, GenreId> genres_;   ///< by identity
    std::unordered_map<std::string, AlbumId> albums_;   ///< by identity
    std::map<RoleKey, RoleCount> roleCounts_;           ///< what is to be added
    std::map<GenreId, GenreCount> genreCounts_;
    std::set<AlbumId> touched_;
    std::unordered_map<TrackId, AlbumId> unlinked_; ///< the albums that tracks had
    Moves moves_;
    std::set<AlbumId> created_;
};

/// Counts all artists, albums and genres anew; for when many tracks were shown or hidden at once.
Result<void> recountCatalog(Connection& connection);

/// What the catalogue knows of a track.
Result<TrackDetails> loadDetails(Connection& connection, TrackId track);

} // namespace segue::library
