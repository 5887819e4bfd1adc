#pragma once

#include <filesystem>
#include <vector>

#include "backend/DataFolder.h"
#include "processing/types/Error.h"

namespace segue::tools {

/// Where a command finds the music: in the folders it was `given`, made absolute, or else where the
/// data folder says.
/// @errors InvalidArgument when nobody has said it, those of DataFolder::roots()
Result<std::vector<std::filesystem::path>>
musicFolders(const std::vector<std::filesystem::path>& given, const backend::DataFolder& folder);

} // namespace segue::tools
