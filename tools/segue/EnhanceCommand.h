#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processing/encode/WavFileWriter.h"
#include "processing/types/Error.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/PlanOptions.h"

namespace segue::tools {

/// `segue enhance`: masters files to files, with the very bytes that the server would stream.
class EnhanceCommand {
  public:
    explicit EnhanceCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when all files were mastered, 1 when some could not be, 2 for wrong
    ///         settings, 130 when interrupted
    int run();

  private:
    struct Job {
        std::filesystem::path in, out;
    };

    Result<std::vector<Job>> jobsToDo() const;

    CLI::App* command_;
    PlanOptions plan_;
    std::vector<std::filesystem::path> named_;
    std::filesystem::path out_;
    int bits_ = 16;
    bool overwrite_ = false;
    bool measure_ = false;
    int jobs_ = 0;
};

} // namespace segue::tools
