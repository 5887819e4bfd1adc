// The API of sessions. A change is checked and its plan chosen on the thread of the request that
// asks for it; the listener's thread has it rendered and goes over to it. The two meet in
// LiveSession.
#include "backend/live/LiveRoutes.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/http/Problem.h"
#include "backend/live/LiveListener.h"

namespace segue::backend::live {

namespace {

using Json = nlohmann::ordered_json;
using Paused = LiveSession::Paused;

constexpr const char* kSessions = "/api/player/sessions";
constexpr const char* kSession = "/api/player/sessions/{session_id}";
constexpr const char* kStream = "/api/player/sessions/{session_id}/stream";
/// Little enough that a client which plays what arrives hears a change soon, enough for its jitter.
constexpr int kUsualLeadMs = 100;

std::string pathOf(const LiveSession& session) {
    return std::string(kSessions) + "/" + session.fixed().id;
}

Json jsonOf(const Settings& settings) {
    Json json = Json::object();
    for (const auto& [name, setting] : settings)
        if (setting.text)
            json[name] = Json::parse(setting.json, nullptr, /*allow_exceptions=*/false);
    return json;
}

std::string stateOf(const LiveSession& session) {
    const LiveSession::Status status = session.status(Clock::now());
    const encode::StreamFormat format = session.format();
    const auto seconds = [&](std::int64_t frame) {
        return static_cast<double>(frame) / format.sampleRateHz;
    };
    Json json{{"id", session.fixed().id},
              {"streamUrl", pathOf(session) + "/stream"},
              {"trackId", std::to_string(session.fixed().trackId)},
              {"leadMs", session.fixed().lead.count()},
              {"sampleRateHz", format.sampleRateHz},
              {"channels", format.numChannels},
              {"bits", encode::bitsPerSample(format.pcm)},
              {"durationSeconds", seconds(status.numFrames)},
              {"revision", status.revision},
              {"settings", jsonOf(status.settings)},
              {"paused", status.paused == Paused::Yes},
              {"playing",
               {{"revision", status.playingRevision},
                {"settings", jsonOf(status.playingSettings)},
                {"planId", status.planId.hex()},
                {"provisional", status.isProvisional}}},
              {"positionSeconds", seconds(status.heardFrame)},
              {"changedAtSeconds", nullptr},
              {"listening", status.isListening},
              {"ended", status.hasEnded},
              {"lastError", nullptr}};
    if (status.changedAtFrame)
        json["changedAtSeconds"] = seconds(*status.changedAtFrame);
    if (status.lastError)
        json["lastError"] = Json::parse(http::toJson(http::problemOf(*status.lastError)), nullptr,
                                        /*allow_exceptions=*/false);
    return json.dump();
}

void respondState(httplib::Response& res, const LiveSession& session, int status) {
    res.set_header("Cache-Control", "no-store");
    http::respondJson(res, stateOf(session), status);
}

Result<std::int64_t> frameAt(double seconds, const StreamSpec& spec) {
    const double frame = std::floor(seconds * spec.format.sampleRateHz + 0.5);
    if (frame <= static_cast<double>(spec.numFrames))
        return static_cast<std::int64_t>(frame);
    return fail(ErrorCode::InvalidArgument,
                "positionSeconds: the track ends at " +
                    std::to_string(static_cast<double>(spec.numFrames) / spec.format.sampleRateHz));
}

Result<SessionRequest> requestOf(const http::RequestContext& ctx, RequestKind kind) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return fail(text.error());
    return parseSessionRequest(*text, kind);
}

Paused pausedOf(bool paused) {
    return paused ? Paused::Yes : Paused::No;
}

} // namespace

LiveRoutes::LiveRoutes(const StreamRequests& requests, AnalysisStore& analyses,
                       const ChunkProvider& provider, Metrics& metrics, LiveSessions::Limits limits)
    : requests_(requests), analyses_(analyses), provider_(provider), metrics_(metrics),
      sessions_(std::move(limits)) {}

std::vector<Route> LiveRoutes::routes() {
    return {
        {"POST", kSessions, [this](const Ctx& ctx, httplib::Response& res) { begin(ctx, res); }},
        {"GET", kSession, [this](const Ctx& ctx, httplib::Response& res) { state(ctx, res); }},
        {"POST", kSession, [this](const Ctx& ctx, httplib::Response& res) { change(ctx, res); }},
        {"DELETE", kSession, [this](const Ctx& ctx, httplib::Response& res) { end(ctx, res); }},
        {"GET", kStream, [this](const Ctx& ctx, httplib::Response& res) { listen(ctx, res); }},
    };
}

