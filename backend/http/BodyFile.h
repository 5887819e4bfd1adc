#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "processing/types/Error.h"
#include "processing/types/UniqueFd.h"

namespace segue::http {

/// A request body on disk. Its file has no name, so it is gone with this object, or with the
/// process however that ends.
/// @thread append by one at a time; the others any
class BodyFile {
  public:
    /// @param mostBytes  the server refuses a longer body
    /// @param place  let go of with this object; may be null
    BodyFile(UniqueFd file, std::int64_t mostBytes, std::shared_ptr<void> place = nullptr);

    /// @errors NoSpace, Io
    Result<void> append(std::string_view bytes);
    /// Whoever opens this reads the body from its start. Valid as long as this object.
    std::filesystem::path path() const;
    std::int64_t size() const noexcept { return size_; }
    std::int64_t mostBytes() const noexcept { return mostBytes_; }

  private:
    UniqueFd file_;
    std::int64_t mostBytes_;
    std::shared_ptr<void> place_;
    std::int64_t size_ = 0;
};

/// Where the bodies of a route go that are too long for memory: a few at a time, so that clients
/// cannot fill the disk.
/// @thread any
class BodyFolder {
  public:
    /// @param folder  ours alone; made when it is needed. What a process that was killed left in it
    /// is removed
    /// @param mostBytes  of one body  @param mostFiles  at the same time
    BodyFolder(std::filesystem::path folder, std::int64_t mostBytes, int mostFiles);

    /// A file for one body. @errors Busy (there are `mostFiles`), NoSpace, Io
    Result<std::shared_ptr<BodyFile>> open() const;

  private:
    std::filesystem::path folder_;
    std::int64_t mostBytes_;
    int mostFiles_;
    std::shared_ptr<std::atomic<int>> taken_;
};

} // namespace segue::http
