#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "artwork/Picture.h"
#include "processing/types/Hash.h"

namespace segue::artwork {

/// Resized pictures on disk, one file each, within a number of bytes. What is used least recently
/// goes. A folder that cannot be written keeps nothing, and says nothing.
/// @thread all members from any thread
class PictureCache {
  public:
    /// Takes over what is in `folder`; makes it with the first picture.
    PictureCache(std::filesystem::path folder, std::int64_t maxBytes);

    std::optional<Picture> get(const Hash128& key);
    void put(const Hash128& key, const Picture& picture);
    std::int64_t numBytes() const;

  private:
    struct Entry {
        std::string name;
        std::int64_t numBytes = 0;
        std::uint64_t lastUse = 0;
    };

    const std::filesystem::path folder_;
    const std::int64_t maxBytes_;
    mutable std::mutex mutex_;
    std::map<Hash128, Entry> entries_; ///< GUARDED_BY(mutex_)
    std::int64_t numBytes_ = 0;        ///< GUARDED_BY(mutex_)
    std::uint64_t uses_ = 0;           ///< GUARDED_BY(mutex_)
};

} // namespace segue::artwork
