// From the library's tree to the tree of results. By names alone: nothing is looked at on disk.
#include "backend/ResultNames.h"

#include <algorithm>
#include <set>

#include "library/Roots.h"

namespace segue::backend {

namespace fs = std::filesystem;

ResultNames::ResultNames(const std::vector<fs::path>& roots) {
    const library::Roots ordered(roots); // a folder inside another one comes first
    for (const std::string& path : ordered.paths())
        roots_.push_back({path, {}});
    if (roots_.size() < 2)
        return;
    std::set<std::string> taken;
    for (const fs::path& given : roots) { // so that a further folder changes no other's name
        const std::string normal = library::Roots({given}).paths().front();
        const auto root = std::find_if(roots_.begin(), roots_.end(),
                                       [&](const Root& one) { return one.path == normal; });
        if (root == roots_.end() || !root->prefix.empty())
            continue;
        const std::string name = fs::path(normal).filename().string();
        std::string unique = name.empty() ? "music" : name;
        for (int number = 2; !taken.insert(unique).second; ++number)
            unique = name + " (" + std::to_string(number) + ")";
        root->prefix = unique;
    }
}

std::optional<fs::path> ResultNames::below(const fs::path& track) const {
    const std::string path = track.lexically_normal().string();
    for (const Root& root : roots_) {
        if (path == root.path || !library::isBelow(path, root.path))
            continue;
        return root.prefix / fs::path(path).lexically_relative(root.path);
    }
    return std::nullopt;
}

} // namespace segue::backend
