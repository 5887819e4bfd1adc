// /api/plays: what was heard, as clients tell it. The library decides whether it counts. The JSON
// library is used without exceptions.
#include "backend/PlayRoutes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "backend/JsonBody.h"
#include "backend/Paging.h"
#include "backend/Revisions.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using library::PlaySource;

constexpr std::array<std::pair<std::string_view, PlaySource>, 3> kSources{
    {{"stream", PlaySource::Stream}, {"session", PlaySource::Session}, {"web", PlaySource::Web}}};
constexpr std::int64_t kMsPerDay = 86'400'000;

tl::unexpected<Error> wrong(const std::string& member, const std::string& allowed) {
    return fail(ErrorCode::InvalidArgument, "play: '" + member + "' must be " + allowed);
}

Result<void> readMember(const std::string& name, const Json& value, library::Play& play) {
    if (name == "trackId") {
        const auto id = idOf(value);
        if (!id)
            return wrong(name, "the id of a track");
        play.track = *id;
    } else if (name == "secondsHeard") {
        if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0)
            return wrong(name, "a number of seconds, 0 or more");
        play.secondsHeard = value.get<double>();
    } else if (name == "startedAtMs") {
        if (!value.is_number_integer() || value.get<std::int64_t>() <= 0)
            return wrong(name, "milliseconds since 1970");
        play.startedMs = value.get<std::int64_t>();
    } else if (name == "source") {
        for (const auto& [known, source] : kSources) {
            if (value == known) {
                play.source = source;
                return {};
            }
        }
        return wrong(name, "stream, session or web");
    } else {
        return fail(ErrorCode::InvalidArgument,
                    "play: unknown member '" + name.substr(0, 64) +
                        "'; there are trackId, secondsHeard, startedAtMs, source");
    }
    return {};
}

} // namespace

Result<library::Play> parsePlay(std::string_view text, std::int64_t nowMs) {
    const auto json = parseObject(text, "play");
    if (!json)
        return fail(json.error());
    library::Play play;
    for (const auto& [name, value] : json->items())
        if (auto read = readMember(name, value, play); !read)
            return fail(read.error());
    if (play.track == 0)
        return wrong("trackId", "given");
    if (!json->contains("secondsHeard"))
        return wrong("secondsHeard", "given");
    if (play.startedMs == 0)
        play.startedMs = nowMs - std::llround(std::min(play.secondsHeard, 1e6) * 1000);
    // A clock that is wrong by more would put the play on top of the list for ever.
    if (play.startedMs > nowMs + kMsPerDay)
        return wrong("startedAtMs", "no later than now");
    return play;
}

PlayRoutes::PlayRoutes(library::Library& library, const TrackJson& tracks, EventHub& events,
                       NowMs nowMs)
    : library_(library), history_(library.access()), tracks_(tracks), events_(events),
      nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

std::vector<Route> PlayRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"POST", "/api/plays", [this](const Ctx& ctx, httplib::Response& res) { put(ctx, res); }},
        {"GET", "/api/plays", [this](const Ctx& ctx, httplib::Response& res) { list(ctx, res); }},
    };
}

void PlayRoutes::list(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto page = parsePage(queryOf(ctx), 2);
    if (!page)
        return http::respond(ctx, res, page.error());
    std::optional<library::Play> after;
    if (page->after)
        after = {.track = (*page->after)[1], .startedMs = (*page->after)[0]};
    auto plays = history_.newest(library::kOnlyUser, after, page->limit + 1);
    if (!plays)
        return http::respond(ctx, res, plays.error());
    const bool more = takeOffFurther(*plays, page->limit);
    std::vector<library::TrackId> ids;
    for (const library::KeptPlay& one : *plays)
        ids.push_back(one.play.track);
    auto tracks = tracks_.of(ids);
    if (!tracks)
        return http::respond(ctx, res, tracks.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < plays->size(); ++i) {
        const auto& [play, counted] = (*plays)[i];
        list.push_back({{"startedAtMs", play.startedMs},
                        {"secondsHeard", play.secondsHeard},
                        {"source", kSources.at(static_cast<std::size_t>(play.source)).first},
                        {"counted", counted},
                        {"track", std::move((*tracks)[i])}});
    }
    const Json next = more ? Json(cursorOf({plays->back().play.startedMs, ids.back()})) : nullptr;
    respondTagged(ctx, res, Json{{"plays", std::move(list)}, {"next", next}}.dump());
}

void PlayRoutes::put(const http::RequestContext& ctx, httplib::Response& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    const auto play = parsePlay(*text, nowMs_());
    if (!play)
        return http::respond(ctx, res, play.error());
    const auto counted = library_.putPlay(*play);
    if (!counted)
        return http::respond(ctx, res, counted.error());
    const Json json{{"trackId", std::to_string(play->track)},
                    {"startedAtMs", play->startedMs},
                    {"counted", *counted}};
    events_.publish("play", json.dump());
    http::respondJson(res, json.dump());
}

} // namespace segue::backend
