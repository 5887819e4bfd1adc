#pragma once

#include <cstdint>
#include <filesystem>

#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue {

/// What the file system says about a regular file. Two equal stamps mean "not edited since": an
/// edit that restores the modification time still moves the change time.
struct FileStamp {
    std::int64_t sizeBytes = 0;
    std::int64_t modifiedNs = 0; ///< nanoseconds since 1970
    std::int64_t changedNs = 0;  ///< nanoseconds since 1970
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    bool operator==(const FileStamp&) const = default;
};

/// @errors NotFound, Io, Unsupported (not a regular file)
Result<FileStamp> stampOf(const std::filesystem::path& path);
/// The same for an open descriptor. @errors Io, Unsupported
Result<FileStamp> stampOf(int fileDescriptor);

/// XXH3-128 of all bytes of a file: the identity of its content, wherever it lies.
/// @errors NotFound, Io, Unsupported; Changed if the file was edited while it was read
Result<Hash128> contentHashOf(const std::filesystem::path& path);

} // namespace segue
