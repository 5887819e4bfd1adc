// Stars, ratings and bookmarks. Each change is one transaction, so what a caller was told is on
// disk; a mark that says nothing any more has no row, so the tables are as large as what was kept.
// Any thread.

#include "library/Favourites.h"

#include <cmath>
#include <limits>

#include "library/TrackTable.h"

namespace segue::library {

namespace {

/// Nothing in a file is further in than this.
constexpr double kMostSeconds = 1e7;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

Result<TrackMark> loadMark(Connection& connection, UserId user, TrackId track) {
    Statement select = connection.prepare(
        "SELECT starred_ms, rating FROM track_mark WHERE user_id = ?1 AND track_id = ?2");
    const auto row = select.bindInt(1, user).bindInt(2, track).step();
    if (!row)
        return fail(row.error());
    return *row ? TrackMark{select.intAt(0), static_cast<int>(select.intAt(1))} : TrackMark{};
}

Result<TrackMark> putMark(Connection& connection, UserId user, TrackId track,
                          const TrackMark& mark) {
    const char* sql =
        mark == TrackMark{}
            ? "DELETE FROM track_mark WHERE user_id = ?1 AND track_id = ?2"
            : "INSERT OR REPLACE INTO track_mark (user_id, track_id, starred_ms, rating) "
              "VALUES (?1, ?2, ?3, ?4)";
    Statement put = connection.prepare(sql);
    put.bindInt(1, user).bindInt(2, track);
    if (mark != TrackMark{})
        put.bindInt(3, mark.starredMs).bindInt(4, mark.rating);
    if (auto done = put.run(); !done)
        return fail(done.error());
    return mark;
}

/// Stores what `change` makes of the track's mark.
template <typename Change>
Result<TrackMark> changeMark(const DatabaseAccess& access, UserId user, TrackId track,
                             const Change& change) {
    return access.write([&](Connection& connection) -> Result<TrackMark> {
        if (auto known = requireTrack(connection, track); !known)
            return fail(known.error());
        auto mark = loadMark(connection, user, track);
        if (!mark)
            return mark;
        const TrackMark before = *mark;
        change(*mark);
        return *mark == before ? mark : putMark(connection, user, track, *mark);
    });
}

Bookmark bookmarkAt(const Statement& row) {
    return {row.intAt(0), row.realAt(1), row.textAt(2), row.intAt(3)};
}

} // namespace

Result<TrackMark> Favourites::star(UserId user, TrackId track, std::int64_t nowMs) {
    return changeMark(access_, user, track, [&](TrackMark& mark) {
        if (mark.starredMs == 0)
            mark.starredMs = nowMs;
    });
}

Result<TrackMark> Favourites::unstar(UserId user, TrackId track) {
    return changeMark(access_, user, track, [](TrackMark& mark) { mark.starredMs = 0; });
}

Result<TrackMark> Favourites::rate(UserId user, TrackId track, int rating) {
    if (rating < 0 || rating > kMostRating)
        return fail(ErrorCode::InvalidArgument, "a rating is 1 .. 5, or 0 for none");
    return changeMark(access_, user, track, [&](TrackMark& mark) { mark.rating = rating; });
}

Result<std::vector<TrackMark>> Favourites::marks(UserId user,
                                                 std::span<const TrackId> tracks) const {
    return access_.read([&](Connection& connection) -> Result<std::vector<TrackMark>> {
        std::vector<TrackMark> marks;
        marks.reserve(tracks.size());
        for (const TrackId track : tracks) {
            const auto mark = loadMark(connection, user, track);
            if (!mark)
                return fail(mark.error());
            marks.push_back(*mark);
        }
        return marks;
    });
}

Result<std::vector<StarredTrack>>
Favourites::starred(UserId user, const std::optional<StarredTrack>& after, int limit) const {
    if (auto valid = checkLimit(limit, kMostPerPage); !valid)
        return fail(valid.error());
    return access_.read([&](Connection& connection) -> Result<std::vector<StarredTrack>> {
        Statement select = connection.prepare(kStarredSql);
        const StarredTrack last = after.value_or(StarredTrack{kEnd, kEnd});
        select.bindInt(1, user).bindInt(2, last.starredMs).bindInt(3, last.track).bindInt(4, limit);
        return rowsOf<StarredTrack>(select, [](const Statement& row) {
            return StarredTrack{row.intAt(0), row.intAt(1)};
        });
    });
}

Result<void> Favourites::putBookmark(UserId user, const Bookmark& bookmark) {
    if (!std::isfinite(bookmark.positionSeconds) || bookmark.positionSeconds < 0 ||
        bookmark.positionSeconds > kMostSeconds)
        return fail(ErrorCode::InvalidArgument, "a bookmark: its position is no time in a track");
    if (bookmark.comment.size() > kLongestComment)
        return fail(ErrorCode::InvalidArgument, "a bookmark: its comment is longer than " +
                                                    std::to_string(kLongestComment) + " bytes");
    return access_.write([&](Connection& connection) -> Result<void> {
        if (auto known = requireTrack(connection, bookmark.track); !known)
            return known;
        return connection
            .prepare("INSERT OR REPLACE INTO bookmark (user_id, track_id, position_s, comment, "
                     "changed_ms) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bindInt(1, user)
            .bindInt(2, bookmark.track)
            .bindReal(3, bookmark.positionSeconds)
            .bindText(4, bookmark.comment)
            .bindInt(5, bookmark.changedMs)
            .run();
    });
}

Result<bool> Favourites::removeBookmark(UserId user, TrackId track) {
    return access_.write([&](Connection& connection) -> Result<bool> {
        if (auto known = requireTrack(connection, track); !known)
            return fail(known.error());
        auto removed =
            connection.prepare("DELETE FROM bookmark WHERE user_id = ?1 AND track_id = ?2")
                .bindInt(1, user)
                .bindInt(2, track)
                .run();
        if (!removed)
            return fail(removed.error());
        return connection.changes() > 0;
    });
}

Result<std::optional<Bookmark>> Favourites::bookmark(UserId user, TrackId track) const {
    return access_.read([&](Connection& connection) -> Result<std::optional<Bookmark>> {
        Statement select = connection.prepare("SELECT track_id, position_s, comment, changed_ms "
                                              "FROM bookmark WHERE user_id = ?1 AND track_id = ?2");
        const auto row = select.bindInt(1, user).bindInt(2, track).step();
        if (!row)
            return fail(row.error());
        return *row ? std::optional(bookmarkAt(select)) : std::nullopt;
    });
}

Result<std::vector<Bookmark>>
Favourites::bookmarks(UserId user, const std::optional<Bookmark>& after, int limit) const {
    if (auto valid = checkLimit(limit, kMostPerPage); !valid)
        return fail(valid.error());
    return access_.read([&](Connection& connection) -> Result<std::vector<Bookmark>> {
        Statement select = connection.prepare(kBookmarksSql);
        select.bindInt(1, user)
            .bindInt(2, after ? after->changedMs : kEnd)
            .bindInt(3, after ? after->track : kEnd)
            .bindInt(4, limit);
        return rowsOf<Bookmark>(select, bookmarkAt);
    });
}

} // namespace segue::library
