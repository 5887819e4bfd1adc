#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "cache/ChunkStore.h"
#include "processing/types/Error.h"
#include "processing/types/UniqueFd.h"

namespace segue::backend {

/// With what a server serves a data folder; commands beside it go by the same.
struct Served {
    std::vector<std::filesystem::path> roots; ///< music folders, absolute
    std::int64_t cacheBytes = 0;              ///< general budget of the cache

    bool operator==(const Served&) const = default;
};

/// The folder in which Segue keeps what it knows. One server has it at a time, locked for as long
/// as this lives; any number of commands use it beside the server, without a lock of its own: the
/// library's database and the cache are each made for several processes.
class DataFolder {
  public:
    /// For the server: makes the folder if need be and notes what it is served with.
    /// @errors Busy (another server has it; the message names it), Io
    static Result<DataFolder> open(const std::filesystem::path& path, const Served& served);
    /// For a command, whether a server runs or not. @errors NotFound (there is no such folder), Io,
    /// Corrupt
    static Result<DataFolder> beside(const std::filesystem::path& path);

    /// Whether a server has the folder now.
    static bool isServed(const std::filesystem::path& path);

    /// What the running server, or else the last one, was given; nothing before the first.
    const std::optional<Served>& served() const { return served_; }

    /// Where the music is: as served() says, or, before the first server, where commands have
    /// looked for it; empty when nobody has said. @errors those of the database
    Result<std::vector<std::filesystem::path>> roots() const;

    std::filesystem::path database() const { return path_ / "library.db"; }
    std::filesystem::path cache() const { return path_ / "cache"; }
    std::filesystem::path presets() const { return path_ / "presets"; }
    std::filesystem::path references() const { return path_ / "references"; }
    /// Bodies of requests while they are worked on; nothing in it lasts.
    std::filesystem::path uploads() const { return path_ / "uploads"; }
    /// Resized pictures; what is missing is made again.
    std::filesystem::path artwork() const { return path_ / "artwork"; }
    /// Results of enhancing, unless the server was given another place.
    std::filesystem::path enhanced() const { return path_ / "enhanced"; }
    std::filesystem::path serverNote() const { return path_ / "server.json"; }
    /// The cache with the budgets of served(), the same for all processes that share it.
    cache::StoreOptions storeOptions() const;

  private:
    DataFolder(std::filesystem::path path, UniqueFd lock, std::optional<Served> served);

    std::filesystem::path path_;
    UniqueFd lock_; ///< empty beside a server
    std::optional<Served> served_;
};

} // namespace segue::backend
