// The player's side of the API. A stream's answer is fixed before anything is rendered; the body is
// an EnhancedStream that lives as long as the response, on the connection's thread.
#include "backend/PlayerRoutes.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "backend/EnhancedStream.h"
#include "backend/http/ByteRange.h"
#include "backend/http/FileResource.h"
#include "backend/http/MimeType.h"
#include "backend/http/Problem.h"
#include "backend/http/RangeResponder.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Use = AnalysisStore::Use;

/// One answer's stream, and what is to be done at its beginning and end.
class StreamSession {
  public:
    /// @param onBegun  called when the first bytes are there
    StreamSession(const ChunkProvider& provider, StreamSpec spec, AnalysisStore& analyses,
                  Metrics& metrics, std::function<void()> onBegun)
        : stream_(provider, std::move(spec)), analyses_(analyses), active_(metrics),
          onBegun_(std::move(onBegun)) {}
    ~StreamSession() { analyses_.stillPlaying(stream_.spec().content); }
    StreamSession(const StreamSession&) = delete;
    StreamSession& operator=(const StreamSession&) = delete;

    EnhancedStream& stream() noexcept { return stream_; }

    Result<std::size_t> read(std::int64_t offset, std::span<std::byte> out,
                             const http::Liveness& liveness) {
        ReadLimits limits = limitsOf(liveness);
        if (!primed_) {
            // Before any header is sent, so that what is wrong still becomes a problem.
            if (auto primed = stream_.prime(offset, limits); !primed)
                return fail(primed.error());
            primed_ = true;
            onBegun_();
        }
        limits.whenFull = ReadLimits::WhenFull::WaitForRoom;
        if (const auto now = Clock::now(); now >= nextSign_) {
            nextSign_ = now + kSignInterval;
            analyses_.stillPlaying(stream_.spec().content);
        }
        return stream_.read(offset, out, limits);
    }

  private:
    /// Keeps the plan of a long playback leased.
    static constexpr auto kSignInterval = std::chrono::minutes(1);

    EnhancedStream stream_;
    AnalysisStore& analyses_;
    Metrics::ActiveStream active_;
    std::function<void()> onBegun_;
    bool primed_ = false;
    Clock::time_point nextSign_ = Clock::now() + kSignInterval;
};

/// Where the range that is asked for ends, so that nothing is rendered for nobody.
std::int64_t endOfRange(const http::RequestContext& ctx, std::int64_t length) {
    const auto range = ctx.header("Range");
    if (!range || ctx.header("If-Range"))
        return length;
    const http::RangeOutcome outcome = http::parseRange(*range, length);
    if (const auto* part = std::get_if<http::ByteRange>(&outcome))
        return part->offset + part->length;
    return length;
}

/// What the player is going to play afterwards, when it says so.
Result<std::optional<library::TrackId>> nextOf(const http::RequestContext& ctx) {
    const auto text = ctx.query("next");
    if (!text)
        return std::nullopt;
    const auto id = parseTrackId(*text);
    if (!id)
        return fail(ErrorCode::InvalidArgument, "next: not the id of a track");
    return *id;
}

} // namespace

PlayerRoutes::PlayerRoutes(library::Library& library, const StreamRequests& requests,
                           AnalysisStore& analyses, const ChunkProvider& provider, Metrics& metrics,
                           Prefetch& prefetch)
    : library_(library), requests_(requests), analyses_(analyses), provider_(provider),
      metrics_(metrics), prefetch_(prefetch) {}

std::vector<Route> PlayerRoutes::routes() {
    return {
        {"GET", kStreamPattern,
         [this](const http::RequestContext& ctx, httplib::Response& res) { stream(ctx, res); }},
        {"GET", "/api/player/chunks/{track_id}",
         [this](const http::RequestContext& ctx, httplib::Response& res) { chunks(ctx, res); }},
    };
}

void PlayerRoutes::stream(const http::RequestContext& ctx, httplib::Response& res) {
    const auto request = requests_.read(ctx);
    if (!request)
        return http::respond(ctx, res, request.error());
    const auto next = nextOf(ctx);
    if (!next)
        return http::respond(ctx, res, next.error());
    if (request->parameters.isFile())
        return streamOriginal(ctx, res, request->track);
    const auto choice = requests_.choose(ctx, *request, ctx.isHead() ? Use::Look : Use::Play);
    if (!choice)
        return http::respond(ctx, res, choice.error());
    auto session = std::make_shared<StreamSession>(
        provider_, choice->streamSpec(request->parameters.pcm), analyses_, metrics_,
        [this, track = request->track, next = *next, parameters = request->parameters] {
            prefetch_.playing(track, next, parameters);
        });
    http::RangedResource resource;
    resource.length = session->stream().sizeBytes();
    session->stream().setEnd(endOfRange(ctx, resource.length));
    resource.contentType = "audio/wav";
    resource.etag = session->stream().spec().etag();
    resource.headers = {
        {"Segue-Plan", choice->planId.hex()},
        {"Segue-Plan-Provisional", choice->plan->provisional ? "true" : "false"},
    };
    resource.read = [session](std::int64_t offset, std::span<std::byte> out,
                              const http::Liveness& liveness) {
        return session->read(offset, out, liveness);
    };
    http::serveRanged(ctx, res, std::move(resource));
}

void PlayerRoutes::streamOriginal(const http::RequestContext& ctx, httplib::Response& res,
                                  library::TrackId id) {
    const auto track = library_.refresh(id);
    if (!track)
        return http::respond(ctx, res, track.error());
    http::serveFile(ctx, res, track->path, std::string(http::mimeTypeOfCodec(track->codec)),
                    &track->stamp);
}

void PlayerRoutes::chunks(const http::RequestContext& ctx, httplib::Response& res) {
    const auto look = requests_.look(ctx);
    if (!look)
        return http::respond(ctx, res, look.error());
    const StreamSpec spec = look->choice.streamSpec(look->request.parameters.pcm);
    const std::int64_t count = spec.geometry().numChunks();
    Json states = Json::array();
    for (std::int64_t chunk = 0; chunk < count; ++chunk)
        states.push_back(nameOf(provider_.stateOf(spec, chunk)));
    http::respondJson(res, Json{{"chunkSeconds", chunk::kChunkSeconds},
                                {"count", count},
                                {"provisional", look->choice.plan->provisional},
                                {"chunks", std::move(states)}}
                               .dump());
}

} // namespace segue::backend
