// Playlists. Entries are sorted by `place`, a number with room on both sides: what is moved gets
// numbers between its new neighbours, so that a move writes what it moves and nothing else. Where
// the room between two neighbours is used up, which takes some twenty moves to one and the same
// spot, the whole playlist is numbered anew, beyond all numbers that were there, so that no two
// entries ever have the same one. All of a change is one transaction. Any thread.

#include "library/Playlists.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_set>

#include "library/Text.h"
#include "library/TrackTable.h"

namespace segue::library {

namespace {

/// Between neighbours at first. Twenty halvings use it up; numbering 100000 entries anew uses 1e11
/// of the 9e18 places, so they last for ever.
constexpr std::int64_t kGap = std::int64_t{1} << 20;
static_assert(Playlists::kMostAtOnce < kGap);
/// Entries on their way stand here, below every place that is in use, each at its own.
constexpr std::int64_t kAside = std::numeric_limits<std::int64_t>::min() + 1;
constexpr std::int64_t kFirstInUse = kAside / 2;

tl::unexpected<Error> wrong(const std::string& message) {
    return fail(ErrorCode::InvalidArgument, "playlist: " + message);
}

Error noPlaylist(PlaylistId id) {
    return {ErrorCode::NotFound, "no playlist " + std::to_string(id), 0};
}

Result<std::string> checkedName(const std::string& given) {
    std::string name = cleanTag(given);
    if (name.empty())
        return wrong("it needs a name");
    if (given.size() > Playlists::kLongestName)
        return wrong("its name is longer than " + std::to_string(Playlists::kLongestName) +
                     " bytes");
    return name;
}

Result<void> checkDescription(const std::string& description) {
    if (description.size() > Playlists::kLongestDescription)
        return wrong("its description is longer than " +
                     std::to_string(Playlists::kLongestDescription) + " bytes");
    return {};
}

Playlist playlistAt(const Statement& row) {
    Playlist playlist;
    playlist.id = row.intAt(0);
    playlist.name = row.textAt(1);
    playlist.description = row.textAt(2);
    if (!row.isNull(3))
        playlist.rules = row.textAt(3);
    playlist.revision = row.intAt(4);
    playlist.createdMs = row.intAt(5);
    playlist.changedMs = row.intAt(6);
    return playlist;
}

Result<void> addUp(Connection& connection, Playlist& playlist) {
    Statement sum = connection.prepare(
        "SELECT count(*), coalesce(sum(duration_s), 0) FROM playlist_entry JOIN track ON track.id "
        "= track_id WHERE playlist_id = ?1");
    const auto row = sum.bindInt(1, playlist.id).step();
    if (!row)
        return fail(row.error());
    playlist.entries = sum.intAt(0);
    playlist.durationSeconds = sum.realAt(1);
    return {};
}

/// Without the sums.
Result<Playlist> loadPlaylist(Connection& connection, UserId user, PlaylistId id) {
    Statement select =
        connection.prepare("SELECT id, name, description, rules, revision, created_ms, changed_ms "
                           "FROM playlist WHERE id = ?1 AND user_id = ?2");
    const auto row = select.bindInt(1, id).bindInt(2, user).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(noPlaylist(id));
    return playlistAt(select);
}

Result<Playlist> loadWhole(Connection& connection, UserId user, PlaylistId id) {
    auto playlist = loadPlaylist(connection, user, id);
    if (!playlist)
        return playlist;
    if (auto done = addUp(connection, *playlist); !done)
        return fail(done.error());
    return playlist;
}

/// The playlist that is to be changed, as it is.
Result<Playlist> loadForEdit(Connection& connection, const PlaylistEdit& edit) {
    auto playlist = loadPlaylist(connection, edit.user, edit.playlist);
    if (playlist && edit.seen && *edit.seen != playlist->revision)
        return fail(ErrorCode::Changed, "playlist " + std::to_string(edit.playlist) +
                                            " was changed meanwhile; it is at revision " +
                                            std::to_string(playlist->revision));
    return playlist;
}

Result<void> loadForEntries(Connection& connection, const PlaylistEdit& edit) {
    const auto playlist = loadForEdit(connection, edit);
    if (!playlist)
        return fail(playlist.error());
    if (playlist->rules)
        return wrong("a smart playlist's tracks come from its rules");
    return {};
}

Result<void> touch(Connection& connection, const PlaylistEdit& edit) {
    return connection
        .prepare("UPDATE playlist SET revision = revision + 1, changed_ms = ?2 WHERE id = ?1")
        .bindInt(1, edit.playlist)
        .bindInt(2, edit.nowMs)
        .run();
}

/// A number that a query for one gives; nothing when that is NULL or there is no row.
Result<std::optional<std::int64_t>> oneNumber(Statement& select) {
    const auto row = select.step();
    if (!row)
        return fail(row.error());
    return *row && !select.isNull(0) ? std::optional(select.intAt(0)) : std::nullopt;
}

Result<std::int64_t> placeOf(Connection& connection, PlaylistId playlist, EntryId entry) {
    Statement select =
        connection.prepare("SELECT place FROM playlist_entry WHERE id = ?1 AND playlist_id = ?2");
    const auto place = oneNumber(select.bindInt(1, entry).bindInt(2, playlist));
    if (!place)
        return fail(place.error());
    if (!*place)
        return fail(ErrorCode::NotFound, "playlist " + std::to_string(playlist) + " has no entry " +
                                             std::to_string(entry));
    return **place;
}

Result<std::optional<std::int64_t>> lastPlaceBelow(Connection& connection, PlaylistId playlist,
                                                   std::int64_t below) {
    Statement select = connection.prepare("SELECT max(place) FROM playlist_entry WHERE "
                                          "playlist_id = ?1 AND place > ?2 AND place < ?3");
    return oneNumber(select.bindInt(1, playlist).bindInt(2, kFirstInUse).bindInt(3, below));
}

Result<void> numberAnew(Connection& connection, PlaylistId playlist) {
    const auto last =
        lastPlaceBelow(connection, playlist, std::numeric_limits<std::int64_t>::max());
    if (!last)
        return fail(last.error());
    return connection
        .prepare("UPDATE playlist_entry SET place = ?2 + ?3 * numbered.number FROM "
                 "(SELECT id AS entry, row_number() OVER (ORDER BY place) AS number FROM "
                 "playlist_entry WHERE playlist_id = ?1 AND place > ?4) AS numbered "
                 "WHERE id = numbered.entry")
        .bindInt(1, playlist)
        .bindInt(2, last->value_or(0))
        .bindInt(3, kGap)
        .bindInt(4, kFirstInUse)
        .run();
}

/// Evenly spaced places, from `first` in steps of `step`.
struct Places {
    std::int64_t first = 0, step = kGap;
};

/// @return nothing when there is not so much room
Result<std::optional<Places>> roomBefore(Connection& connection, PlaylistId playlist,
                                         std::optional<EntryId> before, std::int64_t count) {
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    if (before) {
        const auto place = placeOf(connection, playlist, *before);
        if (!place)
            return fail(place.error());
        next = *place;
    }
    const auto previous = lastPlaceBelow(connection, playlist, next);
    if (!previous)
        return fail(previous.error());
    if (!before)
        return Places{previous->value_or(0) + kGap};
    if (!*previous)
        return Places{next - kGap * count};
    const std::int64_t step = (next - **previous) / (count + 1);
    if (step == 0)
        return std::nullopt;
    return Places{**previous + step, step};
}

Result<Places> makeRoomBefore(Connection& connection, PlaylistId playlist,
                              std::optional<EntryId> before, std::int64_t count) {
    auto room = roomBefore(connection, playlist, before, count);
    if (room && !*room) {
        if (auto done = numberAnew(connection, playlist); !done)
            return fail(done.error());
        room = roomBefore(connection, playlist, before, count);
    }
    if (!room)
        return fail(room.error());
    assert(*room); // since kMostAtOnce < kGap
    return **room;
}

Result<std::vector<EntryId>> insertTracks(Connection& connection, PlaylistId playlist,
                                          std::span<const TrackId> tracks, const Places& places) {
    std::vector<EntryId> entries;
    entries.reserve(tracks.size());
    Statement insert = connection.prepare(
        "INSERT INTO playlist_entry (playlist_id, place, track_id) VALUES (?1, ?2, ?3)");
    for (const TrackId track : tracks) {
        if (auto known = requireTrack(connection, track); !known)
            return fail(known.error());
        insert.bindInt(1, playlist)
            .bindInt(2, places.first + places.step * static_cast<std::int64_t>(entries.size()))
            .bindInt(3, track);
        if (auto done = insert.run(); !done)
            return fail(done.error());
        entries.push_back(connection.lastInsertId());
    }
    return entries;
}

/// Gives each of the entries a place. @param place  of the i-th, and its id
template <typename Place>
Result<void> putAt(Connection& connection, std::span<const EntryId> entries, const Place& place) {
    Statement update = connection.prepare("UPDATE playlist_entry SET place = ?2 WHERE id = ?1");
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (auto done = update.bindInt(1, entries[i]).bindInt(2, place(i)).run(); !done)
            return done;
    return {};
}

/// Each is of the playlist, and named once.
Result<void> checkEntries(Connection& connection, PlaylistId playlist,
                          std::span<const EntryId> entries) {
    if (entries.size() > Playlists::kMostAtOnce)
        return wrong("more than " + std::to_string(Playlists::kMostAtOnce) + " entries at once");
    std::unordered_set<EntryId> named;
    for (const EntryId entry : entries) {
        if (!named.insert(entry).second)
            return wrong("entry " + std::to_string(entry) + " is named twice");
        if (auto place = placeOf(connection, playlist, entry); !place)
            return fail(place.error());
    }
    return {};
}

Result<void> checkRoom(Connection& connection, PlaylistId playlist, std::size_t more) {
    Playlist sums;
    sums.id = playlist;
    if (auto done = addUp(connection, sums); !done)
        return done;
    if (more > Playlists::kMostAtOnce ||
        sums.entries + static_cast<std::int64_t>(more) > Playlists::kMostEntries)
        return wrong("it has room for " + std::to_string(Playlists::kMostEntries) + " entries");
    return {};
}

Result<void> checkCount(Connection& connection, UserId user) {
    Statement count = connection.prepare("SELECT count(*) FROM playlist WHERE user_id = ?1");
    const auto number = oneNumber(count.bindInt(1, user));
    if (!number)
        return fail(number.error());
    if (number->value_or(0) >= Playlists::kMostPlaylists)
        return wrong("there are " + std::to_string(Playlists::kMostPlaylists) + "; delete one");
    return {};
}

Result<PlaylistId> insertPlaylist(Connection& connection, UserId user, const std::string& name,
                                  const NewPlaylist& playlist, std::int64_t nowMs) {
    Statement insert = connection.prepare(
        "INSERT INTO playlist (user_id, name, description, rules, revision, created_ms, "
        "changed_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)");
    insert.bindInt(1, user).bindText(2, name).bindText(3, playlist.description).bindInt(5, nowMs);
    if (playlist.rules)
        insert.bindText(4, *playlist.rules);
    else
        insert.bindNull(4);
    if (auto done = insert.run(); !done)
        return fail(done.error());
    return connection.lastInsertId();
}

Result<void> storeTexts(Connection& connection, const Playlist& playlist) {
    Statement update = connection.prepare(
        "UPDATE playlist SET name = ?2, description = ?3, rules = ?4 WHERE id = ?1");
    update.bindInt(1, playlist.id).bindText(2, playlist.name).bindText(3, playlist.description);
    if (playlist.rules)
        update.bindText(4, *playlist.rules);
    else
        update.bindNull(4);
    return update.run();
}

} // namespace

Result<Playlist> Playlists::create(UserId user, const NewPlaylist& playlist, std::int64_t nowMs) {
    const auto name = checkedName(playlist.name);
    if (!name)
        return fail(name.error());
    if (auto valid = checkDescription(playlist.description); !valid)
        return fail(valid.error());
    if (playlist.rules && !playlist.tracks.empty())
        return wrong("a smart playlist's tracks come from its rules");
    return access_.write([&](Connection& connection) -> Result<Playlist> {
        if (auto room = checkCount(connection, user); !room)
            return fail(room.error());
        const auto id = insertPlaylist(connection, user, *name, playlist, nowMs);
        if (!id)
            return fail(id.error());
        if (auto room = checkRoom(connection, *id, playlist.tracks.size()); !room)
            return fail(room.error());
        if (auto added = insertTracks(connection, *id, playlist.tracks, {kGap, kGap}); !added)
            return fail(added.error());
        return loadWhole(connection, user, *id);
    });
}

Result<Playlist> Playlists::change(const PlaylistEdit& edit, const PlaylistChange& change) {
    if (change.description)
        if (auto valid = checkDescription(*change.description); !valid)
            return fail(valid.error());
    return access_.write([&](Connection& connection) -> Result<Playlist> {
        auto playlist = loadForEdit(connection, edit);
        if (!playlist)
            return playlist;
        if (change.name) {
            auto name = checkedName(*change.name);
            if (!name)
                return fail(name.error());
            playlist->name = std::move(*name);
        }
        if (change.description)
            playlist->description = *change.description;
        if (change.rules && !playlist->rules)
            return wrong("one that has tracks of its own takes no rules; make a smart one");
        if (change.rules)
            playlist->rules = change.rules;
        if (auto done = storeTexts(connection, *playlist); !done)
            return fail(done.error());
        if (auto done = touch(connection, edit); !done)
            return fail(done.error());
        return loadWhole(connection, edit.user, edit.playlist);
    });
}

Result<void> Playlists::remove(const PlaylistEdit& edit) {
    return access_.write([&](Connection& connection) -> Result<void> {
        if (auto playlist = loadForEdit(connection, edit); !playlist)
            return fail(playlist.error());
        return connection.prepare("DELETE FROM playlist WHERE id = ?1")
            .bindInt(1, edit.playlist)
            .run();
    });
}

Result<Playlist> Playlists::one(UserId user, PlaylistId id) const {
    return access_.readAtOnce(
        [&](Connection& connection) { return loadWhole(connection, user, id); });
}

Result<std::vector<Playlist>> Playlists::list(UserId user, PlaylistId after, int limit) const {
    if (auto valid = checkLimit(limit, kMostPerPage); !valid)
        return fail(valid.error());
    return access_.readAtOnce([&](Connection& connection) -> Result<std::vector<Playlist>> {
        Statement select = connection.prepare(kListSql);
        select.bindInt(1, user).bindInt(2, after).bindInt(3, limit);
        auto playlists = rowsOf<Playlist>(select, playlistAt);
        if (!playlists)
            return playlists;
        for (Playlist& playlist : *playlists)
            if (auto done = addUp(connection, playlist); !done)
                return fail(done.error());
        return playlists;
    });
}

Result<std::vector<PlaylistEntry>> Playlists::entries(UserId user, PlaylistId id,
                                                      std::optional<std::int64_t> afterPlace,
                                                      int limit) const {
    if (auto valid = checkLimit(limit, static_cast<int>(kMostEntries)); !valid)
        return fail(valid.error());
    return access_.readAtOnce([&](Connection& connection) -> Result<std::vector<PlaylistEntry>> {
        if (auto playlist = loadPlaylist(connection, user, id); !playlist)
            return fail(playlist.error());
        Statement select = connection.prepare(kEntriesSql);
        select.bindInt(1, id).bindInt(2, afterPlace.value_or(kFirstInUse)).bindInt(3, limit);
        return rowsOf<PlaylistEntry>(select, [](const Statement& row) {
            return PlaylistEntry{row.intAt(0), row.intAt(1), row.intAt(2)};
        });
    });
}

Result<std::vector<EntryId>> Playlists::add(const PlaylistEdit& edit,
                                            std::span<const TrackId> tracks,
                                            std::optional<EntryId> before) {
    return access_.write([&](Connection& connection) -> Result<std::vector<EntryId>> {
        if (auto loaded = loadForEntries(connection, edit); !loaded)
            return fail(loaded.error());
        if (auto room = checkRoom(connection, edit.playlist, tracks.size()); !room)
            return fail(room.error());
        const auto places = makeRoomBefore(connection, edit.playlist, before,
                                           static_cast<std::int64_t>(tracks.size()));
        if (!places)
            return fail(places.error());
        auto added = insertTracks(connection, edit.playlist, tracks, *places);
        if (!added)
            return added;
        if (auto done = touch(connection, edit); !done)
            return fail(done.error());
        return added;
    });
}

Result<void> Playlists::move(const PlaylistEdit& edit, std::span<const EntryId> entries,
                             std::optional<EntryId> before) {
    return access_.write([&](Connection& connection) -> Result<void> {
        if (auto loaded = loadForEntries(connection, edit); !loaded)
            return loaded;
        if (auto valid = checkEntries(connection, edit.playlist, entries); !valid)
            return valid;
        if (before && std::find(entries.begin(), entries.end(), *before) != entries.end())
            return wrong("an entry cannot be moved to before itself");
        if (auto done = putAt(connection, entries,
                              [&](std::size_t i) { return kAside + static_cast<std::int64_t>(i); });
            !done)
            return done;
        const auto places = makeRoomBefore(connection, edit.playlist, before,
                                           static_cast<std::int64_t>(entries.size()));
        if (!places)
            return fail(places.error());
        if (auto done = putAt(connection, entries,
                              [&](std::size_t i) {
                                  return places->first +
                                         places->step * static_cast<std::int64_t>(i);
                              });
            !done)
            return done;
        return touch(connection, edit);
    });
}

Result<void> Playlists::take(const PlaylistEdit& edit, std::span<const EntryId> entries) {
    return access_.write([&](Connection& connection) -> Result<void> {
        if (auto loaded = loadForEntries(connection, edit); !loaded)
            return loaded;
        if (auto valid = checkEntries(connection, edit.playlist, entries); !valid)
            return valid;
        Statement remove = connection.prepare("DELETE FROM playlist_entry WHERE id = ?1");
        for (const EntryId entry : entries)
            if (auto done = remove.bindInt(1, entry).run(); !done)
                return done;
        return touch(connection, edit);
    });
}

} // namespace segue::library
