#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processing/types/FileStamp.h"

namespace segue::library {

/// Whether `path` is `directory` or below it, by their names alone.
bool isBelow(std::string_view path, std::string_view directory) noexcept;

/// The folders a library consists of, and the rule that no file outside of them is ever touched.
/// @thread all members may be called from any thread
class Roots {
  public:
    explicit Roots(const std::vector<std::filesystem::path>& given);

    /// Absolute, normal, each once; a root inside another one comes before it.
    const std::vector<std::string>& paths() const noexcept { return paths_; }

    /// Where `path` really leads, when that is inside one of the roots (as they lie now).
    std::optional<std::string> resolve(const std::string& path) const;

    /// The same question for the file with this stamp at this path, answered from memory when it
    /// was asked before: the same inode, unchanged, has not left the roots.
    bool permits(const std::string& path, const FileStamp& stamp) const;

  private:
    std::vector<std::string> paths_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::string, FileStamp> permitted_; // GUARDED_BY(mutex_)
};

} // namespace segue::library
