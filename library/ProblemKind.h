#pragma once

#include <cstdint>
#include <string_view>

namespace segue::library {

/// What keeps a file, folder or root out of the library, as far as it tells what to do about it.
enum class ProblemKind : std::uint8_t {
    Folder,   ///< a folder that is not there, is empty suddenly, or cannot be read
    Link,     ///< a link to nowhere, or out of the library
    Access,   ///< a file that the system does not let Segue read
    Changing, ///< a file that somebody wrote to meanwhile
    Empty,    ///< a file without a byte
    Format,   ///< no audio that Segue reads, whatever its name says
    Damaged,  ///< bytes that contradict themselves
    Analysis, ///< a track that can be listed, but not decoded to its end
    Other,
};

/// "folder", "link", "access", "changing", "empty", "format", "damaged", "analysis", "other"
std::string_view nameOf(ProblemKind kind) noexcept;

/// @param reason  of a ScanProblem
ProblemKind problemKindOf(std::string_view reason) noexcept;

} // namespace segue::library
