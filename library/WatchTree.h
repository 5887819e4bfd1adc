#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace segue::library {

/// Which watch is on which folder. @thread one at a time
class WatchTree {
  public:
    /// A watch that was on another folder is on this one now.
    void put(int watch, const std::string& path);
    /// The folder of a watch; nothing when it has none.
    std::optional<std::string> pathOf(int watch) const;
    bool contains(const std::string& path) const { return watchOf_.contains(path); }
    void drop(int watch);
    /// Forgets `path` and all below it. @return their watches
    std::vector<int> take(const std::string& path);
    /// `from` and all below it lie in `to` now, in the place of what was there.
    void move(const std::string& from, const std::string& to);
    std::size_t size() const noexcept { return watchOf_.size(); }

  private:
    using Paths = std::map<std::string, int>;

    /// What lies below `path`: a sorted map has it side by side.
    std::pair<Paths::iterator, Paths::iterator> below(const std::string& path);

    Paths watchOf_;
    std::unordered_map<int, Paths::iterator> folderOf_;
};

} // namespace segue::library
