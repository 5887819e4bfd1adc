#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/segue/PlanOptions.h"

namespace segue::tools {

/// `segue scorecard`: masters music through the shipped path, measures what comes out, and says
/// what meets its limit and what does not.
class ScorecardCommand {
  public:
    explicit ScorecardCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when every row passes, 1 when one fails or a file cannot be read, 2
    ///         for wrong settings, 130 when interrupted
    int run();

  private:
    CLI::App* command_;
    PlanOptions plan_;
    std::vector<std::filesystem::path> named_;
    std::filesystem::path keep_;
    std::string nullTests_ = "all";
    bool json_ = false;
    int jobs_ = 0;
};

} // namespace segue::tools
