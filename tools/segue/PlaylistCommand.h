#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "library/Playlists.h"
#include "processing/types/Error.h"
#include "tools/segue/DataOption.h"

namespace segue::tools {

/// `segue playlist`: playlists of the library, from and to files of other programs.
class PlaylistCommand {
  public:
    /// Adds the subcommand to `app`.
    explicit PlaylistCommand(CLI::App& app);

    bool chosen() const { return command_->parsed(); }
    /// @return the exit code
    int run();

  private:
    int list(const library::Library& library) const;
    int importFiles(const library::Library& library) const;
    int exportOne(const library::Library& library) const;
    Result<library::Playlist> named(const library::Playlists& playlists) const;

    CLI::App* command_;
    DataOption data_;
    CLI::App* list_ = nullptr;
    CLI::App* import_ = nullptr;
    CLI::App* export_ = nullptr;
    std::vector<std::filesystem::path> files_;
    std::string name_, playlist_;
    std::filesystem::path out_;
    bool absolute_ = false;
    bool json_ = false;
};

} // namespace segue::tools
