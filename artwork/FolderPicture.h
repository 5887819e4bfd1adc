#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "processing/types/Error.h"

namespace segue::artwork {

/// The picture in the folder of a track that is most likely its album's: `cover`, `folder`,
/// `front`, `album`, then `disc...`, as JPEG, PNG or WebP, in any case. Of a folder that is one
/// disc of several (`CD 1`, `Disc 2`), the folder above is looked through as well.
/// @param root  nothing above it is looked at
/// @thread any; reads at most two folders
std::optional<std::filesystem::path> folderPicture(const std::filesystem::path& track,
                                                   const std::filesystem::path& root);

/// The bytes of a picture's file.
/// @errors NotFound, Io, Unsupported (not a regular file, too long)
Result<std::string> readPictureFile(const std::filesystem::path& path);

} // namespace segue::artwork
