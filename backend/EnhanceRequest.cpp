// What may be asked of an enhancement, as JSON and as tracks of the library. Pure functions but for
// the questions to the library, which are paged. The JSON library is used without exceptions.
#include "backend/EnhanceRequest.h"

#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

#include "backend/JsonBody.h"
#include "backend/PlaylistTracks.h"
#include "backend/PrewarmRequest.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Kind = EnhanceSelection::Kind;
using library::TrackId;

constexpr int kPage = 1000;
constexpr std::size_t kMostTextBytes = 256;
constexpr std::array<const char*, 4> kVoiceNumbers{"intensity", "target", "ceiling", "blend"};

struct NamedKind {
    const char* member;
    Kind kind;
};
/// Selections by one id.
constexpr std::array<NamedKind, 3> kByIds{
    {{"albumId", Kind::Album}, {"artistId", Kind::Artist}, {"playlistId", Kind::Playlist}}};

tl::unexpected<Error> wrong(const std::string& what) {
    return fail(ErrorCode::InvalidArgument, "enhance: " + what);
}

std::string formatNames() {
    std::string names;
    for (const encode::FormatTraits& traits : encode::kFileFormats)
        names += (names.empty() ? "" : ", ") + std::string(traits.name);
    return names;
}

MemberReader formatMember(encode::FileFormat& to) {
    return [&to](const Json& value) -> std::optional<std::string> {
        const encode::FormatTraits* named =
            value.is_string() ? encode::findFormat(value.get_ref<const std::string&>()) : nullptr;
        if (!named)
            return "one of " + formatNames();
        to = named->format;
        return std::nullopt;
    };
}

MemberReader boolMember(bool& to) {
    return [&to](const Json& value) -> std::optional<std::string> {
        if (!value.is_boolean())
            return "true or false";
        to = value.get<bool>();
        return std::nullopt;
    };
}

/// null stands for what holds without it.
MemberReader voiceMember(std::map<std::string, std::string>& voice, const char* name,
                         bool isNumber) {
    return [&voice, name, isNumber](const Json& value) -> std::optional<std::string> {
        if (value.is_null())
            return std::nullopt;
        if (isNumber ? !value.is_number() : !value.is_string())
            return isNumber ? "a number, or null" : "a text, or null";
        std::string text = isNumber ? value.dump() : value.get<std::string>();
        if (text.size() > kMostTextBytes)
            return "a text of at most " + std::to_string(kMostTextBytes) + " bytes";
        voice.emplace(name, std::move(text));
        return std::nullopt;
    };
}

/// Says what is selected; a second one is noticed by the count.
class SelectionReaders {
  public:
    explicit SelectionReaders(EnhanceSelection& selection) : selection_(selection) {}

    int count() const { return count_; }

    void addTo(MemberReaders& readers) {
        readers.emplace_back("trackIds", [this](const Json& value) {
            return choose(Kind::Tracks,
                          idsMember(selection_.trackIds, EnhanceRequest::kMostTracks)(value));
        });
        for (const auto& [member, kind] : kByIds)
            readers.emplace_back(member, [this, kind = kind](const Json& value) {
                const auto id = idOf(value);
                selection_.id = id.value_or(0);
                return choose(kind, id ? std::nullopt : std::optional<std::string>("an id"));
            });
        readers.emplace_back("select", [this](const Json& value) {
            return choose(Kind::All,
                          value == "all" ? std::nullopt : std::optional<std::string>("all"));
        });
    }

  private:
    std::optional<std::string> choose(Kind kind, std::optional<std::string> allowed) {
        selection_.kind = kind;
        ++count_;
        return allowed;
    }

    EnhanceSelection& selection_;
    int count_ = 0;
};

Result<std::vector<TrackId>> listed(const library::Library& library,
                                    library::TrackListing listing) {
    std::vector<TrackId> ids;
    listing.page.limit = kPage;
    do {
        const auto page = library.browse(listing);
        if (!page)
            return fail(page.error());
        for (const library::Track& track : page->items)
            ids.push_back(track.id);
        listing.page.cursor = page->next;
    } while (!listing.page.cursor.empty());
    return ids;
}

Result<std::vector<TrackId>> ofPlaylist(const SelectionSources& sources, std::int64_t id) {
    const auto playlist = sources.playlists.one(library::kOnlyUser, id);
    if (!playlist)
        return fail(playlist.error());
    auto ids = tracksOf(*playlist, sources.playlists, sources.smart);
    if (!ids)
        return ids;
    std::unordered_set<TrackId> seen;
    std::erase_if(*ids, [&](TrackId track) { return !seen.insert(track).second; });
    return ids;
}

} // namespace

