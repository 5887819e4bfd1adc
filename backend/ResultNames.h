#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace segue::backend {

/// Where a track's result lies below the folder of results: where its file lies below its music
/// folder, and below that folder's name where there are several. The extension stays.
/// @thread any
class ResultNames {
  public:
    /// @param roots  music folders, absolute; those of one name get a number
    explicit ResultNames(const std::vector<std::filesystem::path>& roots);

    /// Never leads out of the folder that it is put behind. @param track  absolute
    /// @return nothing when it lies in none of the music folders
    std::optional<std::filesystem::path> below(const std::filesystem::path& track) const;

  private:
    struct Root {
        std::string path;
        std::filesystem::path prefix; ///< empty where there is one only
    };
    std::vector<Root> roots_;
};

} // namespace segue::backend
