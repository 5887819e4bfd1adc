// The chunk store over a directory. Any thread finds and creates; one background thread evicts,
// syncs what was published, verifies what was found without a row, and is the only one to touch the
// index once the store is open. Files are the truth and the catalogue follows them: where the two
// differ (another process removed a chunk, two threads raced over one key), the next find() of that
// key puts the catalogue right. Before it evicts, the background thread looks which directories
// have changed, so that processes that share the cache keep to the budgets together.

#include "cache/DiskChunkStore.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <exception>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <spdlog/spdlog.h>

#include "cache/ChunkFiles.h"
#include "cache/FileChunkWriter.h"

namespace segue::cache {

namespace {

// So that rows of a long backlog reach the index while it is worked off.
constexpr int kSettledPerWrite = 64;
/// File systems note the time of a change in steps of up to 10 ms: within ten of them a directory
/// may have changed again and look the same.
constexpr std::int64_t kCoarseNs = 100'000'000;

} // namespace

std::unique_ptr<ChunkStore> ChunkStore::open(const StoreOptions& options) {
    return std::make_unique<DiskChunkStore>(options);
}

DiskChunkStore::DiskChunkStore(const StoreOptions& options)
    : context_(std::make_shared<StoreContext>(options)),
      flushInterval_(std::max(options.flushInterval, std::chrono::milliseconds(1))) {
    makeDirectories();
    const std::vector<ChunkRow> rows = openIndex();
    removeLeftovers();
    reconcile(rows);
    thread_ = std::thread([this] { run(); });
}

DiskChunkStore::~DiskChunkStore() {
    context_->catalog.stop();
    thread_.join();
}

// --- any thread ---

std::shared_ptr<const ChunkBlob> DiskChunkStore::find(const ChunkKey& key) {
    ChunkCatalog& catalog = context_->catalog;
    const ChunkCatalog::Touched touched = catalog.touch(key);
    if (touched.blob)
        return touched.blob;
    // Unknown keys too: another process may have rendered the chunk, and asking the file system
    // takes microseconds.
    const Result<FileBlob::Opened> opened = context_->openChunk(key);
    if (opened)
        return catalog.share(*opened, touched);
    switch (opened.error().code) {
    case ErrorCode::NotFound:
        if (touched.known)
            catalog.erase(key, ChunkCatalog::Removal::Missing, touched.createdNs);
        break;
    case ErrorCode::Corrupt:
        discard(key, opened.error().message);
        break;
    default: // out of descriptors, say: the chunk is still good
        if (readFailures_.due())
            spdlog::warn("cache: {}", opened.error().message);
        break;
    }
    catalog.countMiss(key);
    return nullptr;
}

bool DiskChunkStore::contains(const ChunkKey& key) const {
    return context_->catalog.contains(key) || statOf(context_->chunkPath(key)).has_value();
}

std::unique_ptr<ChunkWriter> DiskChunkStore::create(const ChunkKey& key, Budget budget,
                                                    const ChunkAbout& about) {
    return std::make_unique<FileChunkWriter>(context_, key, budget, about);
}

void DiskChunkStore::discard(const ChunkKey& key, const std::string& why) {
    spdlog::warn("cache: chunk {} is removed: {}", key.hex(), why);
    // The file first: what is on disk without being in the catalogue is taken for another
    // process's.
    (void)context_->fs->remove(context_->chunkPath(key));
    context_->catalog.erase(key, ChunkCatalog::Removal::Corrupt, std::nullopt);
}

StoreStats DiskChunkStore::stats() const {
    return context_->catalog.stats();
}

std::vector<ChunkInfo> DiskChunkStore::list() const {
    return context_->catalog.list();
}

std::vector<Usage> DiskChunkStore::usage() const {
    return context_->catalog.usage();
}

Removed DiskChunkStore::remove(std::span<const ChunkKey> keys) {
    Removed removed;
    for (const ChunkKey& key : keys) {
        const std::filesystem::path path = context_->chunkPath(key);
        const std::optional<FoundFile> file = statOf(path);
        if (file && context_->fs->remove(path) == 0) {
            ++removed.chunks;
            removed.bytes += file->bytes;
        }
        if (!statOf(path))
            context_->catalog.erase(key, ChunkCatalog::Removal::Missing, std::nullopt);
    }
    return removed;
}

void DiskChunkStore::flush() {
    context_->catalog.flush();
}

// --- opening ---

void DiskChunkStore::makeDirectories() {
    for (const std::filesystem::path& path :
         {context_->chunksPath(), context_->temporariesPath()}) {
        const int status = context_->fs->makeDirectory(path);
        if (status < 0) {
            spdlog::warn("cache: {}: {}; nothing new will be kept", path.string(),
                         std::generic_category().message(-status));
            return;
        }
    }
}

/// @return the rows; none when there was no index or it was damaged, which the files make up for
std::vector<ChunkRow> DiskChunkStore::openIndex() {
    for (int attempt = 0; attempt < 2; ++attempt) {
        Error error;
        if (auto index = ChunkIndex::open(indexPath()); !index) {
            error = index.error();
        } else if (auto rows = (*index)->load(); !rows) {
            error = rows.error();
        } else {
            index_ = std::move(*index);
            if (const auto usage = index_->loadUsage())
                context_->catalog.restoreUsage(*usage);
            return std::move(*rows);
        }
        const bool rebuild = error.code == ErrorCode::Corrupt && attempt == 0;
        spdlog::warn("cache: {}; {}", error.message,
                     rebuild ? "the index is rebuilt from the chunk files"
                             : "the order of use will not survive a restart");
        if (!rebuild)
            break;
        ChunkIndex::remove(indexPath());
    }
    return {};
}

/// Temporary files that no living writer holds.
void DiskChunkStore::removeLeftovers() {
    (void)forEachEntry(context_->temporariesPath(), [&](const std::filesystem::path& path) {
        const std::string name = path.filename().string();
        if (!keyOfName(std::string_view(name).substr(0, name.find('.'))))
            return;
        const UniqueFd file(context_->fs->open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
        if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0)
            (void)context_->fs->remove(path);
    });
}

/// The catalogue takes every chunk file that its row or its own header vouches for; the others and
/// rows without file go.
void DiskChunkStore::reconcile(const std::vector<ChunkRow>& rows) {
    std::unordered_map<ChunkKey, ChunkRow, Hash128Hasher> byKey;
    for (const ChunkRow& row : rows)
        byKey.emplace(row.key, row);

    std::vector<ChunkRow> kept, fresh;
    const auto visit = [&](const std::filesystem::path& path) {
        const std::optional<ChunkKey> key = keyOfName(path.filename().string());
        const std::optional<FoundFile> file = statOf(path);
        if (!key || !file || context_->chunkPath(*key) != path)
            return;
        if (const auto row = byKey.find(*key);
            row != byKey.end() && row->second.bytes == file->bytes) {
            kept.push_back(row->second);
            byKey.erase(row);
        } else {
            fresh.push_back({.key = *key, .lastAccessNs = file->modifiedNs});
        }
    };
    (void)forEachEntry(context_->chunksPath(), [&](const std::filesystem::path& shard) {
        if (shard.filename().string().size() == 2)
            (void)forEachEntry(shard, visit);
    });

    const auto earlier = [](const ChunkRow& a, const ChunkRow& b) {
        return a.lastAccessNs < b.lastAccessNs;
    };
    std::sort(kept.begin(), kept.end(), earlier);
    for (const ChunkRow& row : kept)
        context_->catalog.restore(row, ChunkCatalog::State::Settled);
    std::sort(fresh.begin(), fresh.end(), earlier);
    for (const ChunkRow& row : fresh)
        if (adopt(row.key))
            byKey.erase(row.key); // of a wrong size; it is written anew once the file is verified
    context_->catalog.sortByUse();
    for (const auto& [key, row] : byKey)
        context_->catalog.dropRow(key);
}

bool DiskChunkStore::adopt(const ChunkKey& key) {
    const std::optional<FoundFile> file = statOf(context_->chunkPath(key));
    const auto opened = context_->openChunk(key);
    if (!opened && opened.error().code == ErrorCode::Corrupt)
        discard(key, opened.error().message);
    if (!file || !opened)
        return false;
    context_->catalog.restore({.key = key,
                               .bytes = file->bytes,
                               .budget = opened->header.budget,
                               .about = opened->header.about,
                               .lastAccessNs = std::max<std::int64_t>(file->modifiedNs, 0),
                               .createdNs = file->modifiedNs},
                              ChunkCatalog::State::Unverified);
    return true;
}

// --- the background thread ---

void DiskChunkStore::run() {
    (void)::pthread_setname_np(::pthread_self(), "segue-cache");
    for (;;) {
        const ChunkCatalog::Wake wake = context_->catalog.waitForWork(flushInterval_);
        try {
            maintain();
        } catch (const std::exception& error) { // out of memory: the next round tries again
            spdlog::error("cache: housekeeping failed: {}", error.what());
        }
        context_->catalog.flushed(wake.flushTicket);
        if (wake.stop)
            return;
    }
}

void DiskChunkStore::maintain() {
    lookAround();
    learnFromIndex();
    evict();
    int settled = 0;
    while (const auto chunk = context_->catalog.takeUnsettled()) {
        settle(*chunk);
        evict();
        if (++settled % kSettledPerWrite == 0)
            writeIndex();
    }
    writeIndex();
}

/// What other processes have added to the chunks and removed from them.
void DiskChunkStore::lookAround() {
    std::array<bool, 256> listed{};
    std::unordered_set<ChunkKey, Hash128Hasher> found;
    const std::int64_t asOf = context_->catalog.stamp();
    for (std::size_t shard = 0; shard < listed.size(); ++shard)
        listed[shard] = listShard(shard, found);
    if (std::find(listed.begin(), listed.end(), true) == listed.end())
        return;
    const std::vector<ChunkKey> unknown = context_->catalog.compare(listed, found, asOf);
    for (const ChunkKey& key : unknown)
        (void)adopt(key);
    if (!unknown.empty())
        context_->catalog.sortByUse();
}

/// @return false when it has not changed since it was listed last, or cannot be listed
bool DiskChunkStore::listShard(std::size_t shard,
                               std::unordered_set<ChunkKey, Hash128Hasher>& found) {
    const std::filesystem::path directory = context_->chunksPath() / shardName(shard);
    const std::int64_t changed = changedNs(directory);
    if (changed != 0 && changed == listedNs_[shard])
        return false;
    const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    listedNs_[shard] = changed <= now && now - changed < kCoarseNs ? 0 : changed;
    const bool all = forEachEntry(directory, [&](const std::filesystem::path& path) {
        const std::optional<ChunkKey> key = keyOfName(path.filename().string());
        if (key && context_->chunkPath(*key) == path)
            found.insert(*key);
    });
    if (!all)
        listedNs_[shard] = 0;
    return all;
}

/// When other processes have used their chunks, and which of them are safe on disk.
void DiskChunkStore::learnFromIndex() {
    if (!index_)
        return;
    const auto changed = index_->changedByOthers();
    if (!changed || !*changed)
        return;
    const auto rows = index_->load();
    const auto usage = index_->loadUsage();
    if (!rows || !usage)
        return; // writeIndex() meets the same error and deals with it
    context_->catalog.learn(*rows);
    context_->catalog.restoreUsage(*usage);
}

void DiskChunkStore::evict() {
    for (const ChunkKey& key : context_->catalog.takeVictims())
        (void)context_->fs->remove(context_->chunkPath(key));
}

void DiskChunkStore::settle(const ChunkCatalog::Unsettled& chunk) {
    const bool fresh = chunk.state == ChunkCatalog::State::Unsynced;
    Result<void> safe;
    if (!fresh)
        safe = verify(chunk.key);
    if (safe) // what was read may have come from memory
        safe = sync(chunk.key);
    if (safe) {
        context_->catalog.settle(chunk.key, chunk.createdNs);
        return;
    }
    if (safe.error().code == ErrorCode::NotFound) {
        context_->catalog.erase(chunk.key, ChunkCatalog::Removal::Missing, chunk.createdNs);
    } else if (safe.error().code == ErrorCode::Corrupt) {
        discard(chunk.key, safe.error().message);
    } else if (fresh) {
        // The data may never have reached the disk, and the kernel tells it only once.
        context_->reportWriteFailure(chunk.key, safe.error().message);
        context_->catalog.erase(chunk.key, ChunkCatalog::Removal::Missing, chunk.createdNs);
        (void)context_->fs->remove(context_->chunkPath(chunk.key));
    }
    // A file that could not be verified for another reason stays without a row, to be looked at
    // when the store is opened next; until then its readers check every block anyway.
}

Result<void> DiskChunkStore::sync(const ChunkKey& key) {
    UniqueFd file(context_->fs->open(context_->chunkPath(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (!file) {
        const int error = -file.get();
        if (error == ENOENT)
            return fail(ErrorCode::NotFound, "no chunk " + key.hex());
        return fail(errnoError("sync chunk " + key.hex(), error));
    }
    if (const int status = context_->fs->syncData(file.get()); status < 0)
        return fail(errnoError("sync chunk " + key.hex(), -status));
    return {};
}

Result<void> DiskChunkStore::verify(const ChunkKey& key) {
    const Result<FileBlob::Opened> opened = context_->openChunk(key);
    if (!opened)
        return fail(opened.error());
    return opened->blob->check();
}

void DiskChunkStore::writeIndex() {
    ChunkCatalog& catalog = context_->catalog;
    Result<void> written;
    if (!index_)
        written = reopenIndex();
    const ChunkCatalog::Changes changes = catalog.takeChanges();
    if (changes.empty())
        return;
    if (index_)
        written = index_->write(changes);
    if (written)
        return;
    if (indexFailures_.due())
        spdlog::warn("cache: {}; chunks are still served (told at most once a minute)",
                     written.error().message);
    catalog.returnChanges(changes);
    // Reopened at the next attempt, and rebuilt if it is damaged.
    if (written.error().code != ErrorCode::NoSpace && written.error().code != ErrorCode::Busy)
        index_.reset();
}

/// And rebuilds it if it is damaged.
Result<void> DiskChunkStore::reopenIndex() {
    auto index = ChunkIndex::open(indexPath());
    if (!index && index.error().code == ErrorCode::Corrupt) {
        ChunkIndex::remove(indexPath());
        index = ChunkIndex::open(indexPath());
    }
    if (!index)
        return fail(index.error());
    index_ = std::move(*index);
    if (const auto usage = index_->loadUsage())
        context_->catalog.restoreUsage(*usage);
    context_->catalog.markAllChanged();
    return {};
}

} // namespace segue::cache
