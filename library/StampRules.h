#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processing/types/FileStamp.h"

namespace segue::library {

/// Whether two stamps of one path mean "the same file, not edited". Device numbers may differ: many
/// file systems get another one at each mount, and size, both times (ns) and inode together do not
/// repeat by chance.
bool sameFile(const FileStamp& a, const FileStamp& b) noexcept;

/// Waits, 20 ms at most, until an edit of the file would give it another stamp. File systems stamp
/// by a clock that ticks every few ms: what is read from a file in the tick of its last change may
/// be edited again under the same stamp.
void waitUntilSettled(const FileStamp& stamp);

/// When the file's inode was made, since 1970; nothing when the file system does not tell.
std::optional<std::int64_t> birthOf(const std::string& path);

} // namespace segue::library
