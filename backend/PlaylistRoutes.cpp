// Playlists by HTTP. A playlist's entity tag is its revision; every change may be made conditional
// on it, and is told to all who listen to /api/events. Connection threads.
#include "backend/PlaylistRoutes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "backend/JsonBody.h"
#include "backend/Paging.h"
#include "backend/PlaylistImport.h"
#include "backend/PlaylistTracks.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"
#include "backend/http/RequestHead.h"
#include "library/PlaylistFile.h"
#include "library/SmartRules.h"
#include "library/TrackTable.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using library::kOnlyUser;
using library::Playlist;
using library::PlaylistEntry;
using library::Playlists;
using library::SmartRules;
using library::TrackId;

constexpr std::size_t kMostTold = 1000; ///< lines of an import that found nothing
constexpr const char* kFileType = "application/vnd.apple.mpegurl";

std::string tagOf(const Playlist& playlist) {
    return "\"playlist-" + std::to_string(playlist.id) + "-" + std::to_string(playlist.revision) +
           "\"";
}

Json jsonOf(const Playlist& playlist) {
    Json json{{"id", std::to_string(playlist.id)},
              {"name", playlist.name},
              {"description", playlist.description},
              {"smart", playlist.rules.has_value()},
              {"rules", nullptr},
              {"entries", nullptr},
              {"durationSeconds", nullptr},
              {"createdAtMs", playlist.createdMs},
              {"changedAtMs", playlist.changedMs},
              {"revision", playlist.revision}};
    if (playlist.rules) {
        json["rules"] = Json::parse(*playlist.rules, nullptr, /*allow_exceptions=*/false);
    } else {
        json["entries"] = playlist.entries;
        json["durationSeconds"] = playlist.durationSeconds;
    }
    return json;
}

Json jsonOf(const std::vector<library::EntryId>& ids) {
    Json list = Json::array();
    for (const library::EntryId id : ids)
        list.push_back(std::to_string(id));
    return list;
}

/// Takes rules in their own JSON; what is wrong with them is told once the body is read.
MemberReader rulesMember(std::optional<std::string>& to) {
    return [&to](const Json& value) -> std::optional<std::string> {
        if (!value.is_object())
            return "an object";
        to = value.dump();
        return std::nullopt;
    };
}

Result<void> checkRules(std::optional<std::string>& rules) {
    if (!rules)
        return {};
    const auto parsed = SmartRules::parse(*rules);
    if (!parsed)
        return fail(parsed.error());
    rules = parsed->json();
    return {};
}

/// What PATCH and POST share.
MemberReaders textReaders(std::optional<std::string>& name, std::optional<std::string>& description,
                          std::optional<std::string>& rules) {
    return {{"name", textMember(name, Playlists::kLongestName)},
            {"description", textMember(description, Playlists::kLongestDescription)},
            {"rules", rulesMember(rules)}};
}

/// The body of a change of entries: {"entryIds": [...], "before": id or null}.
struct EntryChange {
    std::vector<library::EntryId> entries;
    std::optional<library::EntryId> before;
};
Result<EntryChange> parseEntryChange(const http::RequestContext& ctx, const char* what,
                                     const char* ids) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return fail(text.error());
    EntryChange change;
    MemberReaders readers{{ids, idsMember(change.entries, Playlists::kMostAtOnce)}};
    if (std::string_view(what) != "remove")
        readers.emplace_back("before", idMember(change.before));
    if (const auto read = readObject(*text, what, readers); !read)
        return fail(read.error());
    if (change.entries.empty())
        return fail(ErrorCode::InvalidArgument,
                    std::string(what) + ": '" + ids + "' must name at least one");
    return change;
}

/// A name for a file, of letters and figures that every system and header can take.
std::string fileNameOf(const std::string& name) {
    std::string file;
    for (const char c : name.substr(0, 80))
        file += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == ' ' || c == '-'
                    ? c
                    : '_';
    return file + ".m3u8";
}

} // namespace

PlaylistRoutes::PlaylistRoutes(const Parts& parts, NowMs nowMs)
    : parts_(parts), nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

