#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

/// What a user thinks of a track.
struct TrackMark {
    std::int64_t starredMs = 0; ///< since 1970; 0: no star
    int rating = 0;             ///< 1 .. kMostRating; 0: none

    bool operator==(const TrackMark&) const = default;
};

struct StarredTrack {
    TrackId track = 0;
    std::int64_t starredMs = 0;

    bool operator==(const StarredTrack&) const = default;
};

/// Where a user wants to go on with a track.
struct Bookmark {
    TrackId track = 0;
    double positionSeconds = 0;
    std::string comment;        ///< valid UTF-8
    std::int64_t changedMs = 0; ///< since 1970

    bool operator==(const Bookmark&) const = default;
};

/// Stars, ratings and bookmarks, for each user his own. They belong to the track, so they stay with
/// it when its file moves, changes or is missing.
/// @thread all members may be called from any thread
class Favourites {
  public:
    /// A page of the API and one more, which tells that there is a next page.
    static constexpr int kMostPerPage = 1001;
    static constexpr std::size_t kLongestComment = 1000;

    /// @param access  outlives this
    explicit Favourites(const DatabaseAccess& access) : access_(access) {}

    /// Gives a star; one that is there keeps its time. @return what holds now @errors NotFound
    Result<TrackMark> star(UserId user, TrackId track, std::int64_t nowMs);
    /// @errors NotFound (the track)
    Result<TrackMark> unstar(UserId user, TrackId track);
    /// @param rating  0 .. 5; 0 takes it away @errors NotFound, InvalidArgument
    Result<TrackMark> rate(UserId user, TrackId track, int rating);
    /// One for each of `tracks`, in their order.
    Result<std::vector<TrackMark>> marks(UserId user, std::span<const TrackId> tracks) const;
    /// The newest stars first. @param after  the last one of the page before
    /// @param limit  1 .. kMostPerPage
    Result<std::vector<StarredTrack>> starred(UserId user, const std::optional<StarredTrack>& after,
                                              int limit) const;

    /// Takes the place of the track's bookmark. @errors NotFound, InvalidArgument (the position is
    /// no time in a track, the comment is too long)
    Result<void> putBookmark(UserId user, const Bookmark& bookmark);
    /// @return whether there was one @errors NotFound (the track)
    Result<bool> removeBookmark(UserId user, TrackId track);
    Result<std::optional<Bookmark>> bookmark(UserId user, TrackId track) const;
    /// Those that changed last first. @param after  the last one of the page before: track, time
    Result<std::vector<Bookmark>> bookmarks(UserId user, const std::optional<Bookmark>& after,
                                            int limit) const;

    static constexpr const char* kStarredSql =
        "SELECT track_id, starred_ms FROM track_mark WHERE user_id = ?1 AND starred_ms > 0 "
        "AND (starred_ms, track_id) < (?2, ?3) ORDER BY starred_ms DESC, track_id DESC LIMIT ?4";
    static constexpr const char* kBookmarksSql =
        "SELECT track_id, position_s, comment, changed_ms FROM bookmark WHERE user_id = ?1 "
        "AND (changed_ms, track_id) < (?2, ?3) ORDER BY changed_ms DESC, track_id DESC LIMIT ?4";

  private:
    const DatabaseAccess& access_;
};

} // namespace segue::library
