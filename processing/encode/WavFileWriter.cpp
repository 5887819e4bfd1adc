// A WAV file that appears whole or not at all. Written through a plain descriptor: what comes here
// are large pieces already.

#include "processing/encode/WavFileWriter.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "processing/encode/WavHeader.h"

namespace segue::encode {

namespace {

Error alreadyThere(const std::filesystem::path& path) {
    return {ErrorCode::InvalidArgument, "'" + path.string() + "' is there already"};
}

Error writeError(const std::filesystem::path& path, int errnoValue) {
    return errnoError("write '" + path.string() + "'", errnoValue);
}

/// A new file in the same folder. @return its descriptor, or -1 with errno
int createBeside(const std::filesystem::path& path, std::filesystem::path& temporary) {
    constexpr int kTries = 100;
    for (int i = 0; i < kTries; ++i) {
        temporary =
            path.parent_path() / ("." + path.filename().string() + "." +
                                  std::to_string(::getpid()) + "-" + std::to_string(i) + ".part");
        const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

} // namespace

Result<std::unique_ptr<WavFileWriter>> WavFileWriter::create(const std::filesystem::path& path,
                                                             const StreamFormat& format,
                                                             std::int64_t numFrames,
                                                             Overwrite overwrite) {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
        if (!S_ISREG(there.st_mode))
            return fail(ErrorCode::InvalidArgument, "'" + path.string() + "' is no regular file");
        if (overwrite == Overwrite::No)
            return fail(alreadyThere(path));
    }
    std::filesystem::path temporary;
    UniqueFd file(createBeside(path, temporary));
    if (!file)
        return fail(writeError(path, errno));
    std::unique_ptr<WavFileWriter> writer(
        new WavFileWriter(path, std::move(temporary), std::move(file), overwrite));
    writer->trailerBytes_ = wavTrailerBytes(format, numFrames);
    if (auto written = writer->append(wavHeader(format, numFrames)); !written)
        return fail(written.error());
    return writer;
}

WavFileWriter::WavFileWriter(std::filesystem::path path, std::filesystem::path temporary,
                             UniqueFd file, Overwrite overwrite)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)),
      overwrite_(overwrite) {}

WavFileWriter::~WavFileWriter() {
    if (file_)
        ::unlink(temporary_.c_str());
}

Result<void> WavFileWriter::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(writeError(path_, errno));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> WavFileWriter::commit() {
    const std::array<std::byte, 1> zero{};
    if (auto padded = append(std::span(zero).first(static_cast<std::size_t>(trailerBytes_)));
        !padded)
        return padded;
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
