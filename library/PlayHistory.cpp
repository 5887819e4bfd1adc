// What was played, by whom, and how often. Called with a connection of the caller's thread. The sum
// of the counted plays of a user and a track is always what play_count says, since both are written
// in one transaction; so lists and most-played cost a look-up and never a walk over the history.

#include "library/PlayHistory.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "library/TrackTable.h"

namespace segue::library {

namespace {

/// Of a track of any length: the rule of Last.fm and ListenBrainz.
constexpr double kEnoughSeconds = 240;
constexpr double kEnoughOfTheTrack = 0.5;
/// Nobody hears a track for longer than this at a stretch.
constexpr double kMostSeconds = 7 * 86400.0;

Result<double> durationOf(Connection& connection, TrackId track) {
    Statement select = connection.prepare("SELECT duration_s FROM track WHERE id = ?1");
    const auto row = select.bindInt(1, track).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::NotFound, "no track " + std::to_string(track));
    return select.realAt(0);
}

struct StoredPlay {
    double secondsHeard = 0;
    bool counted = false;
};

/// What was told of this play before; nothing heard when it is new.
Result<StoredPlay> storedPlay(Connection& connection, const Play& play) {
    Statement select = connection.prepare("SELECT seconds_heard, counted FROM play WHERE "
                                          "user_id = ?1 AND started_ms = ?2 AND track_id = ?3");
    const auto row =
        select.bindInt(1, play.user).bindInt(2, play.startedMs).bindInt(3, play.track).step();
    if (!row)
        return fail(row.error());
    return *row ? StoredPlay{select.realAt(0), select.intAt(1) != 0} : StoredPlay{};
}

Result<void> countPlay(Connection& connection, const Play& play) {
    return connection
        .prepare("INSERT INTO play_count (user_id, track_id, plays, last_ms) VALUES (?1, ?2, 1, "
                 "?3) ON CONFLICT (user_id, track_id) DO UPDATE SET plays = plays + 1, "
                 "last_ms = max(last_ms, excluded.last_ms)")
        .bindInt(1, play.user)
        .bindInt(2, play.track)
        .bindInt(3, play.startedMs)
        .run();
}

} // namespace

bool countsAsPlayed(double secondsHeard, double durationSeconds) noexcept {
    return secondsHeard >= kEnoughSeconds ||
           (durationSeconds > 0 && secondsHeard >= kEnoughOfTheTrack * durationSeconds);
}

Result<bool> putPlayRow(Connection& connection, const Play& play) {
    if (!std::isfinite(play.secondsHeard) || play.secondsHeard < 0 ||
        play.secondsHeard > kMostSeconds)
        return fail(ErrorCode::InvalidArgument, "a play: the seconds that were heard are no length "
                                                "of time, or longer than a week");
    if (play.startedMs <= 0)
        return fail(ErrorCode::InvalidArgument, "a play: it began before 1970");
    const auto duration = durationOf(connection, play.track);
    if (!duration)
        return fail(duration.error());
    const auto before = storedPlay(connection, play);
    if (!before)
        return fail(before.error());
    const double heard = std::max(play.secondsHeard, before->secondsHeard);
    const bool counts = before->counted || countsAsPlayed(heard, *duration);
    auto put = connection
                   .prepare("INSERT OR REPLACE INTO play (user_id, started_ms, track_id, "
                            "seconds_heard, source, counted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                   .bindInt(1, play.user)
                   .bindInt(2, play.startedMs)
                   .bindInt(3, play.track)
                   .bindReal(4, heard)
                   .bindInt(5, static_cast<int>(play.source))
                   .bindInt(6, counts ? 1 : 0)
                   .run();
    if (put && counts && !before->counted)
        put = countPlay(connection, play);
    if (!put)
        return fail(put.error());
    return counts;
}

Result<std::vector<PlayCount>> loadPlayCounts(Connection& connection, UserId user,
                                              std::span<const TrackId> tracks) {
    Statement select = connection.prepare(
        "SELECT plays, last_ms FROM play_count WHERE user_id = ?1 AND track_id = ?2");
    std::vector<PlayCount> counts;
    counts.reserve(tracks.size());
    for (const TrackId track : tracks) {
        const auto row = select.bindInt(1, user).bindInt(2, track).step();
        if (!row)
            return fail(row.error());
        counts.push_back(*row ? PlayCount{select.intAt(0), select.intAt(1)} : PlayCount{});
        if (auto done = select.run(); !done)
            return fail(done.error());
    }
    return counts;
}

std::string mostPlayedSql(const RootSet& roots) {
    return "SELECT track_id FROM play_count WHERE user_id = ?1 AND EXISTS (SELECT 1 FROM track "
           "WHERE id = track_id AND missing = 0 AND root_id IN (" +
           roots.sqlList + ")) ORDER BY plays DESC, last_ms DESC LIMIT ?2";
}

Result<std::vector<TrackId>> listMostPlayed(Connection& connection, const RootSet& roots,
                                            UserId user, int limit) {
    Statement select = connection.prepare(mostPlayedSql(roots));
    select.bindInt(1, user).bindInt(2, limit);
    return idsOf(select);
}

Result<std::vector<KeptPlay>> PlayHistory::newest(UserId user, const std::optional<Play>& after,
                                                  int limit) const {
    if (auto valid = checkLimit(limit, kMostPerPage); !valid)
        return fail(valid.error());
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    return access_.read([&](Connection& connection) -> Result<std::vector<KeptPlay>> {
        Statement select = connection.prepare(kNewestSql);
        select.bindInt(1, user)
            .bindInt(2, after ? after->startedMs : kEnd)
            .bindInt(3, after ? after->track : kEnd)
            .bindInt(4, limit);
        return rowsOf<KeptPlay>(select, [&](const Statement& row) {
            return KeptPlay{{user, row.intAt(0), row.intAt(1), row.realAt(2),
                             static_cast<PlaySource>(row.intAt(3))},
                            row.intAt(4) != 0};
        });
    });
}

} // namespace segue::library
