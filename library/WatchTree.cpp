// Paths by watch and watches by path, for the watcher's thread. Each path is held once: the way
// back is an iterator, which a map keeps valid.

#include "library/WatchTree.h"

#include <utility>

namespace segue::library {

void WatchTree::put(int watch, const std::string& path) {
    drop(watch);
    const auto [place, added] = watchOf_.try_emplace(path, watch);
    if (!added) {
        folderOf_.erase(place->second);
        place->second = watch;
    }
    folderOf_.emplace(watch, place);
}

std::optional<std::string> WatchTree::pathOf(int watch) const {
    const auto found = folderOf_.find(watch);
    if (found == folderOf_.end())
        return std::nullopt;
    return found->second->first;
}

void WatchTree::drop(int watch) {
    const auto found = folderOf_.find(watch);
    if (found == folderOf_.end())
        return;
    watchOf_.erase(found->second);
    folderOf_.erase(found);
}

std::pair<WatchTree::Paths::iterator, WatchTree::Paths::iterator>
WatchTree::below(const std::string& path) {
    const std::string prefix = path == "/" ? path : path + '/';
    std::string end = prefix;
    ++end.back();
    return {watchOf_.upper_bound(prefix), watchOf_.lower_bound(end)}; // "/" is not below itself
}

std::vector<int> WatchTree::take(const std::string& path) {
    std::vector<int> watches;
    if (const auto own = watchOf_.find(path); own != watchOf_.end())
        watches.push_back(own->second);
    const auto [first, last] = below(path);
    for (auto place = first; place != last; ++place)
        watches.push_back(place->second);
    for (const int watch : watches)
        drop(watch);
    return watches;
}

void WatchTree::move(const std::string& from, const std::string& to) {
    std::vector<std::pair<int, std::string>> moved;
    if (const auto own = watchOf_.find(from); own != watchOf_.end())
        moved.emplace_back(own->second, to);
    const auto [first, last] = below(from);
    for (auto place = first; place != last; ++place)
        moved.emplace_back(place->second, to + place->first.substr(from.size()));
    for (const auto& [watch, path] : moved)
        drop(watch);
    take(to);
    for (const auto& [watch, path] : moved)
        put(watch, path);
}

} // namespace segue::library
