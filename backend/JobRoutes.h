#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/Detail.h"
#include "backend/JobList.h"
#include "backend/Routes.h"
#include "backend/http/Problem.h"

namespace segue::backend {

/// One job as JSON; without details without the lists of tracks that were asked for, and those of
/// the progress.
/// @param status  of a job whose Request and Progress have a toJson()
template <typename Status>
std::string jobJson(const Status& status, Detail detail) {
    return "{\"id\":\"" + std::to_string(status.id) +
           "\",\"scheduled\":" + (status.scheduled ? "true" : "false") +
           ",\"createdMs\":" + std::to_string(status.createdMs) +
           ",\"request\":" + toJson(status.request, detail) +
           ",\"progress\":" + toJson(status.progress, detail) + "}";
}

/// The API of a list of jobs: begin one, look at all or at one, end one.
/// @thread handlers run on connection threads
template <typename Jobs>
class JobRoutes {
  public:
    /// From a body to a request that makes sense as things are now, so that a wrong one is an
    /// answer and not the end of a job that nobody looks at.
    using Read = std::function<Result<typename Jobs::Request>(std::string_view body)>;

    /// @param path  of the list  @param idName  of the parameter that says which job
    /// @param jobs  outlives the routes
    JobRoutes(std::string path, std::string idName, Jobs& jobs, Read read)
        : path_(std::move(path)), idName_(std::move(idName)), jobs_(jobs), read_(std::move(read)) {}
    JobRoutes(const JobRoutes&) = delete; // its handlers point to it
    JobRoutes& operator=(const JobRoutes&) = delete;

    std::vector<Route> routes() {
        const std::string one = path_ + "/{" + idName_ + "}";
        return {
            {"POST", path_, [this](const Ctx& ctx, Res& res) { begin(ctx, res); }},
            {"GET", path_, [this](const Ctx&, Res& res) { list(res); }},
            {"GET", one, [this](const Ctx& ctx, Res& res) { state(ctx, res); }},
            {"DELETE", one, [this](const Ctx& ctx, Res& res) { end(ctx, res); }},
        };
    }

    /// The job that the request names. @errors NotFound
    Result<typename Jobs::Status> named(const http::RequestContext& ctx) const {
        const auto id = idOf(ctx);
        if (!id)
            return fail(id.error());
        return jobs_.find(*id);
    }

  private:
    using Ctx = http::RequestContext;
    using Res = httplib::Response;

    Result<std::int64_t> idOf(const Ctx& ctx) const {
        const auto id = parseTrackId(ctx.pathParam(idName_)); // numbers like those of tracks
        if (!id)
            return fail(ErrorCode::NotFound,
                        "no " + std::string(Jobs::Progress::kNames.noun) + " of that number");
        return *id;
    }

    void begin(const Ctx& ctx, Res& res) {
        const auto text = jsonTextOf(ctx);
        if (!text)
            return http::respond(ctx, res, text.error());
        auto request = read_(*text);
        if (!request)
            return http::respond(ctx, res, request.error());
        const auto job = jobs_.begin(std::move(*request));
        if (!job)
            return http::respond(ctx, res, job.error());
        res.set_header("Location", path_ + "/" + std::to_string(job->id));
        http::respondJson(res, jobJson(*job, Detail::Yes), 202);
    }

    void list(Res& res) const {
        std::string all;
        for (const auto& job : jobs_.list())
            all += (all.empty() ? "" : ",") + jobJson(job, Detail::No);
        res.set_header("Cache-Control", "no-store");
        http::respondJson(res, "{\"jobs\":[" + all + "]}");
    }

    void state(const Ctx& ctx, Res& res) const {
        const auto job = named(ctx);
        if (!job)
            return http::respond(ctx, res, job.error());
        res.set_header("Cache-Control", "no-store");
        http::respondJson(res, jobJson(*job, Detail::Yes));
    }

    void end(const Ctx& ctx, Res& res) {
        const auto id = idOf(ctx);
        if (!id)
            return http::respond(ctx, res, id.error());
        if (const auto ended = jobs_.cancel(*id); !ended)
            return http::respond(ctx, res, ended.error());
        res.status = 204;
    }

    const std::string path_, idName_;
    Jobs& jobs_;
    const Read read_;
};

} // namespace segue::backend
