#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace segue::cache {

/// The system calls through which the store touches its chunk files, so that a test can make the
/// disk full, read-only or broken. Kernel style: a negative result is `-errno`.
/// @thread any
class FileSystem {
  public:
    static std::shared_ptr<FileSystem> real();

    virtual ~FileSystem() = default;
    /// @param flags  as open(2); close-on-exec is added  @return descriptor
    virtual int open(const std::filesystem::path& path, int flags) = 0;
    /// @return descriptor of anonymous memory that reads and writes like a file
    virtual int createMemory() = 0;
    /// @return bytes of a regular file; -EINVAL for anything else
    virtual std::int64_t sizeOf(int fd) = 0;
    /// @return bytes read, 0 at the end of the file; may be fewer than asked for
    virtual std::int64_t read(int fd, std::span<std::byte> out, std::int64_t offset) = 0;
    /// @return bytes written; may be fewer than asked for
    virtual std::int64_t write(int fd, std::span<const std::byte> bytes, std::int64_t offset) = 0;
    virtual int syncData(int fd) = 0;
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual int remove(const std::filesystem::path& path) = 0;
    /// With its parents; fine if it exists.
    virtual int makeDirectory(const std::filesystem::path& path) = 0;
    /// @return what an unprivileged process may still use of the file system that holds `path`
    virtual std::int64_t freeBytes(const std::filesystem::path& path) = 0;
};

/// Fills `out` from `offset`. @return bytes read, fewer only at the end of the file, or -errno
std::int64_t readFully(FileSystem& fs, int fd, std::span<std::byte> out, std::int64_t offset);
/// @return 0 or -errno
int writeFully(FileSystem& fs, int fd, std::span<const std::byte> bytes, std::int64_t offset);

} // namespace segue::cache
