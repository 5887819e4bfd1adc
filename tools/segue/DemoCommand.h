#pragma once

#include <filesystem>

#include <CLI/CLI.hpp>

namespace segue::tools {

/// `segue demo`: makes a small generated music library to try Segue with.
class DemoCommand {
  public:
    explicit DemoCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when all pieces are there, 1 when they cannot be made, 130 when
    ///         interrupted
    int run();

  private:
    CLI::App* command_;
    std::filesystem::path folder_;
    bool verbose_ = false;
};

} // namespace segue::tools
