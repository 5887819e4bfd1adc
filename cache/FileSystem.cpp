// The real file system behind the store's border: thin wrappers that turn errno into a value and
// retry what a signal interrupted. Stateless, any thread.

#include "cache/FileSystem.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace segue::cache {

namespace {

template <typename Call>
auto retried(Call call) {
    decltype(call()) result;
    do
        result = call();
    while (result < 0 && errno == EINTR);
    return result < 0 ? static_cast<decltype(result)>(-errno) : result;
}

class RealFileSystem final : public FileSystem {
  public:
    int open(const std::filesystem::path& path, int flags) override {
        return retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
    }

    int createMemory() override {
        return retried([] { return ::memfd_create("segue-chunk", MFD_CLOEXEC); });
    }

    std::int64_t sizeOf(int fd) override {
        struct stat status {};
        if (::fstat(fd, &status) != 0)
            return -errno;
        return S_ISREG(status.st_mode) ? status.st_size : -EINVAL;
    }

    std::int64_t read(int fd, std::span<std::byte> out, std::int64_t offset) override {
        return retried([&] { return ::pread(fd, out.data(), out.size(), offset); });
    }

    std::int64_t write(int fd, std::span<const std::byte> bytes, std::int64_t offset) override {
        return retried([&] { return ::pwrite(fd, bytes.data(), bytes.size(), offset); });
    }

    int syncData(int fd) override {
        return retried([&] { return ::fdatasync(fd); });
    }

    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return retried([&] { return ::rename(from.c_str(), to.c_str()); });
    }

    int remove(const std::filesystem::path& path) override {
        return retried([&] { return ::unlink(path.c_str()); });
    }

    int makeDirectory(const std::filesystem::path& path) override {
        std::error_code error;
        std::filesystem::create_directories(path, error);
        return error ? -error.value() : 0;
    }

    std::int64_t freeBytes(const std::filesystem::path& path) override {
        struct statvfs status {};
        if (::statvfs(path.c_str(), &status) != 0)
            return -errno;
        return static_cast<std::int64_t>(status.f_bavail * status.f_frsize);
    }
};

} // namespace

std::shared_ptr<FileSystem> FileSystem::real() {
    return std::make_shared<RealFileSystem>();
}

std::int64_t readFully(FileSystem& fs, int fd, std::span<std::byte> out, std::int64_t offset) {
    std::size_t done = 0;
    while (done < out.size()) {
        const std::int64_t got =
            fs.read(fd, out.subspan(done), offset + static_cast<std::int64_t>(done));
        if (got < 0)
            return got;
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<std::int64_t>(done);
}

int writeFully(FileSystem& fs, int fd, std::span<const std::byte> bytes, std::int64_t offset) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::int64_t put =
            fs.write(fd, bytes.subspan(done), offset + static_cast<std::int64_t>(done));
        if (put < 0)
            return static_cast<int>(put);
        if (put == 0)
            return -EIO;
        done += static_cast<std::size_t>(put);
    }
    return 0;
}

} // namespace segue::cache
