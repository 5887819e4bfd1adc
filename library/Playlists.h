#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

using PlaylistId = std::int64_t;
/// Stays with an entry wherever it is moved; never used twice.
using EntryId = std::int64_t;

struct Playlist {
    PlaylistId id = 0;
    std::string name, description;    ///< valid UTF-8
    std::optional<std::string> rules; ///< of a smart playlist: opaque here
    std::int64_t revision = 0;        ///< grows with each change
    std::int64_t createdMs = 0, changedMs = 0;
    std::int64_t entries = 0; ///< 0 for a smart one
    double durationSeconds = 0;
};

struct PlaylistEntry {
    EntryId id = 0;
    TrackId track = 0;
    std::int64_t place = 0; ///< what the entries are sorted by

    bool operator==(const PlaylistEntry&) const = default;
};

struct NewPlaylist {
    std::string name, description;
    std::optional<std::string> rules;
    std::vector<TrackId> tracks; ///< none when there are rules
};

/// What is not given stays.
struct PlaylistChange {
    std::optional<std::string> name, description, rules;
};

/// Who changes a playlist, and when.
struct PlaylistEdit {
    UserId user = kOnlyUser;
    PlaylistId playlist = 0;
    std::int64_t nowMs = 0;
    /// The revision that the caller has seen, if it must be that still: else Changed.
    std::optional<std::int64_t> seen = {};
};

/// The playlists of each user. A playlist holds tracks, so an entry stays when its file moves or is
/// missing; the same track may stand in it several times. Each change is whole or not at all, and
/// on disk when it has succeeded.
/// @thread all members may be called from any thread
class Playlists {
  public:
    static constexpr std::int64_t kMostPlaylists = 10'000; ///< of a user
    static constexpr std::int64_t kMostEntries = 100'000;
    static constexpr std::size_t kMostAtOnce = 100'000; ///< entries of one change
    static constexpr std::size_t kLongestName = 200;
    static constexpr std::size_t kLongestDescription = 4000;
    static constexpr int kMostPerPage = 1001; ///< see Favourites

    /// @param access  outlives this
    explicit Playlists(const DatabaseAccess& access) : access_(access) {}

    /// @errors InvalidArgument (texts, too many), NotFound (a track)
    Result<Playlist> create(UserId user, const NewPlaylist& playlist, std::int64_t nowMs);
    /// @errors NotFound, Changed, InvalidArgument (texts; rules for one that has entries)
    Result<Playlist> change(const PlaylistEdit& edit, const PlaylistChange& change);
    /// @errors NotFound, Changed
    Result<void> remove(const PlaylistEdit& edit);

    /// @errors NotFound
    Result<Playlist> one(UserId user, PlaylistId id) const;
    /// By their age. @param after  the last one of the page before; 0: from the beginning
    Result<std::vector<Playlist>> list(UserId user, PlaylistId after, int limit) const;
    /// In order. @param afterPlace  of the last entry of the page before
    /// @param limit  1 .. kMostEntries  @errors NotFound
    Result<std::vector<PlaylistEntry>>
    entries(UserId user, PlaylistId id, std::optional<std::int64_t> afterPlace, int limit) const;

    /// Puts tracks in, in their order. @param before  nothing: at the end
    /// @return their entries  @errors NotFound (playlist, a track, `before`), Changed,
    /// InvalidArgument (a smart playlist, too many)
    Result<std::vector<EntryId>> add(const PlaylistEdit& edit, std::span<const TrackId> tracks,
                                     std::optional<EntryId> before);
    /// Moves entries, in the order given, to before another one. Costs what is moved, however long
    /// the playlist is. @errors as add(); InvalidArgument also when one is named twice, or is
    /// `before`
    Result<void> move(const PlaylistEdit& edit, std::span<const EntryId> entries,
                      std::optional<EntryId> before);
    /// Takes entries out. @errors as move()
    Result<void> take(const PlaylistEdit& edit, std::span<const EntryId> entries);

    static constexpr const char* kListSql =
        "SELECT id, name, description, rules, revision, created_ms, changed_ms FROM playlist "
        "WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    static constexpr const char* kEntriesSql =
        "SELECT id, track_id, place FROM playlist_entry WHERE playlist_id = ?1 AND place > ?2 "
        "ORDER BY place LIMIT ?3";

  private:
    const DatabaseAccess& access_;
};

} // namespace segue::library
