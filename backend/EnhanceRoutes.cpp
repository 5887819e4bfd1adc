// The API of enhancing to files. A client names a file by its place in a job's list and never by a
// path. Connection threads.
#include "backend/EnhanceRoutes.h"

#include <charconv>
#include <cstdio>
#include <string>
#include <utility>

#include "backend/http/FileResource.h"
#include "backend/http/MimeType.h"
#include "library/Text.h"

namespace segue::backend {

namespace {

constexpr const char* kJobs = "/api/enhance";
constexpr const char* kFile = "/api/enhance/{enhance_id}/files/{file_number}";

/// Under which name a browser keeps it (RFC 6266, 5987).
std::string dispositionOf(const std::string& fileName) {
    constexpr std::string_view kPlain = "-._~";
    std::string coded;
    for (const char c : library::displayText(fileName)) {
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') || kPlain.find(c) != std::string_view::npos;
        char hex[4] = {c, '\0'};
        if (!isPlain)
            std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
        coded += hex;
    }
    return "attachment; filename*=UTF-8''" + coded;
}

} // namespace

EnhanceRoutes::EnhanceRoutes(EnhanceJobs& jobs, const Enhancer& enhancer)
    : enhancer_(enhancer), jobs_(kJobs, "enhance_id", jobs,
                                 [&enhancer](std::string_view body) -> Result<EnhanceRequest> {
                                     auto request = parseEnhanceRequest(body);
                                     if (!request)
                                         return request;
                                     if (const auto checked = enhancer.check(*request); !checked)
                                         return fail(checked.error());
                                     return request;
                                 }) {}

std::vector<Route> EnhanceRoutes::routes() {
    auto all = jobs_.routes();
    all.push_back({"GET", kFile, [this](const http::RequestContext& ctx, httplib::Response& res) {
                       file(ctx, res);
                   }});
    return all;
}

void EnhanceRoutes::file(const http::RequestContext& ctx, httplib::Response& res) const {
    const auto job = jobs_.named(ctx);
    if (!job)
        return http::respond(ctx, res, job.error());
    const std::string& text = ctx.pathParam("file_number");
    const auto& files = job->progress.files;
    std::size_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end || number >= files.size())
        return http::respond(
            ctx, res,
            Error{ErrorCode::NotFound,
                  "the enhancement has no such file; it has " + std::to_string(files.size())});
    const std::filesystem::path path = enhancer_.pathOf(files[number]);
    const std::string name = path.filename().string();
    auto resource = http::fileResource(path, std::string(http::mimeTypeOfName(name)));
    if (!resource)
        return http::respond(ctx, res, resource.error());
    resource->headers.emplace_back("Content-Disposition", dispositionOf(name));
    http::serveRanged(ctx, res, std::move(*resource));
}

} // namespace segue::backend
