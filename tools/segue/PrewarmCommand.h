#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/DataFolder.h"
#include "backend/PrewarmRequest.h"
#include "backend/Prewarmer.h"
#include "processing/types/Error.h"
#include "tools/segue/DataOption.h"

namespace segue::tools {

/// `segue prewarm`: renders into the cache what is going to be played.
class PrewarmCommand {
  public:
    explicit PrewarmCommand(CLI::App& app);

    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 when all that fits is warm, 1 when something failed, 2 for wrong
    ///         settings, 130 when interrupted
    int run();

  private:
    Result<backend::PrewarmRequest> request(const std::vector<std::filesystem::path>& roots) const;
    Result<backend::PrewarmProgress> runHere(backend::DataFolder folder,
                                             const backend::PrewarmRequest& request,
                                             const std::atomic<bool>& cancel) const;
    Result<backend::PrewarmProgress> runThere(const std::filesystem::path& noteFile,
                                              const backend::PrewarmRequest& request,
                                              const std::atomic<bool>& cancel) const;
    int tell(const backend::PrewarmProgress& progress, const char* byWhom) const;

    CLI::App* command_;
    DataOption data_;
    std::vector<std::filesystem::path> libraries_;
    bool all_ = false, recent_ = false, mostPlayed_ = false;
    std::string album_, artist_, playlist_;
    int limit_ = 200;
    bool firstChunks_ = false, full_ = false;
    std::vector<std::string> presets_;
    std::optional<double> intensity_;
    std::optional<std::uint64_t> budgetBytes_;
    int jobs_ = 1;
    bool dryRun_ = false, json_ = false;
};

} // namespace segue::tools
