// Names, sizes and times of the files of a store. What is not ours, by its name or its kind, is not
// seen.

#include "cache/ChunkFiles.h"

#include <sys/stat.h>

#include <system_error>

#include <spdlog/spdlog.h>

namespace segue::cache {

namespace {

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

} // namespace

std::string shardName(std::size_t shard) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    return {kDigits[shard / 16], kDigits[shard % 16]};
}

std::optional<ChunkKey> keyOfName(std::string_view name) {
    const std::optional<ChunkKey> key = ChunkKey::fromHex(name);
    return key && key->hex() == name ? key : std::nullopt;
}

std::optional<FoundFile> statOf(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return std::nullopt;
    return FoundFile{status.st_size, nanoseconds(status.st_mtim)};
}

std::int64_t changedNs(const std::filesystem::path& directory) {
    struct stat status {};
    return ::stat(directory.c_str(), &status) == 0 ? nanoseconds(status.st_mtim) : 0;
}

bool forEachEntry(const std::filesystem::path& directory,
                  const std::function<void(const std::filesystem::path&)>& visit) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
        visit(entry->path());
    if (!error || error == std::errc::no_such_file_or_directory ||
        error == std::errc::not_a_directory)
        return true;
    spdlog::warn("cache: cannot list {}: {}", directory.string(), error.message());
    return false;
}

} // namespace segue::cache
