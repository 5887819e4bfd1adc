// Stamps and content hashes of source files. Blocking file reads; any thread that may block.

#include "processing/types/FileStamp.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "processing/types/UniqueFd.h"

namespace segue {

namespace {

// Large enough that the system call's cost vanishes, small enough for the L2 cache.
constexpr std::size_t kReadBytes = 256 * 1024;

Result<FileStamp> fromStat(const struct stat& status, const std::string& name) {
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::Unsupported, "'" + name + "' is not a regular file");
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    FileStamp stamp;
    stamp.sizeBytes = status.st_size;
    stamp.modifiedNs = status.st_mtim.tv_sec * kNsPerSecond + status.st_mtim.tv_nsec;
    stamp.changedNs = status.st_ctim.tv_sec * kNsPerSecond + status.st_ctim.tv_nsec;
    stamp.device = status.st_dev;
    stamp.inode = status.st_ino;
    return stamp;
}

} // namespace

Result<FileStamp> stampOf(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return fail(errnoError("stat '" + path.string() + "'", errno));
    return fromStat(status, path.string());
}

Result<FileStamp> stampOf(int fileDescriptor) {
    struct stat status {};
    if (::fstat(fileDescriptor, &status) != 0)
        return fail(errnoError("fstat", errno));
    return fromStat(status, "descriptor");
}

Result<Hash128> contentHashOf(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open '" + path.string() + "'", errno));
    const auto before = stampOf(fd.get());
    if (!before)
        return fail(before.error());
    Hasher hasher;
    std::vector<std::byte> buffer(kReadBytes);
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(errnoError("read '" + path.string() + "'", errno));
        if (count == 0)
            break;
        hasher.bytes({buffer.data(), static_cast<std::size_t>(count)});
    }
    const auto after = stampOf(fd.get());
    if (!after)
        return fail(after.error());
    if (*after != *before)
        return fail(ErrorCode::Changed, "'" + path.string() + "' was edited while it was read");
    return hasher.finish();
}

} // namespace segue
