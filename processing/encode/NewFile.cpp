// A file that appears whole or not at all. Its hidden name follows from its name and is locked
// while somebody writes: so one that a killed process left is found and used again, and two
// processes that want the same file notice each other. Runs on the thread of whoever encodes.

#include "processing/encode/NewFile.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "processing/types/Hash.h"

namespace segue::encode {

namespace {

constexpr std::int64_t kBytesPerFlush = 8 << 20;

Error alreadyThere(const std::filesystem::path& path) {
    return {ErrorCode::InvalidArgument, "'" + path.string() + "' is there already"};
}

Error writeError(const std::filesystem::path& path, int errnoValue) {
    return errnoError("write '" + path.string() + "'", errnoValue);
}

std::filesystem::path hiddenName(const std::filesystem::path& path) {
    constexpr std::size_t kLongestName = 240; // of the 255 bytes that file systems allow
    std::string name = path.filename().string();
    if (name.size() > kLongestName)
        name = hash128(std::as_bytes(std::span(name))).hex();
    return path.parent_path() / ("." + name + ".part");
}

/// Whether `file` is what lies under that name.
bool isNamed(int file, const std::filesystem::path& path) {
    struct stat mine {};
    struct stat named {};
    return ::fstat(file, &mine) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/// An empty file of that name that nobody else writes.
Result<UniqueFd> openHidden(const std::filesystem::path& path,
                            const std::filesystem::path& temporary) {
    constexpr int kTries = 100; // against processes that finish just then
    for (int i = 0; i < kTries; ++i) {
        UniqueFd file(::open(temporary.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (!file)
            return fail(writeError(path, errno));
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            return fail(ErrorCode::Busy,
                        "'" + path.string() + "' is being made by another process");
        // Who had it before may have given it its final name since it was opened here.
        if (!isNamed(file.get(), temporary))
            continue;
        if (::ftruncate(file.get(), 0) != 0)
            return fail(writeError(path, errno));
        return file;
    }
    return fail(writeError(path, EAGAIN));
}

} // namespace

Result<NewFile> NewFile::create(const std::filesystem::path& path, Overwrite overwrite) {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
        if (!S_ISREG(there.st_mode))
            return fail(ErrorCode::InvalidArgument, "'" + path.string() + "' is no regular file");
        if (overwrite == Overwrite::No)
            return fail(alreadyThere(path));
    }
    std::filesystem::path temporary = hiddenName(path);
    auto file = openHidden(path, temporary);
    if (!file)
        return fail(file.error());
    return NewFile(path, std::move(temporary), std::move(*file), overwrite);
}

NewFile::NewFile(std::filesystem::path path, std::filesystem::path temporary, UniqueFd file,
                 Overwrite overwrite)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)),
      overwrite_(overwrite) {}

NewFile::~NewFile() {
    if (file_)
        ::unlink(temporary_.c_str());
}

Result<void> NewFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(writeError(path_, errno));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        notOnDisk_ += count;
    }
    if (notOnDisk_ >= kBytesPerFlush) {
        // A hint: what is on its way already is nothing to wait for in the end.
        ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
        notOnDisk_ = 0;
    }
    return {};
}

Result<void> NewFile::commit() {
    if (::fsync(file_.get()) != 0)
        return fail(writeError(path_, errno));
    const unsigned flags = overwrite_ == Overwrite::No ? RENAME_NOREPLACE : 0;
    int renamed = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags);
    // Some file systems know no flags; a link refuses to replace too.
    if (renamed != 0 && errno == EINVAL && overwrite_ == Overwrite::No) {
        renamed = ::link(temporary_.c_str(), path_.c_str());
        if (renamed == 0)
            ::unlink(temporary_.c_str());
    }
    if (renamed != 0)
        return fail(errno == EEXIST ? alreadyThere(path_) : writeError(path_, errno));
    file_.reset();
    return {};
}

} // namespace segue::encode
