// `segue playlist`: opens the library beside a server that may be running, as `segue cache` does.
// What is for people goes to stdout in lines, for programs as one JSON object; entries that found
// no track are told on stderr.
#include "tools/segue/PlaylistCommand.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "backend/DataFolder.h"
#include "backend/PlaylistImport.h"
#include "backend/SmartLists.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "library/PlaylistFile.h"
#include "library/Text.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/AudioFiles.h"

namespace segue::tools {
namespace {

using Json = nlohmann::ordered_json;
using library::kOnlyUser;
using library::Playlist;
using library::Playlists;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;

int complain(const Error& error) {
    std::fprintf(stderr, "segue playlist: %s\n", printable(error.message).c_str());
    return error.code == ErrorCode::InvalidArgument || error.code == ErrorCode::NotFound
               ? kExitWrongSettings
               : kExitFailed;
}

void print(const Json& json) {
    std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

Result<std::vector<Playlist>> allPlaylists(const Playlists& playlists) {
    std::vector<Playlist> all;
    for (;;) {
        auto page =
            playlists.list(kOnlyUser, all.empty() ? 0 : all.back().id, Playlists::kMostPerPage);
        if (!page)
            return page;
        if (page->empty())
            return all;
        std::move(page->begin(), page->end(), std::back_inserter(all));
    }
}

Json jsonOf(const Playlist& playlist) {
    const bool smart = playlist.rules.has_value();
    return {{"id", std::to_string(playlist.id)},
            {"name", playlist.name},
            {"smart", smart},
            {"entries", smart ? Json(nullptr) : Json(playlist.entries)},
            {"durationSeconds", smart ? Json(nullptr) : Json(playlist.durationSeconds)}};
}

Result<backend::ImportedPlaylist> importFile(const library::Library& library,
                                             const std::filesystem::path& file,
                                             const std::string& name) {
    const auto text = library::readPlaylistBytes(file);
    if (!text)
        return fail(text.error());
    Playlists playlists(library.access());
    // Without a name of its own a playlist is called as its file is.
    const std::string called = !name.empty() || !library::parsePlaylistText(*text, 1).name.empty()
                                   ? name
                                   : library::cleanTag(file.stem().native());
    return backend::importPlaylist(playlists, library.access(), *text, called,
                                   std::filesystem::absolute(file).parent_path(),
                                   backend::systemNowMs());
}

Result<std::vector<library::TrackId>> tracksOf(const library::Library& library,
                                               const Playlist& playlist) {
    if (playlist.rules) {
        const auto found =
            backend::SmartLists(library.access()).of(playlist, backend::SmartLists::From::Now);
        if (!found)
            return fail(found.error());
        return **found;
    }
    const auto entries =
        Playlists(library.access())
            .entries(kOnlyUser, playlist.id, {}, static_cast<int>(Playlists::kMostEntries));
    if (!entries)
        return fail(entries.error());
    std::vector<library::TrackId> tracks;
    for (const library::PlaylistEntry& entry : *entries)
        tracks.push_back(entry.track);
    return tracks;
}

Result<std::unique_ptr<library::Library>> openLibrary(const std::filesystem::path& data) {
    const auto folder = backend::DataFolder::beside(std::filesystem::absolute(data));
    if (!folder)
        return fail(folder.error());
    const auto roots = folder->roots();
    if (!roots)
        return fail(roots.error());
    if (roots->empty())
        return fail(ErrorCode::NotFound,
                    "nobody has scanned music into '" + data.string() + "' yet; see segue scan");
    return library::Library::open(folder->database(), *roots);
}

} // namespace

PlaylistCommand::PlaylistCommand(CLI::App& app)
    : command_(app.add_subcommand("playlist", "Bring playlists in, and take them elsewhere")),
      data_(*command_) {
    command_->require_subcommand(1);
    list_ = command_->add_subcommand("list", "Which there are");
    import_ = command_->add_subcommand("import", "Make playlists of M3U or M3U8 files");
    import_->add_option("files", files_, "The files")->type_name("FILE")->required();
    import_->add_option("--name", name_, "What it is to be called; for one file only");
    export_ = command_->add_subcommand("export", "Write a playlist as M3U8");
    export_->add_option("playlist", playlist_, "Its number, or its name")->required();
    export_->add_option("-o,--out", out_, "The file; without it the playlist is printed")
        ->type_name("FILE");
    export_->add_flag("--absolute", absolute_,
                      "Whole paths; by default they are relative to the file");
    for (CLI::App* part : {list_, import_, export_}) {
        part->fallthrough(); // --data may stand anywhere
        if (part != export_)
            part->add_flag("--json", json_, "For programs");
    }
    command_->footer("All of it works while the server runs, and without it.\n\n"
                     "Examples:\n"
                     "  segue playlist list\n"
                     "  segue playlist import ~/Music/*.m3u8\n"
                     "  segue playlist export \"Late night\" -o /media/player/late.m3u8");
}

int PlaylistCommand::run() {
    const auto library = openLibrary(data_.folder());
    if (!library)
        return complain(library.error());
    if (list_->parsed())
        return list(**library);
    return import_->parsed() ? importFiles(**library) : exportOne(**library);
}

int PlaylistCommand::list(const library::Library& library) const {
    const auto playlists = allPlaylists(Playlists(library.access()));
    if (!playlists)
        return complain(playlists.error());
    Json json = Json::array();
    for (const Playlist& playlist : *playlists) {
        json.push_back(jsonOf(playlist));
        if (!json_ && playlist.rules)
            std::printf("%6lld  %8s  %10s  %s\n", static_cast<long long>(playlist.id), "smart", "",
                        printable(playlist.name).c_str());
        else if (!json_)
            std::printf("%6lld  %8lld  %10s  %s\n", static_cast<long long>(playlist.id),
                        static_cast<long long>(playlist.entries),
                        durationText(playlist.durationSeconds).c_str(),
                        printable(playlist.name).c_str());
    }
    if (json_)
        print({{"playlists", std::move(json)}});
    return 0;
}

int PlaylistCommand::importFiles(const library::Library& library) const {
    if (files_.size() > 1 && !name_.empty())
        return complain({ErrorCode::InvalidArgument, "--name is for one file", 0});
    Json all = Json::array();
    int exitCode = 0;
    for (const std::filesystem::path& file : files_) {
        const auto imported = importFile(library, file, name_);
        if (!imported) {
            exitCode = std::max(exitCode, complain(imported.error()));
            continue;
        }
        Json unmatched = Json::array();
        for (const auto& line : imported->unmatched) {
            unmatched.push_back(
                {{"line", line.line}, {"text", line.text}, {"reason", line.reason}});
            if (!json_)
                std::fprintf(stderr, "%s:%d: %s: %s\n", printable(file.string()).c_str(), line.line,
                             line.reason.c_str(), printable(line.text).c_str());
        }
        Json json = jsonOf(imported->playlist);
        json["unmatched"] = std::move(unmatched);
        all.push_back(std::move(json));
        if (!json_)
            std::printf("%s: %lld entries (%zu by path, %zu by the end of their path, %zu by "
                        "artist and title), %zu left out\n",
                        printable(imported->playlist.name).c_str(),
                        static_cast<long long>(imported->playlist.entries), imported->byPath,
                        imported->byPathEnd, imported->byTags, imported->unmatched.size());
    }
    if (json_)
        print({{"imported", std::move(all)}});
    return exitCode;
}

Result<Playlist> PlaylistCommand::named(const Playlists& playlists) const {
    auto all = allPlaylists(playlists);
    if (!all)
        return fail(all.error());
    const auto named = [&](const Playlist& playlist) {
        return std::to_string(playlist.id) == playlist_ ||
               library::foldCase(playlist.name) == library::foldCase(playlist_);
    };
    const auto found = std::find_if(all->begin(), all->end(), named);
    if (found == all->end())
        return fail(ErrorCode::InvalidArgument, "there is no playlist '" + playlist_ + "'");
    if (std::find_if(found + 1, all->end(), named) != all->end())
        return fail(ErrorCode::InvalidArgument,
                    "several playlists are called '" + playlist_ + "'; name one by its number");
    return *found;
}

int PlaylistCommand::exportOne(const library::Library& library) const {
    const auto playlist = named(Playlists(library.access()));
    if (!playlist)
        return complain(playlist.error());
    const auto tracks = tracksOf(library, *playlist);
    if (!tracks)
        return complain(tracks.error());
    std::optional<std::filesystem::path> folder;
    if (!absolute_ && !out_.empty())
        folder = std::filesystem::absolute(out_).lexically_normal().parent_path();
    const auto text = backend::exportPlaylist(library, playlist->name, *tracks, folder);
    if (!text)
        return complain(text.error());
    if (out_.empty()) {
        std::fwrite(text->data(), 1, text->size(), stdout);
        return 0;
    }
    std::ofstream file(out_, std::ios::binary | std::ios::trunc);
    file << *text;
    file.close();
    if (!file)
        return complain({ErrorCode::Io, "'" + out_.string() + "' cannot be written", 0});
    return 0;
}

} // namespace segue::tools
