// Small files that outlive everything: written under a hidden name, synced, renamed, and the folder
// synced after that. Readers need no turn, since a file that has its name is whole. Connection
// threads; whoever has the turn holds no lock while he writes.
#include "backend/DocumentFolder.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "processing/types/UniqueFd.h"

namespace segue::backend {

namespace {

constexpr std::string_view kEnding = ".json";

/// "not there" is no news about a file that is being written.
Error writeError(const std::string& what, int errnoValue) {
    Error error = errnoError(what, errnoValue);
    if (error.code == ErrorCode::NotFound)
        error.code = ErrorCode::Io;
    return error;
}

} // namespace

DocumentFolder::DocumentFolder(std::filesystem::path folder, std::size_t mostBytes,
                               std::shared_ptr<cache::FileSystem> fileSystem)
    : folder_(std::move(folder)), mostBytes_(mostBytes),
      fileSystem_(fileSystem ? std::move(fileSystem) : cache::FileSystem::real()) {}

std::filesystem::path DocumentFolder::fileOf(const std::string& name) const {
    return folder_ / (name + std::string(kEnding));
}

Result<std::vector<std::string>> DocumentFolder::names() const {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder_, error), end; !error && it != end;
         it.increment(error)) {
        const std::string file = it->path().filename().string();
        if (file.ends_with(kEnding) && file.size() > kEnding.size() && file.front() != '.')
            names.push_back(file.substr(0, file.size() - kEnding.size()));
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return fail(writeError("list '" + folder_.string() + "'", error.value()));
    std::sort(names.begin(), names.end());
    return names;
}

Result<FileStamp> DocumentFolder::stamp(const std::string& name) const {
    return stampOf(fileOf(name));
}

Result<std::string> DocumentFolder::read(const std::string& name) const {
    const std::filesystem::path path = fileOf(name);
    const std::string what = "read '" + path.string() + "'";
    const int opened = fileSystem_->open(path, O_RDONLY | O_NONBLOCK); // never waits for a pipe
    if (opened < 0)
        return fail(errnoError(what, -opened));
    const UniqueFd file(opened);
    if (fileSystem_->sizeOf(file.get()) < 0)
        return fail(ErrorCode::Unsupported, what + ": not a regular file");
    std::string text(mostBytes_ + 1, '\0');
    const std::int64_t got = cache::readFully(
        *fileSystem_, file.get(), std::as_writable_bytes(std::span(text.data(), text.size())), 0);
    if (got < 0)
        return fail(errnoError(what, static_cast<int>(-got)));
    if (got > static_cast<std::int64_t>(mostBytes_))
        return fail(ErrorCode::Unsupported,
                    what + ": longer than " + std::to_string(mostBytes_) + " bytes");
    text.resize(static_cast<std::size_t>(got));
    return text;
}

Result<void> DocumentFolder::write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = fileOf(name);
    const std::filesystem::path hidden = folder_ / ("." + name + std::string(kEnding) + ".new");
    const std::string what = "write '" + path.string() + "'";
    if (const int made = fileSystem_->makeDirectory(folder_); made < 0)
        return fail(writeError("make the folder '" + folder_.string() + "'", -made));
    const int opened = fileSystem_->open(hidden, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (opened < 0)
        return fail(writeError(what, -opened));
    UniqueFd file(opened);
    int done = cache::writeFully(*fileSystem_, file.get(),
                                 std::as_bytes(std::span(text.data(), text.size())), 0);
    if (done == 0)
        done = fileSystem_->syncData(file.get());
    file.reset();
    if (done == 0)
        done = fileSystem_->rename(hidden, path);
    if (done < 0) {
        fileSystem_->remove(hidden);
        return fail(writeError(what, -done));
    }
    // The name lasts once the folder is on the disk. The file is there in any case.
    if (const int folder = fileSystem_->open(folder_, O_RDONLY | O_DIRECTORY); folder >= 0) {
        const UniqueFd open(folder);
        fileSystem_->syncData(open.get());
    }
    return {};
}

Result<void> DocumentFolder::remove(const std::string& name) const {
    if (const int done = fileSystem_->remove(fileOf(name)); done < 0)
        return fail(errnoError("remove '" + fileOf(name).string() + "'", -done));
    return {};
}

DocumentFolder::Turn::Turn(DocumentFolder& folder) : folder_(folder) {
    std::unique_lock lock(folder_.mutex_);
    folder_.passed_.wait(lock, [&] { return !folder_.taken_; });
    folder_.taken_ = true;
}

DocumentFolder::Turn::~Turn() {
    {
        std::lock_guard lock(folder_.mutex_);
        folder_.taken_ = false;
    }
    folder_.passed_.notify_one();
}

Result<void> DocumentFolder::Turn::write(const std::string& name, std::string_view text) const {
    return folder_.write(name, text);
}

Result<void> DocumentFolder::Turn::remove(const std::string& name) const {
    return folder_.remove(name);
}

} // namespace segue::backend
