#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/PrewarmJobs.h"
#include "tools/segue/DataOption.h"

namespace segue::tools {

/// `segue serve`: the music server, until SIGINT or SIGTERM.
class ServeCommand {
  public:
    explicit ServeCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0 after a clean stop, 1 when it cannot serve, 2 for wrong settings
    int run();

  private:
    /// Takes from the config file what neither a flag nor a variable gave. @return what is wrong
    std::string readConfig();
    std::string checkSettings();
    /// @return what is wrong
    std::string readSchedule();

    CLI::App* command_;
    CLI::Option* libraryOption_;
    std::vector<std::filesystem::path> libraries_;
    DataOption data_;
    std::filesystem::path webRoot_;
    std::filesystem::path config_;
    std::filesystem::path enhanceTo_;
    std::string host_ = "127.0.0.1";
    std::vector<std::string> hostNames_;
    int port_ = 8080;
    int workers_ = 0;
    std::string preset_ = "adaptive";
    std::optional<double> targetLufs_, ceilingDbtp_;
    std::optional<backend::PrewarmSchedule> schedule_;
    std::uint64_t cacheBytes_ = std::uint64_t{1} << 30;
    bool watch_ = true;
    int rescanMinutes_ = 0;
    std::string prewarmAt_;
    std::vector<std::string> prewarm_;
    std::string logLevel_ = "info";
};

} // namespace segue::tools
