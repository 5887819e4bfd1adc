// References by HTTP: made of tracks of the library, of other references, or of a file that is
// sent, of which only the profile stays; kept by ReferenceStore. Making one waits for full analyses
// on the connection's thread; what does not come in time is finished meanwhile.
#include "backend/ReferenceRoutes.h"

#include <chrono>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/Revisions.h"
#include "backend/http/Problem.h"
#include "backend/http/RequestHead.h"
#include "library/TagReader.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using Kept = ReferenceStore::Kept;

/// Who has sent hundreds of megabytes waits rather than sending them again.
constexpr auto kUploadPatience = std::chrono::minutes(5);

enum class Spectra { No, Yes };

/// It came from nowhere that has a name.
Error aboutUpload(Error error, const std::string& path) {
    if (const auto at = error.message.find(path); at != std::string::npos)
        error.message.replace(at, path.size(), "the upload");
    return error;
}

/// What the file itself says; else `fallback`.
std::string titleOf(const std::filesystem::path& file, const std::string& fallback) {
    const auto read = library::readTags(file);
    const bool hasTitle = read && read->tags.title != file.stem().string();
    return hasTitle ? read->tags.title : fallback;
}

std::string progressOf(std::size_t done, std::size_t all) {
    return "reference: " + std::to_string(done) + " of " + std::to_string(all) +
           " tracks are analysed, the work goes on; ask again";
}

Json jsonOf(const StoredReference& reference, Spectra spectra) {
    Json json{{"id", reference.id}, {"createdMs", reference.createdMs}};
    json.update(Json::parse(mastering::toJson(*reference.profile)));
    if (spectra == Spectra::No)
        for (const char* name : {"midDb", "sideDb"})
            json.erase(name);
    return json;
}

} // namespace

ReferenceRoutes::ReferenceRoutes(ReferenceStore& store, FullAnalyses& analyses,
                                 const http::BodyFolder& uploads)
    : store_(store), analyses_(analyses), uploads_(uploads) {}

std::vector<Route> ReferenceRoutes::routes() {
    using Ctx = http::RequestContext;
    constexpr const char* kAll = "/api/references";
    constexpr const char* kOne = "/api/references/{reference_id}";
    return {
        {"GET", kAll, [this](const Ctx& ctx, httplib::Response& res) { list(ctx, res); }},
        {"POST", kAll, [this](const Ctx& ctx, httplib::Response& res) { create(ctx, res); },
         [this](const http::RequestHead& head) { return takeBody(head); }},
        {"GET", kOne, [this](const Ctx& ctx, httplib::Response& res) { one(ctx, res); }},
        {"DELETE", kOne, [this](const Ctx& ctx, httplib::Response& res) { remove(ctx, res); }},
    };
}

void ReferenceRoutes::list(const http::RequestContext& ctx, httplib::Response& res) {
    const ReferenceStore::Listing listing = store_.list();
    Json references = Json::array();
    for (const StoredReference& reference : listing.references)
        references.push_back(jsonOf(reference, Spectra::No));
    Json problems = Json::array();
    for (const ReferenceStore::BadFile& bad : listing.bad)
        problems.push_back({{"file", bad.file}, {"reason", bad.reason}});
    const Json all{{"references", std::move(references)}, {"problems", std::move(problems)}};
    // File names are any bytes.
    respondTagged(ctx, res, all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void ReferenceRoutes::one(const http::RequestContext& ctx, httplib::Response& res) {
    const auto reference = store_.find(ctx.pathParam("reference_id"));
    if (!reference)
        return http::respond(ctx, res, reference.error());
    http::respondJson(res, jsonOf(*reference, Spectra::Yes).dump());
}

Result<std::shared_ptr<http::BodyFile>>
ReferenceRoutes::takeBody(const http::RequestHead& head) const {
    const std::string type = mediaTypeOf(head.headers);
    if (type == "application/json")
        return nullptr;
    // What it really is its bytes tell. The type keeps other sites' forms out, as with JSON.
    if (!type.starts_with("audio/") && type != "application/octet-stream" &&
        type != "application/ogg")
        return fail(ErrorCode::Unsupported,
                    "send a JSON object, with Content-Type: application/json, or an audio file, "
                    "with Content-Type: audio/flac or the like, or application/octet-stream");
    for (auto [name, end] = head.params.equal_range("name"); name != end; ++name)
        if (auto checked = checkReferenceName(name->second); !checked)
            return fail(checked.error());
    return uploads_.open();
}

Result<mastering::ReferenceProfile> ReferenceRoutes::makeOfKept(const http::RequestContext& ctx) {
    const auto text = jsonTextOf(ctx);
    if (!text)
        return fail(text.error());
    const auto request = parseReferenceRequest(*text);
    if (!request)
        return fail(request.error());
    std::vector<mastering::ReferenceProfile> profiles;
    for (const std::string& id : request->referenceIds) {
        const auto kept = store_.find(id);
        if (!kept)
            return fail(kept.error());
        profiles.push_back(*kept->profile);
    }
    const ReadLimits limits = limitsOf(ctx.liveness);
    std::vector<FullAnalyses::Analysed> analysed;
    for (const library::TrackId id : request->trackIds) {
        auto one = analyses_.of(id, limits);
        if (!one && one.error().code == ErrorCode::Timeout)
            return fail(ErrorCode::Busy, progressOf(analysed.size(), request->trackIds.size()));
        if (!one)
            return fail(one.error());
        analysed.push_back(std::move(*one));
    }
    std::vector<mastering::ReferenceSource> sources;
    for (const auto& [track, analysis] : analysed)
        sources.push_back({track.title, analysis.get()});
    return mastering::makeReference(request->name, sources, profiles);
}

Result<mastering::ReferenceProfile> ReferenceRoutes::makeOfFile(const http::RequestContext& ctx) {
    ReadLimits limits = limitsOf(ctx.liveness);
    limits.deadline = Clock::now() + kUploadPatience;
    const std::filesystem::path path = ctx.bodyFile->path();
    const auto analysis = analyses_.of(ctx.bodyFile, limits);
    if (!analysis && analysis.error().code == ErrorCode::Timeout)
        return fail(ErrorCode::Busy,
                    "reference: the upload is being analysed, the work goes on; send it again");
    if (!analysis)
        return fail(aboutUpload(analysis.error(), path.string()));
    const auto name = ctx.query("name");
    const std::string title = titleOf(path, name.value_or("upload"));
    const mastering::ReferenceSource source{title, analysis->get()};
    return mastering::makeReference(name.value_or(title), {&source, 1});
}

void ReferenceRoutes::create(const http::RequestContext& ctx, httplib::Response& res) {
    auto profile = ctx.bodyFile ? makeOfFile(ctx) : makeOfKept(ctx);
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
