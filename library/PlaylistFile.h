#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "processing/types/Error.h"

namespace segue::library {

/// The files that an M3U or M3U8 text names, in order, absolute and normal; what is not a file of
/// this machine (http and the like) is left out. Each may be there or not.
/// @param folder  absolute: what relative names are relative to
std::vector<std::filesystem::path> parsePlaylist(std::string_view text,
                                                 const std::filesystem::path& folder);

/// @errors NotFound, Io, InvalidArgument (larger than 16 MiB)
Result<std::vector<std::filesystem::path>> readPlaylist(const std::filesystem::path& file);

} // namespace segue::library
