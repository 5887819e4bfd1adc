#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

/// Where a user is in his queue.
struct QueuePlace {
    std::int64_t currentIndex = 0; ///< of the tracks, from 0; 0 when there are none
    double positionSeconds = 0;    ///< in the current track
    std::string changedBy;         ///< which client, in its own words; valid UTF-8
    std::int64_t changedMs = 0;    ///< since 1970

    bool operator==(const QueuePlace&) const = default;
};

struct PlayQueue {
    std::vector<TrackId> tracks; ///< a track may come several times
    QueuePlace place;
    std::int64_t revision = 0; ///< grows with each change; 0: nothing was ever kept

    bool operator==(const PlayQueue&) const = default;
};

/// What each user plays, so that another client can go on with it.
/// @thread all members may be called from any thread
class PlayQueues {
  public:
    static constexpr std::size_t kMostTracks = 10'000;
    static constexpr std::size_t kLongestClientName = 200;

    /// @param access  outlives this
    explicit PlayQueues(const DatabaseAccess& access) : access_(access) {}

    Result<PlayQueue> of(UserId user) const;
    /// The same without the tracks.
    Result<PlayQueue> placeOf(UserId user) const;
    /// The track after the current one, when that is `current`; nothing when it is another one or
    /// the last.
    Result<std::optional<TrackId>> next(UserId user, TrackId current) const;

    /// Takes the place of the whole queue; the revision that is given does not count.
    /// @param seen  the revision that the caller has seen, if it must be that still
    /// @return the new revision  @errors Changed (it is not), NotFound (a track), InvalidArgument
    Result<std::int64_t> put(UserId user, const PlayQueue& queue, std::optional<std::int64_t> seen);
    /// Keeps the tracks. @errors as put()
    Result<std::int64_t> move(UserId user, const QueuePlace& place,
                              std::optional<std::int64_t> seen);

  private:
    const DatabaseAccess& access_;
};

} // namespace segue::library
