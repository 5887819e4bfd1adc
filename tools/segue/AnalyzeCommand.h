#pragma once

#include <filesystem>
#include <vector>

#include <CLI/CLI.hpp>

namespace segue::tools {

/// `segue analyze`: what one pass over each file measures, for people or as JSON lines.
class AnalyzeCommand {
  public:
    explicit AnalyzeCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when all files were analysed, 1 when some could not be, 130 when
    ///         interrupted
    int run();

  private:
    CLI::App* command_;
    std::vector<std::filesystem::path> named_;
    bool json_ = false;
    int jobs_ = 0;
};

} // namespace segue::tools