std::vector<Route> PlaylistRoutes::routes() {
    constexpr const char* kAll = "/api/playlists";
    constexpr const char* kOne = "/api/playlists/{playlist_id}";
    constexpr const char* kTracks = "/api/playlists/{playlist_id}/tracks";
    return {
        {"GET", kAll, [this](const Ctx& ctx, Res& res) { list(ctx, res); }},
        {"POST", kAll, [this](const Ctx& ctx, Res& res) { create(ctx, res); }},
        {"GET", kOne, [this](const Ctx& ctx, Res& res) { one(ctx, res); }},
        {"PATCH", kOne, [this](const Ctx& ctx, Res& res) { change(ctx, res); }},
        {"DELETE", kOne, [this](const Ctx& ctx, Res& res) { remove(ctx, res); }},
        {"GET", kTracks, [this](const Ctx& ctx, Res& res) { entries(ctx, res); }},
        {"POST", kTracks, [this](const Ctx& ctx, Res& res) { add(ctx, res); }},
        {"POST", "/api/playlists/{playlist_id}/tracks/move",
         [this](const Ctx& ctx, Res& res) { move(ctx, res); }},
        {"POST", "/api/playlists/{playlist_id}/tracks/remove",
         [this](const Ctx& ctx, Res& res) { take(ctx, res); }},
        {"POST", "/api/playlists/import", [this](const Ctx& ctx, Res& res) { import(ctx, res); },
         [this](const http::RequestHead& head) { return takeBody(head); }},
        {"GET", "/api/playlists/{playlist_id}/file",
         [this](const Ctx& ctx, Res& res) { exportFile(ctx, res); }},
    };
}

Result<Playlist> PlaylistRoutes::named(const Ctx& ctx) const {
    const auto id = parseTrackId(ctx.pathParam("playlist_id"));
    if (!id)
        return fail(ErrorCode::InvalidArgument, "playlist id: not a positive whole number");
    return parts_.playlists.one(kOnlyUser, *id);
}

Result<library::PlaylistEdit> PlaylistRoutes::editOf(const Ctx& ctx) const {
    const auto playlist = named(ctx);
    if (!playlist)
        return fail(playlist.error());
    const auto seen = seenRevision(ctx, tagOf(*playlist), playlist->revision);
    if (!seen)
        return fail(seen.error());
    return library::PlaylistEdit{kOnlyUser, playlist->id, nowMs_(), *seen};
}

void PlaylistRoutes::answerChange(const Ctx& ctx, Res& res, const Result<Playlist>& playlist,
                                  const char* what, const Json& more, int status) {
    if (!playlist)
        return respondToChange(ctx, res, playlist.error());
    parts_.events.publish("playlist", Json{{"id", std::to_string(playlist->id)},
                                           {"change", what},
                                           {"revision", playlist->revision}}
                                          .dump());
    Json json = jsonOf(*playlist);
    if (more.is_object())
        json.update(more);
    respondTagged(ctx, res, json.dump(), tagOf(*playlist), status);
    if (status == 201)
        res.set_header("Location", "/api/playlists/" + std::to_string(playlist->id));
}

void PlaylistRoutes::list(const Ctx& ctx, Res& res) const {
    const auto page = parsePage(queryOf(ctx), 1);
    if (!page)
        return http::respond(ctx, res, page.error());
    auto playlists =
        parts_.playlists.list(kOnlyUser, page->after ? page->after->front() : 0, page->limit + 1);
    if (!playlists)
        return http::respond(ctx, res, playlists.error());
    const bool more = takeOffFurther(*playlists, page->limit);
    Json list = Json::array();
    for (const Playlist& playlist : *playlists)
        list.push_back(jsonOf(playlist));
    const Json next = more ? Json(cursorOf({playlists->back().id})) : Json(nullptr);
    respondTagged(ctx, res, Json{{"playlists", std::move(list)}, {"next", next}}.dump());
}

void PlaylistRoutes::create(const Ctx& ctx, Res& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    library::NewPlaylist made;
    std::optional<std::string> name;
    std::optional<std::string> description;
    MemberReaders readers = textReaders(name, description, made.rules);
    readers.emplace_back("trackIds", idsMember(made.tracks, Playlists::kMostAtOnce));
    if (const auto read = readObject(*text, "playlist", readers); !read)
        return http::respond(ctx, res, read.error());
    if (const auto valid = checkRules(made.rules); !valid)
        return http::respond(ctx, res, valid.error());
    made.name = name.value_or("");
    made.description = description.value_or("");
    answerChange(ctx, res, parts_.playlists.create(kOnlyUser, made, nowMs_()), "created", {}, 201);
}

