// The API of pre-warming. What is asked is checked when it is asked, so that a wrong name is an
// answer and not the end of a job that nobody looks at. Connection threads.
#include "backend/PrewarmRoutes.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Ctx = http::RequestContext;

constexpr const char* kJobs = "/api/prewarm";
constexpr const char* kJob = "/api/prewarm/{prewarm_id}";

Json jsonOf(const PrewarmJobs::Status& status, Detail detail) {
    Json json{{"id", std::to_string(status.id)},
              {"scheduled", status.scheduled},
              {"createdMs", status.createdMs}};
    if (detail == Detail::Yes)
        json["request"] = Json::parse(toJson(status.request), nullptr, false);
    json["progress"] = Json::parse(toJson(status.progress), nullptr, false);
    if (detail == Detail::No)
        json["progress"].erase("problems");
    return json;
}

Result<std::int64_t> idOf(const Ctx& ctx) {
    const auto id = parseTrackId(ctx.pathParam("prewarm_id")); // numbers like those of tracks
    if (!id)
        return fail(ErrorCode::NotFound, "no pre-warming of that number");
    return *id;
}

} // namespace

std::string toJson(const PrewarmJobs::Status& status, Detail detail) {
    return jsonOf(status, detail).dump(-1, ' ', false, Json::error_handler_t::replace);
}

PrewarmRoutes::PrewarmRoutes(PrewarmJobs& jobs, const Prewarmer& prewarmer)
    : jobs_(jobs), prewarmer_(prewarmer) {}

std::vector<Route> PrewarmRoutes::routes() {
    return {
        {"POST", kJobs, [this](const Ctx& ctx, httplib::Response& res) { begin(ctx, res); }},
        {"GET", kJobs, [this](const Ctx&, httplib::Response& res) { list(res); }},
        {"GET", kJob, [this](const Ctx& ctx, httplib::Response& res) { state(ctx, res); }},
        {"DELETE", kJob, [this](const Ctx& ctx, httplib::Response& res) { end(ctx, res); }},
    };
}

void PrewarmRoutes::begin(const Ctx& ctx, httplib::Response& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    auto request = parsePrewarmRequest(*text);
    if (!request)
        return http::respond(ctx, res, request.error());
    if (const auto checked = prewarmer_.check(*request); !checked)
        return http::respond(ctx, res, checked.error());
    const auto job = jobs_.begin(std::move(*request));
    if (!job)
        return http::respond(ctx, res, job.error());
    res.set_header("Location", kJobs + ("/" + std::to_string(job->id)));
    http::respondJson(res, toJson(*job, Detail::Yes), 202);
}

void PrewarmRoutes::list(httplib::Response& res) const {
    Json jobs = Json::array();
    for (const PrewarmJobs::Status& job : jobs_.list())
        jobs.push_back(jsonOf(job, Detail::No));
    res.set_header("Cache-Control", "no-store");
    http::respondJson(res, Json{{"jobs", std::move(jobs)}}.dump());
}

void PrewarmRoutes::state(const Ctx& ctx, httplib::Response& res) const {
    const auto id = idOf(ctx);
    if (!id)
        return http::respond(ctx, res, id.error());
    const auto job = jobs_.find(*id);
    if (!job)
        return http::respond(ctx, res, job.error());
    res.set_header("Cache-Control", "no-store");
    http::respondJson(res, toJson(*job, Detail::Yes));
}

void PrewarmRoutes::end(const Ctx& ctx, httplib::Response& res) {
    const auto id = idOf(ctx);
    if (!id)
        return http::respond(ctx, res, id.error());
    if (const auto ended = jobs_.cancel(*id); !ended)
        return http::respond(ctx, res, ended.error());
    res.status = 204;
}

} // namespace segue::backend
