#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "processing/types/Error.h"

namespace segue::library {

/// The bytes of the picture that a file of sound carries: its front cover, else its first. Files
/// say anything about its format; its own beginning is to be believed.
/// @return nothing where there is none, or one of more than 16 MiB
/// @errors NotFound, Io, Unsupported (not a regular file)
/// @thread any
Result<std::optional<std::string>> embeddedPicture(const std::filesystem::path& path);
/// The same for a file in memory.
std::optional<std::string> embeddedPicture(std::span<const std::byte> bytes,
                                           std::string_view fileName);

} // namespace segue::library
