// The chunk store over a directory. Any thread finds and creates; one background thread evicts,
// syncs what was published, verifies what was found without a row, and is the only one to touch the
// index once the store is open. Files are the truth and the catalogue follows them: where the two
// differ (another process removed a chunk, two threads raced over one key), the next find() of that
// key puts the catalogue right.

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

#include "cache/FileChunkWriter.h"

namespace segue::cache {

namespace {

// So that rows of a long backlog reach the index while it is worked off.
constexpr int kSettledPerWrite = 64;

/// The key in a file name that this store wrote; nothing for anybody else's file.
std::optional<ChunkKey> keyOfName(std::string_view name) {
    const std::optional<ChunkKey> key = ChunkKey::fromHex(name);
    return key && key->hex() == name ? key : std::nullopt;
}

template <typename Visit>
void forEachEntry(const std::filesystem::path& directory, Visit visit) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
        visit(entry->path());
    // A directory that is not there holds nothing; makeDirectories() has told.
    if (error && error != std::errc::no_such_file_or_directory &&
        error != std::errc::not_a_directory)
        spdlog::warn("cache: cannot list {}: {}", directory.string(), error.message());
}

struct FoundFile {
    std::int64_t bytes;
    std::int64_t modifiedNs;
};

std::optional<FoundFile> statOf(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return std::nullopt;
    return FoundFile{status.st_size,
                     status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

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
    catalog.countMiss();
    return nullptr;
}

bool DiskChunkStore::contains(const ChunkKey& key) const {
    return context_->catalog.contains(key) || statOf(context_->chunkPath(key)).has_value();
}

std::unique_ptr<ChunkWriter> DiskChunkStore::create(const ChunkKey& key, Budget budget) {
    return std::make_unique<FileChunkWriter>(context_, key, budget);
}

void DiskChunkStore::discard(const ChunkKey& key, const std::string& why) {
    spdlog::warn("cache: chunk {} is removed: {}", key.hex(), why);
    context_->catalog.erase(key, ChunkCatalog::Removal::Corrupt, std::nullopt);
    (void)context_->fs->remove(context_->chunkPath(key));
}

StoreStats DiskChunkStore::stats() const {
    return context_->catalog.stats();
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
    forEachEntry(context_->temporariesPath(), [&](const std::filesystem::path& path) {
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

    std::vector<std::pair<ChunkRow, ChunkCatalog::State>> kept;
    const auto visit = [&](const std::filesystem::path& path) {
        const std::optional<ChunkKey> key = keyOfName(path.filename().string());
        const std::optional<FoundFile> file = statOf(path);
        if (!key || !file || context_->chunkPath(*key) != path)
            return;
        if (const auto row = byKey.find(*key);
            row != byKey.end() && row->second.bytes == file->bytes) {
            kept.emplace_back(row->second, ChunkCatalog::State::Settled);
            byKey.erase(row);
            return;
        }
        if (const auto opened = context_->openChunk(*key)) {
            kept.emplace_back(ChunkRow{.key = *key,
                                       .bytes = file->bytes,
                                       .budget = opened->header.budget,
                                       .lastAccessNs = std::max<std::int64_t>(file->modifiedNs, 0),
                                       .createdNs = file->modifiedNs},
                              ChunkCatalog::State::Unverified);
        } else if (opened.error().code == ErrorCode::Corrupt) {
            discard(*key, opened.error().message);
        }
    };
    forEachEntry(context_->chunksPath(), [&](const std::filesystem::path& shard) {
        if (shard.filename().string().size() == 2)
            forEachEntry(shard, visit);
    });

    std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
        return a.first.lastAccessNs < b.first.lastAccessNs;
    });
    for (const auto& [row, state] : kept) {
        byKey.erase(row.key); // of a wrong size; its row is written anew once verified
        context_->catalog.restore(row, state);
    }
    for (const auto& [key, row] : byKey)
        context_->catalog.dropRow(key);
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

void DiskChunkStore::evict() {
    for (const ChunkKey& key : context_->catalog.takeVictims())
        (void)context_->fs->remove(context_->chunkPath(key));
}

void DiskChunkStore::settle(const ChunkCatalog::Unsettled& chunk) {
    const bool fresh = chunk.state == ChunkCatalog::State::Unsynced;
    const Result<void> safe = fresh ? sync(chunk.key) : verify(chunk.key);
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
    std::vector<std::byte> buffer(static_cast<std::size_t>(kBlockBytes));
    const std::int64_t end = opened->header.payloadBytes;
    for (std::int64_t offset = 0; offset < end; offset += kBlockBytes) {
        const auto length = static_cast<std::size_t>(std::min(kBlockBytes, end - offset));
        if (auto done = opened->blob->read(offset, std::span(buffer).first(length)); !done)
            return done;
    }
    return {};
}

void DiskChunkStore::writeIndex() {
    ChunkCatalog& catalog = context_->catalog;
    ChunkCatalog::Changes changes = catalog.takeChanges();
    if (changes.empty())
        return;
    Result<void> written;
    if (!index_) {
        auto index = ChunkIndex::open(indexPath());
        if (!index && index.error().code == ErrorCode::Corrupt) {
            ChunkIndex::remove(indexPath());
            index = ChunkIndex::open(indexPath());
        }
        if (index) {
            index_ = std::move(*index);
            catalog.markAllChanged();
            const ChunkCatalog::Changes rest = catalog.takeChanges();
            changes.rows = rest.rows;
            changes.removed.insert(changes.removed.end(), rest.removed.begin(), rest.removed.end());
        } else {
            written = fail(index.error());
        }
    }
    if (index_)
        written = index_->write(changes);
    if (written)
        return;
    if (indexFailures_.due())
        spdlog::warn("cache: {}; chunks are still served (told at most once a minute)",
                     written.error().message);
    catalog.returnChanges(changes);
    // Reopened at the next attempt, and rebuilt if it is damaged.
    if (written.error().code != ErrorCode::NoSpace)
        index_.reset();
}

} // namespace segue::cache
