#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cache/ChunkFilter.h"
#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "processing/types/Error.h"
#include "tools/segue/DataOption.h"

namespace segue::tools {

/// `segue cache stats | verify | clear | export`: what the server has rendered, looked at and used
/// beside it.
class CacheCommand {
  public:
    explicit CacheCommand(CLI::App& app);

    /// Whether the command line asks for it.
    bool chosen() const { return command_->parsed(); }
    /// @return the exit code: 0, 1 when something was wrong, 2 for a wrong command line, 130 when
    /// interrupted
    int run();

  private:
    struct Opened {
        std::unique_ptr<library::Library> library; ///< null: there is none yet
        std::unique_ptr<cache::ChunkStore> store;
    };
    void addStats();
    void addVerify();
    void addClear();
    void addExport();
    /// --track, --album, --preset
    void addSelection(CLI::App& command);

    Result<Opened> open() const;
    Result<cache::ChunkFilter> filterOf(const library::Library* library) const;
    int stats() const;
    int verify() const;
    int clear() const;
    int exportStreams() const;

    CLI::App* command_;
    DataOption data_;
    CLI::App* stats_ = nullptr;
    CLI::App* verify_ = nullptr;
    CLI::App* clear_ = nullptr;
    CLI::App* export_ = nullptr;
    std::vector<std::string> tracks_, albums_;
    std::string preset_;
    double olderThanSeconds_ = 0;
    std::size_t mostTracks_ = 20;
    std::filesystem::path out_;
    bool json_ = false;
    bool dryRun_ = false;
    bool overwrite_ = false;
};

} // namespace segue::tools