void PlaylistRoutes::one(const Ctx& ctx, Res& res) const {
    const auto playlist = named(ctx);
    if (!playlist)
        return http::respond(ctx, res, playlist.error());
    respondTagged(ctx, res, jsonOf(*playlist).dump(), tagOf(*playlist));
}

void PlaylistRoutes::change(const Ctx& ctx, Res& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    library::PlaylistChange change;
    const auto read =
        readObject(*text, "playlist", textReaders(change.name, change.description, change.rules));
    if (!read)
        return http::respond(ctx, res, read.error());
    if (const auto valid = checkRules(change.rules); !valid)
        return http::respond(ctx, res, valid.error());
    const auto edit = editOf(ctx);
    if (!edit)
        return respondToChange(ctx, res, edit.error());
    answerChange(ctx, res, parts_.playlists.change(*edit, change), "changed");
}

void PlaylistRoutes::remove(const Ctx& ctx, Res& res) {
    const auto edit = editOf(ctx);
    if (!edit)
        return respondToChange(ctx, res, edit.error());
    if (const auto removed = parts_.playlists.remove(*edit); !removed)
        return respondToChange(ctx, res, removed.error());
    parts_.events.publish(
        "playlist",
        Json{{"id", std::to_string(edit->playlist)}, {"change", "removed"}, {"revision", nullptr}}
            .dump());
    res.status = 204;
}

void PlaylistRoutes::entries(const Ctx& ctx, Res& res) const {
    const auto playlist = named(ctx);
    if (!playlist)
        return http::respond(ctx, res, playlist.error());
    if (playlist->rules)
        return smartEntries(ctx, res, *playlist);
    const auto page = parsePage(queryOf(ctx), 1);
    if (!page)
        return http::respond(ctx, res, page.error());
    const auto after = page->after ? std::optional(page->after->front()) : std::nullopt;
    auto entries = parts_.playlists.entries(kOnlyUser, playlist->id, after, page->limit + 1);
    if (!entries)
        return http::respond(ctx, res, entries.error());
    const bool more = takeOffFurther(*entries, page->limit);
    std::vector<TrackId> ids;
    for (const PlaylistEntry& entry : *entries)
        ids.push_back(entry.track);
    auto tracks = parts_.tracks.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < entries->size(); ++i)
        list.push_back(
            {{"entryId", std::to_string((*entries)[i].id)}, {"track", std::move((*tracks)[i])}});
    const Json next = more ? Json(cursorOf({entries->back().place})) : Json(nullptr);
    respondTagged(ctx, res, Json{{"entries", std::move(list)}, {"next", next}}.dump(),
                  tagOf(*playlist));
}

void PlaylistRoutes::smartEntries(const Ctx& ctx, Res& res, const Playlist& playlist) const {
    const auto page = parsePage(queryOf(ctx), 1);
    if (!page)
        return http::respond(ctx, res, page.error());
    const auto all = parts_.smart.of(playlist, page->after ? SmartLists::From::LastAnswer
                                                           : SmartLists::From::Now);
    if (!all)
        return http::respond(ctx, res, all.error());
    const auto size = static_cast<std::int64_t>((*all)->size());
    const std::int64_t from =
        std::clamp<std::int64_t>(page->after ? page->after->front() : 0, 0, size);
    const std::int64_t to = std::min<std::int64_t>(from + page->limit, size);
    const std::vector<TrackId> ids((*all)->begin() + from, (*all)->begin() + to);
    auto tracks = parts_.tracks.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json list = Json::array();
    for (Json& track : *tracks)
        list.push_back({{"entryId", nullptr}, {"track", std::move(track)}});
    const Json next = to < size ? Json(cursorOf({to})) : Json(nullptr);
    respondTagged(ctx, res, Json{{"entries", std::move(list)}, {"next", next}}.dump());
}

void PlaylistRoutes::add(const Ctx& ctx, Res& res) {
    const auto change = parseEntryChange(ctx, "add", "trackIds");
    if (!change)
        return http::respond(ctx, res, change.error());
    const auto edit = editOf(ctx);
    if (!edit)
        return respondToChange(ctx, res, edit.error());
    const auto added = parts_.playlists.add(*edit, change->entries, change->before);
    if (!added)
        return respondToChange(ctx, res, added.error());
    answerChange(ctx, res, parts_.playlists.one(kOnlyUser, edit->playlist), "changed",
                 {{"entryIds", jsonOf(*added)}});
}

