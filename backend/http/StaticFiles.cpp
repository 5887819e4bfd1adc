// The web player's files. Runs on connection threads. Nothing outside the root can be reached: a
// path is walked segment by segment with openat(O_NOFOLLOW), so there is no string to get wrong.

#include "backend/http/StaticFiles.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "backend/http/FileResource.h"
#include "backend/http/MimeType.h"
#include "backend/http/Problem.h"
#include "backend/http/RangeResponder.h"
#include "processing/types/UniqueFd.h"

namespace segue::http {
namespace {

using std::string_view;

/// Vite puts a hash of the content into the names there.
constexpr string_view kHashedFolder = "/assets/";

bool isUnder(string_view path, string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// The regular file at `path` below `root`; NotFound for everything that is none.
Result<UniqueFd> openBelow(const std::filesystem::path& root, string_view path) {
    UniqueFd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder)
        return tl::unexpected(errnoError("open the web player's folder", errno));
    for (;;) {
        path.remove_prefix(1); // the slash
        const auto end = std::min(path.find('/'), path.size());
        const std::string segment(path.substr(0, end));
        path.remove_prefix(end);
        if (segment.empty() || segment.front() == '.' || segment.find('\\') != std::string::npos)
            return fail(ErrorCode::NotFound, "no such file");
        const bool isLast = path.empty();
        UniqueFd next(::openat(folder.get(), segment.c_str(),
                               O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
                                   (isLast ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY)));
        if (!next) {
            const bool isAbsent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
                                  errno == ENAMETOOLONG || errno == ENXIO;
            if (isAbsent)
                return fail(ErrorCode::NotFound, "no such file");
            return tl::unexpected(errnoError("open '" + segment + "'", errno));
        }
        if (isLast)
            return next;
        folder = std::move(next);
    }
}

} // namespace

StaticFiles::StaticFiles(StaticFilesOptions options) : options_(std::move(options)) {}

void StaticFiles::operator()(const RequestContext& ctx, httplib::Response& res) const {
    const auto open = [&](const std::string& path) -> Result<RangedResource> {
        auto file = openBelow(options_.root, path);
        if (!file)
            return fail(std::move(file.error()));
        auto resource = fileResource(std::move(*file), std::string(mimeTypeOfName(path)));
        if (!resource && resource.error().code == ErrorCode::Unsupported) // a folder, a FIFO
            return fail(ErrorCode::NotFound, "no such file");
        return resource;
    };
    const std::string& path = ctx.request.path;
    const bool isReserved =
        std::any_of(options_.reserved.begin(), options_.reserved.end(),
                    [&](const std::string& prefix) { return isUnder(path, prefix); });
    auto resource = isReserved || path == "/" ? fail(ErrorCode::NotFound, "nothing is at this path")
                                              : open(path);
    if (resource && path.starts_with(kHashedFolder)) {
        if (ctx.acceptsGzip) {
            if (auto smaller = open(path + ".gz")) {
                smaller->contentType = std::move(resource->contentType);
                smaller->headers.emplace_back("Content-Encoding", "gzip");
                resource = std::move(smaller);
            }
        }
        resource->headers.emplace_back("Vary", "Accept-Encoding");
        resource->cacheControl = "public, max-age=31536000, immutable";
    }
    const string_view name = string_view(path).substr(path.rfind('/') + 1);
    const auto accepted = ctx.header("accept").value_or("");
    // "/genres/Drum.n.Bass": a dot is part of a name there, and only a browser that goes to a page
    // asks for HTML.
    const bool isPage =
        name.find('.') == string_view::npos || accepted.find("text/html") != std::string::npos;
    if (!resource && resource.error().code == ErrorCode::NotFound && isPage && !isReserved)
        resource = open("/index.html");
    if (!resource) {
        respond(ctx, res, resource.error());
        return;
    }
    serveRanged(ctx, res, std::move(*resource));
}

} // namespace segue::http
