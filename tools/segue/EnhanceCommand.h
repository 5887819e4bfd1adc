#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processing/encode/FileFormat.h"
#include "processing/types/Error.h"
#include "tools/segue/PlanOptions.h"

namespace segue::tools {

/// `segue enhance`: masters files to files, with the very samples that the server would stream.
class EnhanceCommand {
  public:
    explicit EnhanceCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when all results are there, 1 when some could not be made, 2 for
    ///         wrong settings, 130 when interrupted
    int run();

  private:
    /// The rest of run(), and what it knows.
    class Batch;

    Result<encode::FileTarget> target() const;
    Result<void> takeLibrary();

    CLI::App* command_;
    PlanOptions plan_;
    std::vector<std::filesystem::path> named_;
    std::filesystem::path out_;
    std::string format_;
    int bits_ = 16;
    int kbps_ = 0;
    bool library_ = false;
    bool album_ = false;
    bool overwrite_ = false;
    bool scorecard_ = false;
    bool dryRun_ = false;
    bool json_ = false;
    int jobs_ = 0;
};

} // namespace segue::tools
