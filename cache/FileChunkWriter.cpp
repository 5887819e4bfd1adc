// The write side of a chunk, on one render worker. Bytes are written before the watermark passes
// them, hashed as they come (so a disk that changes them is found out), and the file gets its name
// only when header and footer are in it.

#include "cache/FileChunkWriter.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <new>
#include <system_error>
#include <utility>

#include <xxhash.h>

namespace segue::cache {

namespace {

// Each loses a race of microseconds against a store that opens.
constexpr int kTemporaryAttempts = 8;

std::string describe(int negativeErrno) {
    return std::generic_category().message(-negativeErrno);
}

/// Tells stores that open from now on that this file is not a leftover.
/// @return false when one that looked before has removed it, or is about to
bool lockedInPlace(int fd) {
    struct stat file {};
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &file) == 0 && file.st_nlink > 0;
}

} // namespace

void FileChunkWriter::HashStateDeleter::operator()(XXH3_state_s* state) const noexcept {
    XXH3_freeState(state);
}

FileChunkWriter::FileChunkWriter(std::shared_ptr<StoreContext> store, const ChunkKey& key,
                                 Budget budget, const ChunkAbout& about)
    : store_(std::move(store)), key_(key), budget_(budget), about_(about),
      blockHash_(XXH3_createState()) {
    if (!blockHash_)
        throw std::bad_alloc();
    XXH3_64bits_reset(blockHash_.get());
    blob_ = std::make_shared<FileBlob>(store_->fs, store_->blocks, key_, openTemporary());
}

FileChunkWriter::~FileChunkWriter() {
    removeTemporary();
}

/// @return nothing when the disk refuses; reported
UniqueFd FileChunkWriter::openTemporary() {
    FileSystem& fs = *store_->fs;
    const std::int64_t freeBytes = fs.freeBytes(store_->directory);
    if (freeBytes >= 0 && freeBytes < store_->minFreeBytes) {
        store_->reportWriteFailure(key_, "only " + std::to_string(freeBytes >> 20) +
                                             " MiB are free on its file system");
        return {};
    }
    // A store of another process that opens just now may have taken the file for a leftover before
    // it was locked: the next one has a name of its own.
    for (int attempt = 0; attempt < kTemporaryAttempts; ++attempt) {
        const std::filesystem::path path = store_->temporaryPath(key_);
        const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
        int fd = fs.open(path, flags);
        if (fd == -ENOENT && fs.makeDirectory(store_->temporariesPath()) == 0)
            fd = fs.open(path, flags);
        if (fd < 0) {
            store_->reportWriteFailure(key_, "create a file in " +
                                                 store_->temporariesPath().string() + ": " +
                                                 describe(fd));
            return {};
        }
        UniqueFd file(fd);
        if (lockedInPlace(fd)) {
            temporary_ = path;
            return file;
        }
        (void)fs.remove(path);
    }
    store_->reportWriteFailure(key_, "other processes remove its file as soon as it is there");
    return {};
}

Result<void> FileChunkWriter::append(std::span<const std::byte> bytes) {
    if (published_)
        return fail(ErrorCode::InvalidArgument, "append to chunk " + key_.hex() + ": published");
    if (static_cast<std::int64_t>(bytes.size()) > kMaxPayloadBytes - written_)
        return fail(ErrorCode::InvalidArgument, "append to chunk " + key_.hex() + ": over 1 GiB");
    if (bytes.empty())
        return {};

    if (Result<void> stored = store(bytes); !stored) {
        removeTemporary(); // a chunk with a hole is never published
        return stored;
    }
    if (!inMemory_)
        hash(bytes);
    written_ += static_cast<std::int64_t>(bytes.size());
    blob_->grow(written_);
    return {};
}