void PlaylistRoutes::move(const Ctx& ctx, Res& res) {
    const auto change = parseEntryChange(ctx, "move", "entryIds");
    if (!change)
        return http::respond(ctx, res, change.error());
    const auto edit = editOf(ctx);
    if (!edit)
        return respondToChange(ctx, res, edit.error());
    if (const auto moved = parts_.playlists.move(*edit, change->entries, change->before); !moved)
        return respondToChange(ctx, res, moved.error());
    answerChange(ctx, res, parts_.playlists.one(kOnlyUser, edit->playlist), "changed");
}

void PlaylistRoutes::take(const Ctx& ctx, Res& res) {
    const auto change = parseEntryChange(ctx, "remove", "entryIds");
    if (!change)
        return http::respond(ctx, res, change.error());
    const auto edit = editOf(ctx);
    if (!edit)
        return respondToChange(ctx, res, edit.error());
    if (const auto taken = parts_.playlists.take(*edit, change->entries); !taken)
        return respondToChange(ctx, res, taken.error());
    answerChange(ctx, res, parts_.playlists.one(kOnlyUser, edit->playlist), "changed");
}

Result<std::shared_ptr<http::BodyFile>>
PlaylistRoutes::takeBody(const http::RequestHead& head) const {
    const std::string type = mediaTypeOf(head.headers);
    // The types keep other sites' forms out, as with JSON.
    if (type != kFileType && type != "audio/x-mpegurl" && type != "audio/mpegurl" &&
        type != "application/x-mpegurl")
        return fail(ErrorCode::Unsupported,
                    std::string("send an M3U or M3U8 file, with Content-Type: ") + kFileType);
    return parts_.uploads.open();
}

void PlaylistRoutes::import(const Ctx& ctx, Res& res) {
    const auto text = library::readPlaylistBytes(ctx.bodyFile->path());
    if (!text)
        return http::respond(ctx, res, text.error());
    const auto imported = importPlaylist(parts_.playlists, parts_.library.access(), *text,
                                         ctx.query("name").value_or(""), std::nullopt, nowMs_());
    if (!imported)
        return http::respond(ctx, res, imported.error());
    Json unmatched = Json::array();
    for (const ImportedPlaylist::Unmatched& line : imported->unmatched)
        if (unmatched.size() < kMostTold)
            unmatched.push_back(
                {{"line", line.line}, {"text", line.text}, {"reason", line.reason}});
    answerChange(ctx, res, imported->playlist, "created",
                 {{"matched",
                   {{"byPath", imported->byPath},
                    {"byPathEnd", imported->byPathEnd},
                    {"byTags", imported->byTags}}},
                  {"unmatchedCount", imported->unmatched.size()},
                  {"unmatched", std::move(unmatched)}},
                 201);
}

void PlaylistRoutes::exportFile(const Ctx& ctx, Res& res) const {
    const std::string paths = ctx.query("paths").value_or("relative");
    if (paths != "relative" && paths != "absolute")
        return http::respond(
            ctx, res, Error{ErrorCode::InvalidArgument, "paths: must be relative or absolute", 0});
    const auto playlist = named(ctx);
    if (!playlist)
        return http::respond(ctx, res, playlist.error());
    const auto tracks = tracksOf(*playlist, parts_.playlists, parts_.smart);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    const library::DatabaseAccess& access = parts_.library.access();
    const auto roots =
        access.read([&](library::Connection& c) { return library::rootPaths(c, access.roots()); });
    if (!roots)
        return http::respond(ctx, res, roots.error());
    std::optional<std::filesystem::path> folder;
    if (paths == "relative" && !roots->empty())
        folder = roots->front();
    const auto text = exportPlaylist(parts_.library, playlist->name, *tracks, folder);
    if (!text)
        return http::respond(ctx, res, text.error());
    res.set_header("Content-Disposition",
                   "attachment; filename=\"" + fileNameOf(playlist->name) + "\"");
    res.set_content(*text, kFileType);
}

} // namespace segue::backend
