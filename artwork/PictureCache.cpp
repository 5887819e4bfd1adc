// Resized pictures on disk. Any thread: the table is under a mutex, files are read and written
// outside of it. Always holds: a file appears under its name whole (written beside it, renamed),
// and one that is gone or cannot be read is a miss.

#include "artwork/PictureCache.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace segue::artwork {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTypes[][2] = {{".jpg", "image/jpeg"}, {".png", "image/png"}};

const char* typeOf(const fs::path& path) {
    for (const auto& [ending, type] : kTypes)
        if (path.extension() == ending)
            return type;
    return nullptr;
}

} // namespace

PictureCache::PictureCache(fs::path folder, std::int64_t maxBytes)
    : folder_(std::move(folder)), maxBytes_(maxBytes) {
    struct Found {
        fs::file_time_type time;
        Hash128 key;
        Entry entry;
    };
    std::vector<Found> found;
    std::error_code error;
    for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
        std::error_code ignored;
        const auto key = Hash128::fromHex(it->path().stem().string());
        if (!key || !typeOf(it->path())) {
            if (it->path().extension() == ".new") // left by a process that was killed
                fs::remove(it->path(), ignored);
            continue;
        }
        const auto size = it->file_size(ignored);
        if (!ignored)
            found.push_back({it->last_write_time(ignored),
                             *key,
                             {it->path().filename().string(), static_cast<std::int64_t>(size), 0}});
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.time < b.time; });
    for (Found& file : found) {
        file.entry.lastUse = ++uses_;
        if (entries_.emplace(file.key, file.entry).second)
            numBytes_ += file.entry.numBytes;
    }
}

std::optional<Picture> PictureCache::get(const Hash128& key) {
    fs::path path;
    {
        const std::lock_guard lock(mutex_);
        const auto it = entries_.find(key);
        if (it == entries_.end())
            return std::nullopt;
        it->second.lastUse = ++uses_;
        path = folder_ / it->second.name;
    }
    std::ifstream file(path, std::ios::binary);
    Picture picture{{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()},
                    typeOf(path)};
    if (!file || picture.bytes.empty())
        return std::nullopt;
    return picture;
}

void PictureCache::put(const Hash128& key, const Picture& picture) {
    const std::string name =
        key.hex() + (picture.mimeType == kTypes[1][1] ? kTypes[1][0] : kTypes[0][0]);
    std::error_code error;
    fs::create_directories(folder_, error);
    const fs::path fresh = folder_ / (name + ".new");
    {
        std::ofstream file(fresh, std::ios::binary);
        file << picture.bytes;
        file.flush();
        if (!file) {
            fs::remove(fresh, error);
            return;
        }
    }
    fs::rename(fresh, folder_ / name, error);
    if (error)
        return;
    std::vector<std::string> gone;
    {
        const std::lock_guard lock(mutex_);
        Entry& entry = entries_[key];
        numBytes_ += static_cast<std::int64_t>(picture.bytes.size()) - entry.numBytes;
        entry = {name, static_cast<std::int64_t>(picture.bytes.size()), ++uses_};
        while (numBytes_ > maxBytes_ && entries_.size() > 1) {
            const auto oldest = std::min_element(
                entries_.begin(), entries_.end(),
                [](const auto& a, const auto& b) { return a.second.lastUse < b.second.lastUse; });
            numBytes_ -= oldest->second.numBytes;
            gone.push_back(oldest->second.name);
            entries_.erase(oldest);
        }
    }
    for (const std::string& file : gone)
        fs::remove(folder_ / file, error);
}

std::int64_t PictureCache::numBytes() const {
    const std::lock_guard lock(mutex_);
    return numBytes_;
}

} // namespace segue::artwork
