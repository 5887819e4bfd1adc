// Paths, counters and the file system that store and writers have in common. Any thread; nothing
// here changes after construction but the catalogue and a few atomics.

#include "cache/StoreContext.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace segue::cache {

bool LogThrottle::due() noexcept {
    constexpr auto kInterval = std::chrono::nanoseconds(std::chrono::minutes(1)).count();
    const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count();
    std::int64_t next = nextNs_.load(std::memory_order_relaxed);
    return (next == 0 || now >= next) &&
           nextNs_.compare_exchange_strong(next, now + kInterval, std::memory_order_relaxed);
}

namespace {

std::int64_t systemNowNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

StoreContext::StoreContext(const StoreOptions& options)
    // Below /dev/null nothing can be found or made: a store that keeps nothing.
    : directory(options.directory.empty() ? "/dev/null" : options.directory),
      minFreeBytes(options.minFreeBytes),
      fs(options.fileSystem ? options.fileSystem : FileSystem::real()),
      blocks(std::make_shared<BlockCache>()),
      catalog(
          {.generalBytes = options.budgetBytes, .firstChunkBytes = options.firstChunkBudgetBytes},
          options.nowNs ? options.nowNs : systemNowNs) {}

std::filesystem::path StoreContext::chunkPath(const ChunkKey& key) const {
    const std::string name = key.hex();
    return chunksPath() / name.substr(0, 2) / name;
}

std::filesystem::path StoreContext::temporaryPath(const ChunkKey& key) {
    return temporariesPath() / (key.hex() + '.' + std::to_string(::getpid()) + '.' +
                                std::to_string(temporaries_.fetch_add(1)));
}

void StoreContext::reportWriteFailure(const ChunkKey& key, const std::string& why) {
    catalog.countWriteFailure();
    if (writeFailures_.due())
        spdlog::warn("cache: cannot keep chunk {}: {}; playback goes on without (told at most once "
                     "a minute)",
                     key.hex(), why);
}

Result<FileBlob::Opened> StoreContext::openChunk(const ChunkKey& key) const {
    // Never wait at a pipe and never follow a link that somebody put there.
    UniqueFd file(fs->open(chunkPath(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (!file) {
        const int error = -file.get();
        if (error == ENOENT || error == ENOTDIR)
            return fail(ErrorCode::NotFound, "no chunk " + key.hex());
        return fail(errnoError("open chunk " + key.hex(), error));
    }
    return FileBlob::open(fs, blocks, key, std::move(file));
}

} // namespace segue::cache
