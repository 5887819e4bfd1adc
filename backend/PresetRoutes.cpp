// Presets by HTTP: what PresetStore does, in the words of the API.
#include "backend/PresetRoutes.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "backend/Revisions.h"
#include "backend/http/Problem.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Saved = PresetStore::Saved;
using mastering::Preset;

Json jsonOf(const Preset& preset) {
    Json json = Json::parse(mastering::toJson(preset));
    json["builtIn"] = mastering::findBuiltInPreset(preset.name) != nullptr;
    return json;
}

http::Problem conflict(std::string code, std::string title, std::string detail) {
    return {std::move(code), 409, std::move(title), std::move(detail), {}};
}

http::Problem builtIn(const std::string& name) {
    return conflict("preset-built-in", "Built-in preset",
                    "'" + name +
                        "' is built in and stays as it is; save your own under another "
                        "name");
}

void respondProblem(const http::RequestContext& ctx, httplib::Response& res,
                    http::Problem problem) {
    problem.instance = ctx.request.path;
    http::respond(res, problem);
}

Result<Preset> presetOf(const http::RequestContext& ctx) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return fail(text.error());
    return mastering::presetFromJson(*text);
}

} // namespace

PresetRoutes::PresetRoutes(PresetStore& store, std::string usual)
    : store_(store), usual_(std::move(usual)) {}

std::vector<Route> PresetRoutes::routes() {
    using Ctx = http::RequestContext;
    constexpr const char* kAll = "/api/presets";
    constexpr const char* kOne = "/api/presets/{name}";
    return {
        {"GET", kAll, [this](const Ctx& ctx, httplib::Response& res) { list(ctx, res); }},
        {"POST", kAll, [this](const Ctx& ctx, httplib::Response& res) { create(ctx, res); }},
        {"GET", kOne, [this](const Ctx& ctx, httplib::Response& res) { one(ctx, res); }},
        {"PUT", kOne, [this](const Ctx& ctx, httplib::Response& res) { replace(ctx, res); }},
        {"DELETE", kOne, [this](const Ctx& ctx, httplib::Response& res) { remove(ctx, res); }},
    };
}

void PresetRoutes::list(const http::RequestContext& ctx, httplib::Response& res) {
    Json presets = Json::array();
    for (const Preset& preset : mastering::builtInPresets())
        presets.push_back(jsonOf(preset));
    const PresetStore::Listing own = store_.list();
    for (const Preset& preset : own.own)
        presets.push_back(jsonOf(preset));
    Json problems = Json::array();
    for (const PresetStore::BadFile& bad : own.bad)
        problems.push_back({{"file", bad.file}, {"reason", bad.reason}});
    const Json all{
        {"presets", std::move(presets)}, {"default", usual_}, {"problems", std::move(problems)}};
    // File names are any bytes.
    respondTagged(ctx, res, all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void PresetRoutes::one(const http::RequestContext& ctx, httplib::Response& res) {
    const auto preset = store_.find(ctx.pathParam("name"));
    if (!preset)
        return http::respond(ctx, res, preset.error());
    http::respondJson(res, jsonOf(*preset).dump());
}

void PresetRoutes::create(const http::RequestContext& ctx, httplib::Response& res) {
    const auto preset = presetOf(ctx);
    if (!preset)
        return http::respond(ctx, res, preset.error());
    if (preset->name.empty())
        return http::respond(ctx, res,
                             Error{ErrorCode::InvalidArgument, "preset: 'name' is missing"});
    save(ctx, res, *preset, PresetStore::IfThere::Keep);
}

void PresetRoutes::replace(const http::RequestContext& ctx, httplib::Response& res) {
    const std::string& name = ctx.pathParam("name");
    auto preset = presetOf(ctx);
    if (!preset)
        return http::respond(ctx, res, preset.error());
    if (!mastering::isPresetName(name))
        return http::respond(ctx, res,
                             Error{ErrorCode::InvalidArgument,
                                   "a preset's name is 1 to 40 of a-z, 0-9 and '-', beginning with "
                                   "a letter"});
    if (!preset->name.empty() && preset->name != name)
        return http::respond(
            ctx, res,
            Error{ErrorCode::InvalidArgument,
                  "preset: 'name' is '" + preset->name + "', the address says '" + name + "'"});
    preset->name = name;
    save(ctx, res, *preset, PresetStore::IfThere::Replace);
}

void PresetRoutes::save(const http::RequestContext& ctx, httplib::Response& res,
                        const Preset& preset, PresetStore::IfThere ifThere) {
    const auto saved = store_.save(preset, ifThere);
    if (!saved)
        return http::respond(ctx, res, saved.error());
    switch (*saved) {
    case Saved::BuiltIn:
        return respondProblem(ctx, res, builtIn(preset.name));
    case Saved::NameTaken:
        return respondProblem(
            ctx, res,
            conflict("preset-exists", "Preset exists",
                     "there is a preset '" + preset.name + "' already; PUT replaces it"));
    case Saved::TooMany:
        return respondProblem(ctx, res,
                              conflict("too-many-presets", "Too many presets",
                                       "there are " + std::to_string(PresetStore::kMostPresets) +
                                           " presets of your own; delete one"));
    case Saved::Created:
        res.set_header("Location", "/api/presets/" + preset.name);
        return http::respondJson(res, jsonOf(preset).dump(), 201);
    case Saved::Replaced:
        return http::respondJson(res, jsonOf(preset).dump());
    }
}

void PresetRoutes::remove(const http::RequestContext& ctx, httplib::Response& res) {
    const std::string& name = ctx.pathParam("name");
    if (mastering::findBuiltInPreset(name))
        return respondProblem(ctx, res, builtIn(name));
    if (!mastering::isPresetName(name))
        return http::respond(ctx, res, store_.find(name).error());
    if (const auto removed = store_.remove(name); !removed)
        return http::respond(ctx, res, removed.error());
    res.status = 204;
}

} // namespace segue::backend
