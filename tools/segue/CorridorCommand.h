#pragma once

#include <filesystem>
#include <vector>

#include <CLI/CLI.hpp>

namespace segue::tools {

/// `segue corridor`: learns the adaptive target from a library and keeps it in a file.
class CorridorCommand {
  public:
    explicit CorridorCommand(CLI::App& app);

    bool chosen() const { return command_->parsed(); }
    /// @return  the exit code
    int run();

  private:
    CLI::App* command_;
    std::vector<std::filesystem::path> named_;
    std::filesystem::path out_;
    int jobs_ = 0;
};

} // namespace segue::tools
