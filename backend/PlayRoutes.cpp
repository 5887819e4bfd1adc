// POST /api/plays: what was heard, as clients tell it. The library decides whether it counts. The
// JSON library is used without exceptions.
#include "backend/PlayRoutes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/StreamParameters.h"
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
        const auto id = parseTrackId(value.is_string() ? value.get<std::string>() : value.dump());
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
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return fail(ErrorCode::InvalidArgument, "play: not a JSON object");
    library::Play play;
    for (const auto& [name, value] : json.items())
        if (auto read = readMember(name, value, play); !read)
            return fail(read.error());
    if (play.track == 0)
        return wrong("trackId", "given");
    if (!json.contains("secondsHeard"))
        return wrong("secondsHeard", "given");
    if (play.startedMs == 0)
        play.startedMs = nowMs - std::llround(std::min(play.secondsHeard, 1e6) * 1000);
    // A clock that is wrong by more would put the play on top of the list for ever.
    if (play.startedMs > nowMs + kMsPerDay)
        return wrong("startedAtMs", "no later than now");
    return play;
}

PlayRoutes::PlayRoutes(library::Library& library, EventHub& events, NowMs nowMs)
    : library_(library), events_(events), nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

std::vector<Route> PlayRoutes::routes() {
    return {{"POST", "/api/plays",
             [this](const http::RequestContext& ctx, httplib::Response& res) { put(ctx, res); }}};
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
