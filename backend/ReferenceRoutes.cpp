// References by HTTP: made of tracks of the library, kept by ReferenceStore. Making one waits for
// full analyses on the connection's thread; what does not come in time is finished meanwhile.
#include "backend/ReferenceRoutes.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Kept = ReferenceStore::Kept;

enum class Spectra { No, Yes };

Json jsonOf(const StoredReference& reference, Spectra spectra) {
    Json json{{"id", reference.id}, {"createdMs", reference.createdMs}};
    json.update(Json::parse(mastering::toJson(*reference.profile)));
    if (spectra == Spectra::No)
        for (const char* name : {"midDb", "sideDb"})
            json.erase(name);
    return json;
}

} // namespace

ReferenceRoutes::ReferenceRoutes(ReferenceStore& store, FullAnalyses& analyses)
    : store_(store), analyses_(analyses) {}

std::vector<Route> ReferenceRoutes::routes() {
    using Ctx = http::RequestContext;
    constexpr const char* kAll = "/api/references";
    constexpr const char* kOne = "/api/references/{reference_id}";
    return {
        {"GET", kAll, [this](const Ctx&, httplib::Response& res) { list(res); }},
        {"POST", kAll, [this](const Ctx& ctx, httplib::Response& res) { create(ctx, res); }},
        {"GET", kOne, [this](const Ctx& ctx, httplib::Response& res) { one(ctx, res); }},
        {"DELETE", kOne, [this](const Ctx& ctx, httplib::Response& res) { remove(ctx, res); }},
    };
}

void ReferenceRoutes::list(httplib::Response& res) {
    const ReferenceStore::Listing listing = store_.list();
    Json references = Json::array();
    for (const StoredReference& reference : listing.references)
        references.push_back(jsonOf(reference, Spectra::No));
    Json problems = Json::array();
    for (const ReferenceStore::BadFile& bad : listing.bad)
        problems.push_back({{"file", bad.file}, {"reason", bad.reason}});
    const Json all{{"references", std::move(references)}, {"problems", std::move(problems)}};
    // File names are any bytes.
    http::respondJson(res, all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void ReferenceRoutes::one(const http::RequestContext& ctx, httplib::Response& res) {
    const auto reference = store_.find(ctx.pathParam("reference_id"));
    if (!reference)
        return http::respond(ctx, res, reference.error());
    http::respondJson(res, jsonOf(*reference, Spectra::Yes).dump());
}

Result<mastering::ReferenceProfile> ReferenceRoutes::make(const http::RequestContext& ctx,
                                                          const ReferenceRequest& request) {
    const ReadLimits limits = limitsOf(ctx.liveness);
    std::vector<FullAnalyses::Analysed> analysed;
    for (const library::TrackId id : request.trackIds) {
        auto one = analyses_.of(id, limits);
        if (!one && one.error().code == ErrorCode::Timeout)
            return fail(ErrorCode::Busy, "reference: " + std::to_string(analysed.size()) + " of " +
                                             std::to_string(request.trackIds.size()) +
                                             " tracks are analysed, the work goes on; ask again");
        if (!one)
            return fail(one.error());
        analysed.push_back(std::move(*one));
    }
    std::vector<mastering::ReferenceSource> sources;
    for (const auto& [track, analysis] : analysed)
        sources.push_back({track.title, analysis.get()});
    return mastering::makeReference(request.name, sources);
}

void ReferenceRoutes::create(const http::RequestContext& ctx, httplib::Response& res) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return http::respond(ctx, res, text.error());
    const auto request = parseReferenceRequest(*text);
    if (!request)
        return http::respond(ctx, res, request.error());
    auto profile = make(ctx, *request);
    if (!profile) {
        if (profile.error().code == ErrorCode::Busy)
            res.set_header("Retry-After", "5");
        return http::respond(ctx, res, profile.error());
    }
    const auto saved = store_.save(std::move(*profile));
    if (!saved)
        return http::respond(ctx, res, saved.error());
    if (saved->kept == Kept::TooMany)
        return http::respond(
            res, http::Problem{"too-many-references", 409, "Too many references",
                               "there are " + std::to_string(ReferenceStore::kMostReferences) +
                                   " references; delete one",
                               ctx.request.path});
    res.set_header("Location", "/api/references/" + saved->reference.id);
    http::respondJson(res, jsonOf(saved->reference, Spectra::Yes).dump(),
                      saved->kept == Kept::New ? 201 : 200);
}

void ReferenceRoutes::remove(const http::RequestContext& ctx, httplib::Response& res) {
    if (const auto removed = store_.remove(ctx.pathParam("reference_id")); !removed)
        return http::respond(ctx, res, removed.error());
    res.status = 204;
}

} // namespace segue::backend