Result<Selection> LiveRoutes::select(const Ctx& ctx, library::TrackId track, Settings settings) {
    auto parameters = parseSettings(settings, requests_.vocabulary());
    if (!parameters)
        return fail(parameters.error());
    if (parameters->isFile())
        parameters->request.intensity = 0; // the decoded source, bit for bit
    const encode::PcmFormat pcm = parameters->pcm;
    const auto choice =
        requests_.choose(ctx, {track, std::move(*parameters)}, AnalysisStore::Use::Play);
    if (!choice)
        return fail(choice.error());
    return Selection{std::move(settings), choice->streamSpec(pcm), choice->plan->provisional};
}

void LiveRoutes::begin(const Ctx& ctx, httplib::Response& res) {
    const auto request = requestOf(ctx, RequestKind::Begin);
    if (!request)
        return http::respond(ctx, res, request.error());
    auto selection = select(ctx, *request->trackId, request->settings);
    if (!selection)
        return http::respond(ctx, res, selection.error());
    const auto start = frameAt(request->positionSeconds.value_or(0), selection->spec);
    if (!start)
        return http::respond(ctx, res, start.error());
    const auto session =
        sessions_.begin({.trackId = *request->trackId,
                         .lead = std::chrono::milliseconds(request->leadMs.value_or(kUsualLeadMs))},
                        std::move(*selection), *start, pausedOf(request->paused.value_or(false)));
    if (!session)
        return http::respond(ctx, res, session.error());
    res.set_header("Location", pathOf(**session));
    respondState(res, **session, 201);
}

Result<void> LiveRoutes::change(const Ctx& ctx, LiveSession& session,
                                const SessionRequest& request) {
    for (;;) { // until nobody else's change comes between
        const LiveSession::Wish newest = session.newest();
        auto selection = select(ctx, session.fixed().trackId, merged(newest.settings, request));
        if (!selection)
            return fail(selection.error());
        if (selection->spec.format.pcm != session.format().pcm)
            return fail(ErrorCode::InvalidArgument,
                        "bits: stay as they were when the session began");
        if (selection->spec.content != session.content() ||
            selection->spec.format != session.format())
            return fail(ErrorCode::Changed,
                        "session: its file was edited; what plays goes on, begin another one");
        std::optional<std::int64_t> seekFrame;
        if (request.positionSeconds) {
            const auto frame = frameAt(*request.positionSeconds, selection->spec);
            if (!frame)
                return fail(frame.error());
            seekFrame = *frame;
        }
        std::optional<Paused> paused;
        if (request.paused)
            paused = pausedOf(*request.paused);
        if (session.change(newest, std::move(*selection), seekFrame, paused))
            return {};
        if (ctx.liveness.ended())
            return fail(ErrorCode::Cancelled, "session: the client has gone");
    }
}

void LiveRoutes::change(const Ctx& ctx, httplib::Response& res) {
    const auto session = sessions_.find(ctx.pathParam("session_id"));
    if (!session)
        return http::respond(ctx, res, session.error());
    const auto request = requestOf(ctx, RequestKind::Change);
    if (!request)
        return http::respond(ctx, res, request.error());
    if (const auto changed = change(ctx, **session, *request); !changed) {
        if (changed.error().code != ErrorCode::InvalidArgument)
            (*session)->noteError(changed.error());
        return http::respond(ctx, res, changed.error());
    }
    const LiveSession::Status status = (*session)->status(Clock::now());
    respondState(res, **session, status.revision == status.playingRevision ? 200 : 202);
}

void LiveRoutes::state(const Ctx& ctx, httplib::Response& res) {
    const auto session = sessions_.find(ctx.pathParam("session_id"));
    if (!session)
        return http::respond(ctx, res, session.error());
    respondState(res, **session, 200);
}

void LiveRoutes::end(const Ctx& ctx, httplib::Response& res) {
    if (const auto ended = sessions_.end(ctx.pathParam("session_id")); !ended)
        return http::respond(ctx, res, ended.error());
    res.status = 204;
}

void LiveRoutes::listen(const Ctx& ctx, httplib::Response& res) {
    const auto session = sessions_.find(ctx.pathParam("session_id"));
    if (!session)
        return http::respond(ctx, res, session.error());
    res.set_header("Cache-Control", "no-store");
    res.set_header("Accept-Ranges", "none");
    if (ctx.isHead()) {
        res.set_header("Content-Type", "audio/wav");
        return;
    }
    const auto attached = (*session)->attach(Clock::now());
    if (!attached)
        return http::respond(ctx, res, attached.error());
    const auto listener = std::make_shared<LiveListener>(*session, *attached, provider_, analyses_,
                                                         metrics_, ctx.liveness);
    if (const auto primed = listener->prime(); !primed)
        return http::respond(ctx, res, primed.error());
    res.set_chunked_content_provider(
        "audio/wav", [listener](std::size_t /*offset*/, httplib::DataSink& sink) {
            std::span<const std::byte> bytes;
            switch (listener->next(bytes)) {
            case LiveListener::Next::Bytes:
                return sink.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            case LiveListener::Next::Done:
                sink.done();
                return true;
            case LiveListener::Next::Gone:
                break;
            }
            return false;
        });
}

} // namespace segue::backend::live
