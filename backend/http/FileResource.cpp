// Files served as they are: original tracks, artwork, the web player. Read by pread on the
// connection's thread. The descriptor stays open while the answer lasts, so a file that is replaced
// is served to its end; one that is edited in place is noticed at the next block.

#include "backend/http/FileResource.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/http/Problem.h"
#include "processing/types/Hash.h"

namespace segue::http {
namespace {

Result<UniqueFd> openFile(const std::filesystem::path& path) {
    // Without O_NONBLOCK the open of a FIFO waits for a writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return tl::unexpected(errnoError("open '" + path.filename().string() + "'", errno));
    return UniqueFd(fd);
}

/// Whether the open file has the bytes it had. A file that lost its name, as in a replacement by
/// rename(2), has them though its change time moved.
bool isStill(int fd, const FileStamp& stamp) {
    const auto now = stampOf(fd);
    if (!now)
        return false;
    if (*now == stamp)
        return true;
    struct stat status {};
    return now->sizeBytes == stamp.sizeBytes && now->modifiedNs == stamp.modifiedNs &&
           ::fstat(fd, &status) == 0 && status.st_nlink == 0;
}

RangedResource resourceOf(UniqueFd file, const FileStamp& stamp, std::string contentType) {
    using namespace std::chrono;
    RangedResource resource;
    resource.length = stamp.sizeBytes;
    resource.contentType = std::move(contentType);
    resource.etag = etagOf(stamp);
    resource.lastModified = floor<seconds>(sys_time<nanoseconds>(nanoseconds(stamp.modifiedNs)));
    resource.read = [file = std::make_shared<const UniqueFd>(std::move(file)),
                     stamp](std::int64_t offset, std::span<std::byte> out,
                            const Liveness&) -> Result<std::size_t> {
        ssize_t got = 0;
        do {
            got = ::pread(file->get(), out.data(), out.size(), offset);
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            return tl::unexpected(errnoError("read at byte " + std::to_string(offset), errno));
        // After the read: bytes of another version must not leave.
        if (got == 0 || !isStill(file->get(), stamp))
            return fail(ErrorCode::Changed, "the file was edited while it was served");
        return static_cast<std::size_t>(got);
    };
    return resource;
}

} // namespace

std::string etagOf(const FileStamp& stamp) {
    Hasher hasher;
    hasher.number(static_cast<std::uint64_t>(stamp.sizeBytes))
        .number(static_cast<std::uint64_t>(stamp.modifiedNs))
        .number(static_cast<std::uint64_t>(stamp.changedNs))
        .number(stamp.device)
        .number(stamp.inode);
    return '"' + hasher.finish().hex() + '"';
}

Result<RangedResource> fileResource(UniqueFd file, std::string contentType) {
    auto stamp = stampOf(file.get());
    if (!stamp)
        return fail(std::move(stamp.error()));
    return resourceOf(std::move(file), *stamp, std::move(contentType));
}

Result<RangedResource> fileResource(const std::filesystem::path& path, std::string contentType) {
    auto file = openFile(path);
    if (!file)
        return fail(std::move(file.error()));
    return fileResource(std::move(*file), std::move(contentType));
}

void serveFile(const RequestContext& ctx, httplib::Response& res, const std::filesystem::path& path,
               const std::string& contentType, const FileStamp* expected) {
    auto resource = fileResource(path, contentType);
    if (!resource) {
        respond(ctx, res, resource.error());
        return;
    }
    if (expected && resource->etag != etagOf(*expected)) {
        respond(ctx, res,
                Error{ErrorCode::Changed,
                      "'" + path.filename().string() + "' was edited since it was scanned"});
        return;
    }
    serveRanged(ctx, res, std::move(*resource));
}

} // namespace segue::http
