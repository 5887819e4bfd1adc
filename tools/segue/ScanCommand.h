#pragma once

#include <atomic>
#include <filesystem>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/DataFolder.h"
#include "library/Library.h"
#include "processing/types/Error.h"
#include "tools/segue/DataOption.h"

namespace segue::tools {

/// `segue scan`: looks for new, changed and vanished files, and tells what was skipped and why.
class ScanCommand {
  public:
    explicit ScanCommand(CLI::App& app);

    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when it came to its end, 1 when it failed, 2 for wrong settings,
    ///         130 when interrupted
    int run();

  private:
    Result<library::ScanReport> runHere(const backend::DataFolder& folder,
                                        const std::vector<std::filesystem::path>& roots,
                                        const std::atomic<bool>& cancel) const;
    Result<library::ScanReport> runThere(const std::filesystem::path& noteFile,
                                         const std::atomic<bool>& cancel) const;
    int tell(const library::ScanReport& report) const;

    CLI::App* command_;
    DataOption data_;
    std::vector<std::filesystem::path> libraries_;
    bool folders_ = false, json_ = false;
};

} // namespace segue::tools
