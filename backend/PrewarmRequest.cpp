// What may be asked of a pre-warming, as JSON and as tracks of the library. Pure functions but for
// the questions to the library, which are paged. The JSON library is used without exceptions.
#include "backend/PrewarmRequest.h"

#include <array>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "backend/JsonBody.h"
#include "library/Text.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Kind = PrewarmSelection::Kind;
using library::Track;
using library::TrackId;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds{
    {{"all", Kind::All},
     {"album", Kind::Album},
     {"artist", Kind::Artist},
     {"tracks", Kind::Tracks},
     {"recent", Kind::Recent},
     {"most-played", Kind::MostPlayed}}};
constexpr int kPage = 1000;

tl::unexpected<Error> wrong(const std::string& member, const std::string& allowed) {
    return fail(ErrorCode::InvalidArgument, "prewarm: '" + member + "' must be " + allowed);
}

Result<std::string> readText(const std::string& name, const Json& value) {
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return wrong(name, "a text");
    return value.get<std::string>();
}

Result<std::int64_t> readInteger(const std::string& name, const Json& value, std::int64_t least,
                                 std::int64_t most) {
    if (value.is_number_integer())
        if (const double number = value.get<double>();
            number >= static_cast<double>(least) && number <= static_cast<double>(most))
            return value.get<std::int64_t>();
    return wrong(name,
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<std::vector<std::string>> readTexts(const std::string& name, const Json& value,
                                           std::size_t most) {
    if (!value.is_array() || value.size() > most)
        return wrong(name, "a list of at most " + std::to_string(most) + " texts");
    std::vector<std::string> texts;
    for (const Json& one : value) {
        auto text = readText(name, one);
        if (!text)
            return fail(text.error());
        texts.push_back(std::move(*text));
    }
    return texts;
}

Result<std::vector<TrackId>> readIds(const Json& value) {
    const std::string allowed =
        "a list of at most " + std::to_string(PrewarmRequest::kMostTracks) + " track ids";
    if (!value.is_array() || value.size() > PrewarmRequest::kMostTracks)
        return wrong("trackIds", allowed);
    std::vector<TrackId> ids;
    for (const Json& one : value) {
        const auto id = idOf(one);
        if (!id)
            return wrong("trackIds", allowed);
        ids.push_back(*id);
    }
    return ids;
}

template <typename T, typename U>
Result<void> keep(T& member, Result<U> read) {
    if (!read)
        return fail(std::move(read.error()));
    member = static_cast<T>(std::move(*read));
    return {};
}

Result<void> readSelection(const std::string& name, const Json& value,
                           PrewarmSelection& selection) {
    if (name == "select") {
        const auto kind = value.is_string() ? prewarmKindNamed(value.get_ref<const std::string&>())
                                            : std::nullopt;
        if (!kind)
            return wrong(name, "all, album, artist, tracks, recent or most-played");
        selection.kind = *kind;
        return {};
    }
    if (name == "name")
        return keep(selection.name, readText(name, value));
    if (name == "trackIds")
        return keep(selection.trackIds, readIds(value));
    if (name == "limit")
        return keep(selection.limit, readInteger(name, value, 1, PrewarmRequest::kMostLimit));
    if (name == "paths") {
        auto paths = readTexts(name, value, PrewarmRequest::kMostTracks);
        if (!paths)
            return fail(paths.error());
        selection.paths.assign(paths->begin(), paths->end());
        return {};
    }
    return fail(ErrorCode::InvalidArgument,
                "prewarm: unknown member '" + name.substr(0, 64) +
                    "'; there are select, name, trackIds, paths, limit, depth, presets, intensity, "
                    "budgetBytes, jobs, dryRun");
}

Result<void> readMember(const std::string& name, const Json& value, PrewarmRequest& request) {
    if (name == "depth") {
        if (value != "first-chunks" && value != "full")
            return wrong(name, "first-chunks or full");
        request.depth = value == "full" ? PrewarmDepth::Full : PrewarmDepth::FirstChunks;
        return {};
    }
    if (name == "presets")
        return keep(request.presets, readTexts(name, value, PrewarmRequest::kMostPresets));
    if (name == "intensity") {
        if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1))
            return wrong(name, "a number from 0 to 1");
        request.intensity = value.get<double>();
        return {};
    }
    if (name == "budgetBytes")
        return keep(request.budgetBytes, readInteger(name, value, 0, std::int64_t{1} << 50));
    if (name == "jobs")
        return keep(request.jobs, readInteger(name, value, 1, PrewarmRequest::kMostJobs));
    if (name == "dryRun") {
        if (!value.is_boolean())
            return wrong(name, "true or false");
        request.dryRun = value.get<bool>() ? DryRun::Yes : DryRun::No;
        return {};
    }
    return readSelection(name, value, request.selection);
}

/// Tracks of the whole library in list order, narrowed by a search, that `wanted` agrees to.
template <typename Wanted>
Result<std::vector<TrackId>> walk(const library::Library& library, const std::string& search,
                                  const Wanted& wanted) {
    std::vector<TrackId> ids;
    library::TrackQuery query{.search = search, .afterId = 0, .limit = kPage};
    for (;;) {
        const auto page = library.tracks(query);
        if (!page)
            return fail(page.error());
        for (const Track& track : *page)
            if (wanted(track))
                ids.push_back(track.id);
        if (page->size() < static_cast<std::size_t>(kPage))
            return ids;
        query.afterId = page->back().id;
    }
}

