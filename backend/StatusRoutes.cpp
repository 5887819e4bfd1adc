// Health, metrics and the API's description. Figures are read from their owners at each request.
#include "backend/StatusRoutes.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/OpenApi.h"
#include "backend/Revisions.h"
#include "backend/Version.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

Json jsonOf(const cache::StoreStats& stats) {
    return {{"chunks", stats.chunks},
            {"bytes", stats.bytes},
            {"firstChunkBytes", stats.firstChunkBytes},
            {"hits", stats.hits},
            {"misses", stats.misses}};
}

Json jsonOf(const library::Watcher::Status& watch) {
    return {{"folders", watch.folders}, {"complete", watch.complete}};
}

} // namespace

const std::string& openApiDocument() {
    static const std::string document = [] {
        Json json = Json::parse(kOpenApiJson);
        json["info"]["version"] = version();
        return json.dump();
    }();
    return document;
}

StatusRoutes::StatusRoutes(Sources sources) : sources_(std::move(sources)) {}

std::vector<Route> StatusRoutes::routes() {
    using Ctx = http::RequestContext;
    return {
        {"GET", "/api/health", [this](const Ctx&, httplib::Response& res) { health(res); }},
        {"GET", "/api/openapi.json",
         [](const Ctx& ctx, httplib::Response& res) {
             respondTagged(ctx, res, openApiDocument());
         }},
        {"GET", "/metrics", [this](const Ctx&, httplib::Response& res) { metrics(res); }},
    };
}

void StatusRoutes::health(httplib::Response& res) const {
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_).count();
    http::respondJson(res, Json{{"status", "ok"},
                                {"version", version()},
                                {"uptimeSeconds", static_cast<std::int64_t>(uptime)},
                                {"tracks", sources_.library.trackCount().value_or(0)},
                                {"scan", Json::parse(toJson(sources_.scans.status()))},
                                {"watch", jsonOf(sources_.watch())},
                                {"analysis", {{"pending", sources_.background.pending()}}},
                                {"cache", jsonOf(sources_.store.stats())}}
                               .dump());
}

void StatusRoutes::metrics(httplib::Response& res) const {
    res.set_content(sources_.metrics.text(sources_.scheduler.stats(), sources_.store.stats(),
                                          sources_.server(), sources_.background.pending()),
                    "text/plain; version=0.0.4; charset=utf-8");
}

} // namespace segue::backend
