#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cache/ChunkStore.h"

namespace segue::cache {

/// What lies in the directory of a store, as FORMAT.md has it. No state, any thread; all of it
/// blocks on disk.

/// `chunks/00` to `chunks/ff`.
inline constexpr std::size_t kShards = 256;
std::string shardName(std::size_t shard);

/// The key in a file name that a store wrote; nothing for anybody else's file.
std::optional<ChunkKey> keyOfName(std::string_view name);

struct FoundFile {
    std::int64_t bytes;
    std::int64_t modifiedNs;
};
/// Nothing unless it is a regular file; a link is none.
std::optional<FoundFile> statOf(const std::filesystem::path& path);
/// When anything was last added to or removed from it; 0 when it is not there.
std::int64_t changedNs(const std::filesystem::path& directory);

/// @return whether all were seen; a directory that is not there holds nothing
bool forEachEntry(const std::filesystem::path& directory,
                  const std::function<void(const std::filesystem::path&)>& visit);

} // namespace segue::cache
