// What each user plays. A whole queue is written at once, so that it costs a transaction of some
// thousand small rows; the place in it, which changes every few seconds while music plays, costs
// one row. Any thread.

#include "library/PlayQueues.h"

#include <cmath>

#include "library/TrackTable.h"

namespace segue::library {

namespace {

/// Nothing in a file is further in than this.
constexpr double kMostSeconds = 1e7;

Result<void> checkPlace(const QueuePlace& place) {
    if (!std::isfinite(place.positionSeconds) || place.positionSeconds < 0 ||
        place.positionSeconds > kMostSeconds)
        return fail(ErrorCode::InvalidArgument, "the queue: the position is no time in a track");
    if (place.changedBy.size() > PlayQueues::kLongestClientName)
        return fail(ErrorCode::InvalidArgument, "the queue: the client's name is longer than " +
                                                    std::to_string(PlayQueues::kLongestClientName) +
                                                    " bytes");
    return {};
}

Result<void> checkIndex(std::int64_t index, std::int64_t tracks) {
    if (index == 0 || (index > 0 && index < tracks))
        return {};
    return fail(ErrorCode::InvalidArgument, "the queue has " + std::to_string(tracks) +
                                                " tracks, none of them is number " +
                                                std::to_string(index) + ", counted from 0");
}

Result<PlayQueue> loadPlace(Connection& connection, UserId user) {
    Statement select = connection.prepare("SELECT revision, current_index, position_s, changed_by, "
                                          "changed_ms FROM play_queue WHERE user_id = ?1");
    const auto row = select.bindInt(1, user).step();
    if (!row)
        return fail(row.error());
    PlayQueue queue;
    if (!*row)
        return queue;
    queue.revision = select.intAt(0);
    queue.place = {select.intAt(1), select.realAt(2), select.textAt(3), select.intAt(4)};
    return queue;
}

Result<std::int64_t> countTracks(Connection& connection, UserId user) {
    Statement count =
        connection.prepare("SELECT count(*) FROM play_queue_track WHERE user_id = ?1");
    const auto row = count.bindInt(1, user).step();
    if (!row)
        return fail(row.error());
    return count.intAt(0);
}

/// @return the revision that comes next
Result<std::int64_t> nextRevision(Connection& connection, UserId user,
                                  std::optional<std::int64_t> seen) {
    const auto before = loadPlace(connection, user);
    if (!before)
        return fail(before.error());
    if (seen && *seen != before->revision)
        return fail(ErrorCode::Changed, "the queue was changed by '" + before->place.changedBy +
                                            "' meanwhile; it is at revision " +
                                            std::to_string(before->revision));
    return before->revision + 1;
}

Result<void> putPlace(Connection& connection, UserId user, const QueuePlace& place,
                      std::int64_t revision) {
    return connection
        .prepare("INSERT INTO play_queue (user_id, revision, current_index, position_s, "
                 "changed_by, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id) DO "
                 "UPDATE SET revision = ?2, current_index = ?3, position_s = ?4, changed_by = ?5, "
                 "changed_ms = ?6")
        .bindInt(1, user)
        .bindInt(2, revision)
        .bindInt(3, place.currentIndex)
        .bindReal(4, place.positionSeconds)
        .bindText(5, place.changedBy)
        .bindInt(6, place.changedMs)
        .run();
}

Result<void> putTracks(Connection& connection, UserId user, const std::vector<TrackId>& tracks) {
    auto emptied = connection.prepare("DELETE FROM play_queue_track WHERE user_id = ?1")
                       .bindInt(1, user)
                       .run();
    if (!emptied)
        return emptied;
    Statement insert = connection.prepare(
        "INSERT INTO play_queue_track (user_id, place, track_id) VALUES (?1, ?2, ?3)");
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        if (auto known = requireTrack(connection, tracks[i]); !known)
            return known;
        insert.bindInt(1, user).bindInt(2, static_cast<std::int64_t>(i)).bindInt(3, tracks[i]);
        if (auto done = insert.run(); !done)
            return done;
    }
    return {};
}

} // namespace

Result<PlayQueue> PlayQueues::of(UserId user) const {
    return access_.readAtOnce([&](Connection& connection) -> Result<PlayQueue> {
        auto queue = loadPlace(connection, user);
        if (!queue)
            return queue;
        Statement select = connection.prepare(
            "SELECT track_id FROM play_queue_track WHERE user_id = ?1 ORDER BY place");
        select.bindInt(1, user);
        auto tracks = idsOf(select);
        if (!tracks)
            return fail(tracks.error());
        queue->tracks = std::move(*tracks);
        return queue;
    });
}

Result<PlayQueue> PlayQueues::placeOf(UserId user) const {
    return access_.read([&](Connection& connection) { return loadPlace(connection, user); });
}

Result<std::optional<TrackId>> PlayQueues::next(UserId user, TrackId current) const {
    return access_.read([&](Connection& connection) -> Result<std::optional<TrackId>> {
        Statement select = connection.prepare(
            "SELECT following.track_id FROM play_queue AS queue JOIN play_queue_track AS playing "
            "ON "
            "playing.user_id = queue.user_id AND playing.place = queue.current_index JOIN "
            "play_queue_track AS following ON following.user_id = queue.user_id AND "
            "following.place = queue.current_index + 1 WHERE queue.user_id = ?1 AND "
            "playing.track_id = ?2");
        const auto row = select.bindInt(1, user).bindInt(2, current).step();
        if (!row)
            return fail(row.error());
        return *row ? std::optional(select.intAt(0)) : std::nullopt;
    });
}

Result<std::int64_t> PlayQueues::put(UserId user, const PlayQueue& queue,
                                     std::optional<std::int64_t> seen) {
    if (queue.tracks.size() > kMostTracks)
        return fail(ErrorCode::InvalidArgument,
                    "the queue has room for " + std::to_string(kMostTracks) + " tracks");
    if (auto valid = checkPlace(queue.place); !valid)
        return fail(valid.error());
    const auto count = static_cast<std::int64_t>(queue.tracks.size());
    if (auto valid = checkIndex(queue.place.currentIndex, count); !valid)
        return fail(valid.error());
    return access_.write([&](Connection& connection) -> Result<std::int64_t> {
        auto revision = nextRevision(connection, user, seen);
        if (!revision)
            return revision;
        if (auto done = putPlace(connection, user, queue.place, *revision); !done)
            return fail(done.error());
        if (auto done = putTracks(connection, user, queue.tracks); !done)
            return fail(done.error());
        return revision;
    });
}

Result<std::int64_t> PlayQueues::move(UserId user, const QueuePlace& place,
                                      std::optional<std::int64_t> seen) {
    if (auto valid = checkPlace(place); !valid)
        return fail(valid.error());
    return access_.write([&](Connection& connection) -> Result<std::int64_t> {
        auto revision = nextRevision(connection, user, seen);
        if (!revision)
            return revision;
        const auto count = countTracks(connection, user);
        if (!count)
            return fail(count.error());
        if (auto valid = checkIndex(place.currentIndex, *count); !valid)
            return fail(valid.error());
        if (auto done = putPlace(connection, user, place, *revision); !done)
            return fail(done.error());
        return revision;
    });
}

} // namespace segue::library