Result<std::vector<TrackId>> byName(const library::Library& library,
                                    const PrewarmSelection& selection) {
    if (!library::isUtf8(selection.name))
        return fail(ErrorCode::InvalidArgument, "the name is not UTF-8");
    const std::string name = library::foldCase(selection.name);
    const auto is = [&](const std::string& text) { return library::foldCase(text) == name; };
    auto ids = walk(library, selection.name, [&](const Track& track) {
        return selection.kind == Kind::Album ? is(track.album)
                                             : is(track.artist) || is(track.albumArtist);
    });
    if (ids && ids->empty())
        return fail(ErrorCode::NotFound, "there is no " + std::string(nameOf(selection.kind)) +
                                             " '" + selection.name + "' in the library");
    return ids;
}

Result<SelectedTracks> named(const library::Library& library, const PrewarmSelection& selection) {
    SelectedTracks selected;
    std::unordered_set<TrackId> seen;
    for (const TrackId id : selection.trackIds) {
        if (const auto track = library.track(id); !track)
            return fail(track.error());
        if (seen.insert(id).second)
            selected.ids.push_back(id);
    }
    for (const std::filesystem::path& path : selection.paths) {
        const auto id = library.trackAt(path);
        if (!id)
            return fail(id.error());
        if (!*id)
            selected.problems.push_back("'" + library::displayText(path.native()) +
                                        "' is not in the library");
        else if (seen.insert(**id).second)
            selected.ids.push_back(**id);
    }
    return selected;
}

} // namespace

std::string_view nameOf(PrewarmSelection::Kind kind) noexcept {
    for (const auto& [name, one] : kKinds)
        if (one == kind)
            return name;
    return "all";
}

std::optional<PrewarmSelection::Kind> prewarmKindNamed(std::string_view name) noexcept {
    for (const auto& [known, kind] : kKinds)
        if (known == name)
            return kind;
    return std::nullopt;
}

Result<PrewarmRequest> parsePrewarmRequest(std::string_view text) {
    const auto json = parseObject(text, "prewarm");
    if (!json)
        return fail(json.error());
    PrewarmRequest request;
    for (const auto& [name, value] : json->items())
        if (auto read = readMember(name, value, request); !read)
            return fail(read.error());
    if (!json->contains("select"))
        return wrong("select", "given");
    const Kind kind = request.selection.kind;
    if ((kind == Kind::Album || kind == Kind::Artist) && request.selection.name.empty())
        return wrong("name", "given with select album or artist");
    return request;
}

std::string toJson(const PrewarmRequest& request, Detail detail) {
    const PrewarmSelection& selection = request.selection;
    Json json{{"select", nameOf(selection.kind)}};
    if (!selection.name.empty())
        json["name"] = selection.name;
    const bool isWhole = detail == Detail::Yes;
    if (isWhole && !selection.trackIds.empty()) {
        Json ids = Json::array();
        for (const TrackId id : selection.trackIds)
            ids.push_back(std::to_string(id));
        json["trackIds"] = std::move(ids);
    }
    if (isWhole && !selection.paths.empty()) {
        Json paths = Json::array();
        for (const std::filesystem::path& path : selection.paths)
            if (library::isUtf8(path.native()))
                paths.push_back(path.native());
        json["paths"] = std::move(paths);
    }
    if (selection.kind == Kind::Recent || selection.kind == Kind::MostPlayed)
        json["limit"] = selection.limit;
    json["depth"] = request.depth == PrewarmDepth::Full ? "full" : "first-chunks";
    if (!request.presets.empty())
        json["presets"] = request.presets;
    if (request.intensity)
        json["intensity"] = *request.intensity;
    if (request.budgetBytes)
        json["budgetBytes"] = *request.budgetBytes;
    json["jobs"] = request.jobs;
    json["dryRun"] = request.dryRun == DryRun::Yes;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<StreamParameters>> voicesOf(const PrewarmRequest& request,
                                               const StreamVocabulary& vocabulary) {
    std::vector<std::optional<std::string>> presets(request.presets.begin(), request.presets.end());
    if (presets.empty())
        presets.emplace_back(); // the default one
    std::vector<StreamParameters> voices;
    for (const auto& preset : presets) {
        auto parameters = parseStreamParameters(
            [&](const std::string& name) -> std::optional<std::string> {
                if (name == "preset")
                    return preset;
                if (name == "intensity" && request.intensity)
                    return Json(*request.intensity).dump();
                return std::nullopt;
            },
            vocabulary);
        if (!parameters)
            return fail(parameters.error());
        voices.push_back(std::move(*parameters));
    }
    return voices;
}

Result<SelectedTracks> selectTracks(const library::Library& library,
                                    const PrewarmSelection& selection) {
    const auto ids = [&]() -> Result<std::vector<TrackId>> {
        switch (selection.kind) {
        case Kind::Album:
        case Kind::Artist:
            return byName(library, selection);
        case Kind::Recent:
            return library.recentlyAdded(selection.limit);
        case Kind::MostPlayed:
            return library.mostPlayed(library::kOnlyUser, selection.limit);
        case Kind::All:
        case Kind::Tracks:
            break;
        }
        return walk(library, {}, [](const Track&) { return true; });
    };
    if (selection.kind == Kind::Tracks)
        return named(library, selection);
    auto found = ids();
    if (!found)
        return fail(found.error());
    return SelectedTracks{std::move(*found), {}};
}

} // namespace segue::backend
