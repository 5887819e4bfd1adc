// Which files belong to the library: those whose real path, all symbolic links followed, lies in
// the real path of a root. Asked by the scanner for links and by every refresh of a track, on any
// thread; the answer for an unchanged file costs one look-up.

#include "library/Roots.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace segue::library {

namespace {

// Some 30 MB at most; beyond it the answers are simply looked up again.
constexpr std::size_t kMaxRemembered = 100'000;

std::optional<std::string> realPath(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    if (!real)
        return std::nullopt;
    return std::string(real.get());
}

std::string normal(const std::filesystem::path& given) {
    std::error_code error;
    auto absolute = std::filesystem::absolute(given, error);
    std::string path = (error ? given : absolute).lexically_normal().native();
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

} // namespace

bool isBelow(std::string_view path, std::string_view directory) noexcept {
    if (directory == "/")
        return path.starts_with('/');
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

Roots::Roots(const std::vector<std::filesystem::path>& given) {
    for (const auto& path : given)
        if (!path.empty())
            paths_.push_back(normal(path));
    // A path below another one is longer, so "longest first" puts it before.
    std::sort(paths_.begin(), paths_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
}

std::optional<std::string> Roots::resolve(const std::string& path) const {
    auto real = realPath(path);
    if (!real)
        return std::nullopt;
    for (const std::string& root : paths_)
        if (const auto realRoot = realPath(root); realRoot && isBelow(*real, *realRoot))
            return real;
    return std::nullopt;
}

bool Roots::permits(const std::string& path, const FileStamp& stamp) const {
    {
        const std::lock_guard lock(mutex_);
        const auto found = permitted_.find(path);
        if (found != permitted_.end() && found->second == stamp)
            return true;
    }
    if (!resolve(path))
        return false;
    const std::lock_guard lock(mutex_);
    if (permitted_.size() >= kMaxRemembered)
        permitted_.clear();
    permitted_.insert_or_assign(path, stamp);
    return true;
}

} // namespace segue::library
