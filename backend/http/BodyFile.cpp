// Bodies on disk. A file loses its name as soon as it is open and is reached through its descriptor
// from then on, so nothing has to be tidied up; only a kill between the two calls leaves an empty
// file, which goes at the next start. Connection threads; whoever works on a body may outlive its
// connection.

#include "backend/http/BodyFile.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace segue::http {
namespace {

constexpr std::string_view kPrefix = "body-";

/// Nothing is missing that the client could name.
Error diskError(std::string what, int errnoValue) {
    Error error = errnoError(std::move(what), errnoValue);
    if (error.code != ErrorCode::NoSpace)
        error.code = ErrorCode::Io;
    return error;
}

} // namespace

BodyFile::BodyFile(UniqueFd file, std::int64_t mostBytes, std::shared_ptr<void> place)
    : file_(std::move(file)), mostBytes_(mostBytes), place_(std::move(place)) {}

Result<void> BodyFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(diskError("keep the body at byte " + std::to_string(size_), errno));
        size_ += written;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::filesystem::path BodyFile::path() const {
    return "/proc/self/fd/" + std::to_string(file_.get());
}

BodyFolder::BodyFolder(std::filesystem::path folder, std::int64_t mostBytes, int mostFiles)
    : folder_(std::move(folder)), mostBytes_(mostBytes), mostFiles_(mostFiles),
      taken_(std::make_shared<std::atomic<int>>(0)) {
    std::error_code error; // what cannot be removed does no harm
    for (std::filesystem::directory_iterator it(folder_, error), end; !error && it != end;
         it.increment(error))
        if (it->path().filename().native().starts_with(kPrefix)) {
            std::error_code ignored;
            std::filesystem::remove(it->path(), ignored);
        }
}

Result<std::shared_ptr<BodyFile>> BodyFolder::open() const {
    if (taken_->fetch_add(1) >= mostFiles_) {
        taken_->fetch_sub(1);
        return fail(ErrorCode::Busy, std::to_string(mostFiles_) +
                                         " uploads are being worked on; try again in a few "
                                         "seconds");
    }
    std::shared_ptr<void> place(nullptr, [taken = taken_](void*) { taken->fetch_sub(1); });
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error)
        return fail(diskError("make the folder '" + folder_.string() + "'", error.value()));
    std::string name = folder_ / (std::string(kPrefix) + "XXXXXX");
    UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file)
        return fail(diskError("make a file in '" + folder_.string() + "'", errno));
    if (::unlink(name.c_str()) != 0)
        return fail(diskError("remove '" + name + "'", errno));
    return std::make_shared<BodyFile>(std::move(file), mostBytes_, std::move(place));
}

} // namespace segue::http
