#pragma once

#include <filesystem>

#include <CLI/CLI.hpp>

namespace segue::tools {

/// `--data` (or SEGUE_DATA): the folder of the server, for it and for every command that works
/// beside it.
class DataOption {
  public:
    /// The object outlives the parsing.
    explicit DataOption(CLI::App& command);

    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
};

} // namespace segue::tools
