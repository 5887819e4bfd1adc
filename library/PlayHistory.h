#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

struct RootSet;

/// Needs a transaction of the caller. @return whether the play counts
/// @errors NotFound (the track), InvalidArgument
Result<bool> putPlayRow(Connection& connection, const Play& play);
Result<std::vector<PlayCount>> loadPlayCounts(Connection& connection, UserId user,
                                              std::span<const TrackId> tracks);
std::string mostPlayedSql(const RootSet& roots);
Result<std::vector<TrackId>> listMostPlayed(Connection& connection, const RootSet& roots,
                                            UserId user, int limit);

struct KeptPlay {
    Play play;
    bool counted = false; ///< whether it is in the track's PlayCount
};

/// What a user has listened to, the broken off ones too.
/// @thread all members may be called from any thread
class PlayHistory {
  public:
    /// A page of the API and one more, which tells that there is a next page.
    static constexpr int kMostPerPage = 1001;

    /// @param access  outlives this
    explicit PlayHistory(const DatabaseAccess& access) : access_(access) {}

    /// Those that began last first. @param after  the last one of the page before
    /// @param limit  1 .. kMostPerPage
    Result<std::vector<KeptPlay>> newest(UserId user, const std::optional<Play>& after,
                                         int limit) const;

    static constexpr const char* kNewestSql =
        "SELECT track_id, started_ms, seconds_heard, source, counted FROM play WHERE user_id = ?1 "
        "AND (started_ms, track_id) < (?2, ?3) ORDER BY started_ms DESC, track_id DESC LIMIT ?4";

  private:
    const DatabaseAccess& access_;
};

} // namespace segue::library