/// Writes behind the watermark, to the file or to memory.
Result<void> FileChunkWriter::store(std::span<const std::byte> bytes) {
    if (blob_->descriptor() < 0) {
        if (auto moved = continueInMemory(); !moved)
            return moved;
    }
    int status = writeFully(*store_->fs, blob_->descriptor(), bytes, kHeaderBytes + written_);
    if (status < 0 && !inMemory_) {
        store_->reportWriteFailure(key_, "write: " + describe(status));
        if (auto moved = continueInMemory(); !moved)
            return moved;
        status = writeFully(*store_->fs, blob_->descriptor(), bytes, kHeaderBytes + written_);
    }
    if (status < 0)
        return fail(errnoError("append to chunk " + key_.hex() + " in memory", -status));
    return {};
}

/// Moves what was written so far; readers follow without noticing. The file's space is freed when
/// the last of them leaves, since one may be reading it now.
Result<void> FileChunkWriter::continueInMemory() {
    FileSystem& fs = *store_->fs;
    const std::string what = "move chunk " + key_.hex() + " to memory";
    UniqueFd memory(fs.createMemory());
    if (!memory)
        return fail(errnoError(what, -memory.get()));
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::int64_t>(written_, 4 * kBlockBytes)));
    for (std::int64_t done = 0; done < written_;) {
        const auto part = std::span(buffer).first(static_cast<std::size_t>(
            std::min<std::int64_t>(written_ - done, static_cast<std::int64_t>(buffer.size()))));
        const std::int64_t got = readFully(fs, blob_->descriptor(), part, kHeaderBytes + done);
        if (got < 0)
            return fail(errnoError(what, static_cast<int>(-got)));
        if (got < static_cast<std::int64_t>(part.size()))
            return fail(ErrorCode::Io, what + ": its file ends early");
        if (const int status = writeFully(fs, memory.get(), part, kHeaderBytes + done); status < 0)
            return fail(errnoError(what, -status));
        done += got;
    }
    inMemory_ = true;
    blob_->moveTo(std::move(memory));
    removeTemporary();
    return {};
}

void FileChunkWriter::hash(std::span<const std::byte> bytes) {
    std::int64_t inBlock = written_ % kBlockBytes;
    while (!bytes.empty()) {
        const auto part =
            bytes.first(std::min(bytes.size(), static_cast<std::size_t>(kBlockBytes - inBlock)));
        XXH3_64bits_update(blockHash_.get(), part.data(), part.size());
        inBlock += static_cast<std::int64_t>(part.size());
        if (inBlock == kBlockBytes) {
            hashes_.push_back(XXH3_64bits_digest(blockHash_.get()));
            XXH3_64bits_reset(blockHash_.get());
            inBlock = 0;
        }
        bytes = bytes.subspan(part.size());
    }
}

bool FileChunkWriter::publish() {
    if (std::exchange(published_, true) || temporary_.empty())
        return false;
    if (written_ % kBlockBytes != 0)
        hashes_.push_back(XXH3_64bits_digest(blockHash_.get()));
    int status = writeSeal();
    blob_->seal(std::move(hashes_));
    if (status == 0)
        status = renameIntoPlace();
    if (status < 0) {
        store_->reportWriteFailure(key_, "publish: " + describe(status));
        removeTemporary();
        return false;
    }
    temporary_.clear();
    store_->catalog.publish(header(), blob_);
    return true;
}

ChunkHeader FileChunkWriter::header() const {
    return {.key = key_, .payloadBytes = written_, .budget = budget_, .about = about_};
}

int FileChunkWriter::writeSeal() {
    const HeaderBytes bytes = encodeHeader(header());
    const int status = writeFully(*store_->fs, blob_->descriptor(), encodeFooter(bytes, hashes_),
                                  kHeaderBytes + written_);
    return status < 0 ? status : writeFully(*store_->fs, blob_->descriptor(), bytes, 0);
}

int FileChunkWriter::renameIntoPlace() {
    const std::filesystem::path path = store_->chunkPath(key_);
    int status = store_->fs->rename(temporary_, path);
    if (status == -ENOENT && store_->fs->makeDirectory(path.parent_path()) == 0)
        status = store_->fs->rename(temporary_, path);
    return status;
}

void FileChunkWriter::removeTemporary() {
    if (!temporary_.empty())
        (void)store_->fs->remove(temporary_);
    temporary_.clear();
}

} // namespace segue::cache