Result<EnhanceRequest> parseEnhanceRequest(std::string_view text) {
    EnhanceRequest request;
    std::int64_t bits = request.target.bits;
    std::int64_t kbps = 0;
    bool overwrite = false;
    SelectionReaders selection(request.selection);
    MemberReaders readers;
    selection.addTo(readers);
    readers.emplace_back("name", textMember(request.name, EnhanceRequest::kMostNameBytes));
    readers.emplace_back("format", formatMember(request.target.format));
    readers.emplace_back("bits", integerMember(bits, 16, 32));
    readers.emplace_back("bitrate", integerMember(kbps, 1, 1000));
    readers.emplace_back("album", boolMember(request.album));
    readers.emplace_back("overwrite", boolMember(overwrite));
    for (const char* name : {"preset", "reference"})
        readers.emplace_back(name, voiceMember(request.voice, name, false));
    for (const char* name : kVoiceNumbers)
        readers.emplace_back(name, voiceMember(request.voice, name, true));
    if (auto read = readObject(text, "enhance", readers); !read)
        return fail(std::move(read.error()));
    if (selection.count() != 1)
        return wrong("one of trackIds, albumId, artistId, playlistId and select must be given");
    if (bits != 16 && bits != 24 && bits != 32)
        return wrong("'bits' must be 16, 24 or 32 (float)");
    request.target.bits = static_cast<int>(bits);
    request.target.kbps = static_cast<int>(kbps);
    request.overwrite = overwrite ? encode::Overwrite::Yes : encode::Overwrite::No;
    if (const auto good = encode::check(request.target); !good)
        return wrong(good.error().message);
    return request;
}

std::string toJson(const EnhanceRequest& request, Detail detail) {
    Json json = Json::object();
    const EnhanceSelection& selection = request.selection;
    if (selection.kind == Kind::All)
        json["select"] = "all";
    for (const auto& [member, kind] : kByIds)
        if (selection.kind == kind)
            json[member] = std::to_string(selection.id);
    if (selection.kind == Kind::Tracks && detail == Detail::Yes) {
        Json ids = Json::array();
        for (const TrackId id : selection.trackIds)
            ids.push_back(std::to_string(id));
        json["trackIds"] = std::move(ids);
    }
    if (!request.name.empty())
        json["name"] = request.name;
    const encode::FormatTraits& traits = encode::traitsOf(request.target.format);
    json["format"] = traits.name;
    if (traits.lossless)
        json["bits"] = request.target.bits;
    if (request.target.kbps != 0)
        json["bitrate"] = request.target.kbps;
    json["album"] = request.album;
    json["overwrite"] = request.overwrite == encode::Overwrite::Yes;
    for (const auto& [name, text] : request.voice)
        json[name] = name == "preset" || name == "reference"
                         ? Json(text)
                         : Json::parse(text, nullptr, /*allow_exceptions=*/false);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<mastering::PlanRequest> voiceOf(const EnhanceRequest& request,
                                       const StreamVocabulary& vocabulary) {
    auto parameters = parseStreamParameters(
        [&](const std::string& name) -> std::optional<std::string> {
            const auto given = request.voice.find(name);
            return given == request.voice.end() ? std::nullopt : std::optional(given->second);
        },
        vocabulary);
    if (!parameters)
        return fail(std::move(parameters.error()));
    return std::move(parameters->request);
}

Result<std::vector<TrackId>> selectTracks(const SelectionSources& sources,
                                          const EnhanceSelection& selection) {
    switch (selection.kind) {
    case Kind::Album:
        if (const auto album = sources.library.album(selection.id); !album)
            return fail(album.error());
        return listed(sources.library, {.album = selection.id});
    case Kind::Artist:
        if (const auto artist = sources.library.artist(selection.id); !artist)
            return fail(artist.error());
        return listed(sources.library, {.artist = selection.id});
    case Kind::Playlist:
        return ofPlaylist(sources, selection.id);
    case Kind::Tracks: {
        PrewarmSelection tracks;
        tracks.kind = PrewarmSelection::Kind::Tracks;
        tracks.trackIds = selection.trackIds;
        auto named = selectTracks(sources.library, tracks);
        if (!named)
            return fail(named.error());
        return std::move(named->ids);
    }
    case Kind::All:
        break;
    }
    return listed(sources.library, {});
}

} // namespace segue::backend
