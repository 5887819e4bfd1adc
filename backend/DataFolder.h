#pragma once

#include <filesystem>

#include "processing/types/Error.h"
#include "processing/types/UniqueFd.h"

namespace segue::backend {

/// The folder in which Segue keeps what it knows, locked against a second server for as long as
/// this lives.
class DataFolder {
  public:
    /// Makes the folder if need be.
    /// @errors Busy (another process has it; the message names it), Io
    static Result<DataFolder> open(const std::filesystem::path& path);

    std::filesystem::path database() const { return path_ / "library.db"; }
    std::filesystem::path cache() const { return path_ / "cache"; }
    std::filesystem::path presets() const { return path_ / "presets"; }
    std::filesystem::path references() const { return path_ / "references"; }
    /// Bodies of requests while they are worked on; nothing in it lasts.
    std::filesystem::path uploads() const { return path_ / "uploads"; }

  private:
    DataFolder(std::filesystem::path path, UniqueFd lock);

    std::filesystem::path path_;
    UniqueFd lock_;
};

} // namespace segue::backend
