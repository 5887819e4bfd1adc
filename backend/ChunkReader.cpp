// Waiting for and reading one chunk on a connection's thread. Holds either the blob it found, or an
// interest in the render and, once bytes have come, that render's blob; a blob without an interest
// is whole. It waits in slices so that a reader whose client has gone lets go within a fraction of
// a second, and never under a lock.
#include "backend/ChunkReader.h"

#include <algorithm>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "cache/ChunkFormat.h"

namespace segue::backend {

namespace {

/// How often a waiting reader asks whether it is still wanted.
constexpr auto kLookAround = std::chrono::milliseconds(200);
/// Renders in place of stored bytes that prove wrong, per chunk and stream.
constexpr int kMostRepairs = 2;
/// Times that a finished chunk may vanish from the store before it was opened.
constexpr int kMostVanishings = 3;

/// So many of `count` bytes from `offset` on that the read ends where a block of the store does, if
/// that is not too little: a block that is read in two pieces is read and hashed twice.
std::size_t wholeBlocks(std::int64_t offset, std::size_t count, std::size_t least) {
    const std::int64_t end = offset + static_cast<std::int64_t>(count);
    const std::int64_t whole = end - end % cache::kBlockBytes - offset;
    return whole >= static_cast<std::int64_t>(std::max<std::size_t>(least, 1))
               ? static_cast<std::size_t>(whole)
               : count;
}

} // namespace

ChunkReader::ChunkReader(const ChunkProvider& provider, const StreamSpec& spec, std::int64_t chunk)
    : provider_(provider), spec_(spec), chunk_(chunk) {}

void ChunkReader::adopt(RenderScheduler::Interest interest) {
    interest_ = std::move(interest);
}

Result<void> ChunkReader::ask(std::int64_t untilBytes, Clock::time_point deadline,
                              const ReadLimits& limits) {
    if (blob_ && blob_->watermark() >= untilBytes)
        return {};
    if (interest_) {
        interest_.hurry(RenderClass::Blocked, deadline);
        return {};
    }
    if (blob_)
        return {};
    blob_ = provider_.find(spec_, chunk_);
    if (blob_)
        return {};
    for (;;) {
        auto interest =
            provider_.request(spec_, chunk_, RenderClass::Blocked, deadline, limits.client);
        if (interest) {
            interest_ = std::move(*interest);
            return {};
        }
        if (interest.error().code != ErrorCode::Busy ||
            limits.whenFull == ReadLimits::WhenFull::Fail || Clock::now() >= limits.deadline)
            return fail(interest.error());
        if (limits.stillWanted && !limits.stillWanted())
            return fail(ErrorCode::Cancelled, "stream: the client has gone");
        provider_.waitForRoom(std::min(limits.deadline, Clock::now() + kLookAround));
    }
}

Result<void> ChunkReader::await(std::int64_t untilBytes, const ReadLimits& limits) {
    using Outcome = InFlightChunk::Outcome;
    for (int vanished = 0;;) {
        if (Result<void> asked = ask(untilBytes, Clock::now(), limits); !asked)
            return asked;
        if (blob_ && blob_->watermark() >= untilBytes)
            return {};
        if (!interest_)
            continue; // the store had it, and what the store has is whole
        InFlightChunk::Progress progress = interest_.chunk().wait(
            untilBytes, std::min(limits.deadline, Clock::now() + kLookAround));
        switch (progress.outcome) {
        case Outcome::Reached:
            interest_.served();
            blob_ = std::move(progress.blob);
            break;
        case Outcome::Finished:
            interest_.leave();
            unkept_ = progress.unkept;
            blob_ = std::move(progress.blob);
            if (!blob_ && ++vanished > kMostVanishings)
                return fail(ErrorCode::Internal, "chunk " + std::to_string(chunk_) + " of '" +
                                                     spec_.path.string() +
                                                     "': keeps vanishing from the cache");
            break;
        case Outcome::Failed:
            letGo();
            if (progress.error.code == ErrorCode::Busy &&
                limits.whenFull == ReadLimits::WhenFull::WaitForRoom)
                break; // made room for another client's
            return fail(std::move(progress.error));
        case Outcome::Cancelled:
            letGo();
            return fail(ErrorCode::Cancelled, "stream: Segue is stopping");
        case Outcome::Deadline:
            if (limits.stillWanted && !limits.stillWanted())
                return fail(ErrorCode::Cancelled, "stream: the client has gone");
            if (Clock::now() >= limits.deadline)
                return fail(ErrorCode::Timeout, "chunk " + std::to_string(chunk_) + " of '" +
                                                    spec_.path.string() +
                                                    "': not rendered in time");
            break;
        }
    }
}

bool ChunkReader::unkept() const {
    return unkept_ || (interest_ && interest_.chunk().look(0).unkept);
}

void ChunkReader::letGo() {
    interest_.leave();
    blob_.reset();
}

bool ChunkReader::letGoOfBadBytes(const Error& why) {
    if (why.code != ErrorCode::Corrupt && why.code != ErrorCode::Io)
        return false;
    letGo();
    ++badReads_;
    if (badReads_ == 1)
        return true; // another reader may have put it right already: look again first
    if (badReads_ > 1 + kMostRepairs)
        return false;
    spdlog::warn("chunk {} of '{}': {}; rendering it again", chunk_, spec_.path.string(),
                 why.message);
    provider_.discard(spec_, chunk_, why.message);
    return true;
}

Result<std::size_t> ChunkReader::read(std::int64_t offset, std::span<std::byte> out,
                                      std::size_t leastBytes, const ReadLimits& limits) {
    const auto least = static_cast<std::int64_t>(std::min(leastBytes, out.size()));
    for (;;) {
        if (Result<void> there = await(offset + least, limits); !there)
            return fail(there.error());
        const std::size_t count = wholeBlocks(
            offset, std::min(out.size(), static_cast<std::size_t>(blob_->watermark() - offset)),
            static_cast<std::size_t>(least));
        const Result<void> got = blob_->read(offset, out.first(count));
        if (got)
            return count;
        if (!letGoOfBadBytes(got.error()))
            return fail(got.error());
    }
}

} // namespace segue::backend
