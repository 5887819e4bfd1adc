// The data folder and its lock. flock belongs to the open file, so it ends with the process however
// that ends; the number in the file is only there to tell people who holds it.
#include "backend/DataFolder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace segue::backend {

namespace {

std::string holderOf(int fd) {
    char text[32] = {};
    const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
    std::string holder(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    holder.erase(holder.find_last_not_of("\n ") + 1);
    return holder.find_first_not_of("0123456789") == std::string::npos ? holder : "";
}

} // namespace

DataFolder::DataFolder(std::filesystem::path path, UniqueFd lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

Result<DataFolder> DataFolder::open(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(ErrorCode::Io, "make the data folder '" + path.string() +
                                       "': " + error.message() + "; give another one with --data");
    const std::filesystem::path lockPath = path / "segue.lock";
    UniqueFd lock(::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock)
        return fail(errnoError("open '" + lockPath.string() +
                                   "' (give a folder that can be written with --data)",
                               errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(errnoError("lock '" + lockPath.string() + "'", errno));
        const std::string holder = holderOf(lock.get());
        return fail(ErrorCode::Busy, "another Segue" +
                                         (holder.empty() ? "" : " (process " + holder + ")") +
                                         " uses the data folder '" + path.string() +
                                         "'; stop it, or give this one its own with --data");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    // Only for the message above: a full disk must not keep Segue from starting.
    if (::ftruncate(lock.get(), 0) == 0) [[maybe_unused]]
        const ssize_t written = ::pwrite(lock.get(), pid.data(), pid.size(), 0);
    return DataFolder(path, std::move(lock));
}

} // namespace segue::backend
