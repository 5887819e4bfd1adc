// The one place where decoding touches the file system. Runs on the thread that reads the source.
// Codec libraries ask for a few bytes at a time; a buffer turns that into few system calls.

#include "processing/decode/SourceFile.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

namespace segue::decode {
namespace {

// Large enough that a read is dominated by copying, small enough that a seek wastes little of it.
constexpr std::int64_t kBufferBytes = 64 * 1024;

} // namespace

Result<SourceFile> SourceFile::open(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a FIFO without a writer returns at once; regular files ignore it.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd)
        return fail(errnoError("open '" + path.string() + "'", errno));
    auto stamp = stampOf(fd.get());
    if (!stamp)
        return fail(stamp.error().code, "open '" + path.string() + "': " + stamp.error().message);
    return SourceFile(std::move(fd), *stamp, path.string());
}

SourceFile::SourceFile(UniqueFd fd, FileStamp stamp, std::string name)
    : fd_(std::move(fd)), stamp_(stamp), name_(std::move(name)),
      buffer_(static_cast<std::size_t>(kBufferBytes)) {}

std::int64_t SourceFile::readFully(std::int64_t offset, std::uint8_t* out, std::int64_t count) {
    // A file that grows while it is read stays as long as it was.
    count = std::min(count, size() - offset);
    std::int64_t done = 0;
    while (done < count) {
        const ssize_t got =
            ::pread(fd_.get(), out + done, static_cast<std::size_t>(count - done), offset + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            errno_ = errno;
        if (got <= 0)
            break;
        done += got;
    }
    const std::int64_t from = std::max(offset, overlayOffset_);
    const std::int64_t to =
        std::min(offset + done, overlayOffset_ + static_cast<std::int64_t>(overlay_.size()));
    if (from < to)
        std::copy_n(overlay_.begin() + (from - overlayOffset_), to - from, out + (from - offset));
    return done;
}

std::int64_t SourceFile::readAt(std::int64_t offset, void* out, std::int64_t count) {
    auto* bytes = static_cast<std::uint8_t*>(out);
    std::int64_t done = 0;
    while (done < count && offset >= 0 && offset < size()) {
        if (offset >= bufferOffset_ && offset < bufferOffset_ + bufferBytes_) {
            const std::int64_t piece =
                std::min(count - done, bufferOffset_ + bufferBytes_ - offset);
            std::memcpy(bytes + done, buffer_.data() + (offset - bufferOffset_),
                        static_cast<std::size_t>(piece));
            done += piece;
            offset += piece;
        } else if (count - done >= kBufferBytes) {
            return done + readFully(offset, bytes + done, count - done);
        } else {
            bufferOffset_ = offset;
            bufferBytes_ = readFully(offset, buffer_.data(), kBufferBytes);
            if (bufferBytes_ == 0)
                break;
        }
    }
    return done;
}

std::int64_t SourceFile::read(void* out, std::int64_t count) {
    const std::int64_t done = readAt(position_, out, count);
    position_ += done;
    return done;
}

bool SourceFile::seekTo(std::int64_t position) {
    if (position < 0)
        return false;
    position_ = position;
    return true;
}

bool SourceFile::seek(std::int64_t offset, int whence) {
    const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position_ : size();
    if (offset > 0 && base > std::numeric_limits<std::int64_t>::max() - offset)
        return false;
    return seekTo(base + offset);
}

void SourceFile::overlay(std::int64_t offset, std::vector<std::uint8_t> bytes) {
    overlayOffset_ = offset;
    overlay_ = std::move(bytes);
    bufferBytes_ = 0;
}

std::optional<Error> SourceFile::takeError() {
    if (errno_ == 0)
        return std::nullopt;
    return errnoError("read '" + name_ + "'", std::exchange(errno_, 0));
}

Error SourceFile::error(ErrorCode code, const std::string& what) const {
    return {code, "decode '" + name_ + "': " + what};
}

} // namespace segue::decode
