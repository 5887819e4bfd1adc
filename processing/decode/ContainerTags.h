#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace segue::decode {

/// What a Matroska or WebM file says about itself, by name in upper case as Vorbis comments have
/// them (TITLE, ARTIST, ALBUM ...), as its bytes are.
/// @return nothing for what cannot be read
/// @thread any; reads headers
std::vector<std::pair<std::string, std::string>> containerTags(const std::filesystem::path& path);

/// In the module that LibavModule.h is about.
inline constexpr char kReadLibavTags[] = "segueReadLibavTags";
class SourceFile;
using ReadLibavTags = void (*)(SourceFile file,
                               std::vector<std::pair<std::string, std::string>>& tags);

} // namespace segue::decode
