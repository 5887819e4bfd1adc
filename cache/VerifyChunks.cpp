// Reads a store's files through. It opens each as a reader does, so what it calls good is what a
// reader would get; a chunk that goes while it looks is nobody's fault.

#include "cache/VerifyChunks.h"

#include <algorithm>
#include <utility>

#include "cache/ChunkFiles.h"
#include "cache/StoreContext.h"

namespace segue::cache {

Verification verifyChunks(const std::filesystem::path& directory, BadChunks badChunks,
                          const std::function<void(double)>& progress,
                          const std::atomic<bool>& cancel) {
    StoreOptions options;
    options.directory = directory;
    const StoreContext store(options);
    std::vector<std::pair<ChunkKey, std::int64_t>> files;
    std::int64_t total = 0;
    for (std::size_t shard = 0; shard < kShards; ++shard)
        (void)forEachEntry(store.chunksPath() / shardName(shard), [&](const auto& path) {
            const auto key = keyOfName(path.filename().string());
            const auto file = statOf(path);
            if (!key || !file || store.chunkPath(*key) != path)
                return;
            files.emplace_back(*key, file->bytes);
            total += file->bytes;
        });

    Verification result;
    for (const auto& [key, bytes] : files) {
        if (cancel) {
            result.cancelled = true;
            break;
        }
        const Result<FileBlob::Opened> opened = store.openChunk(key);
        const Result<void> good =
            opened ? opened->blob->check() : Result<void>(fail(opened.error()));
        if (!good && good.error().code == ErrorCode::NotFound)
            continue;
        ++result.chunks;
        result.bytes += bytes;
        if (!good && good.error().code == ErrorCode::Corrupt)
            result.bad.push_back({.name = key.hex(),
                                  .why = good.error().message,
                                  .removed = badChunks == BadChunks::Remove &&
                                             store.fs->remove(store.chunkPath(key)) == 0});
        else if (!good)
            result.unread.push_back(good.error().message);
        if (progress)
            progress(static_cast<double>(result.bytes) /
                     static_cast<double>(std::max<std::int64_t>(total, 1)));
    }
    return result;
}

} // namespace segue::cache
