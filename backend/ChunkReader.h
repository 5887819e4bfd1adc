#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "backend/ChunkProvider.h"
#include "backend/RenderScheduler.h"
#include "backend/StreamSpec.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// How long a read may take and who may call it off.
struct ReadLimits {
    Clock::time_point deadline = Clock::time_point::max();
    /// Asked a few times a second while waiting; empty: always wanted.
    std::function<bool()> stillWanted = {};
    /// What to do when the queue of blocked readers is full.
    enum class WhenFull { Fail, WaitForRoom } whenFull = WhenFull::Fail;
    std::string client = {}; ///< see RenderTask
};

/// One stream's reading of one chunk, wherever its bytes come from: the store, a render that grows,
/// or a new render when stored bytes prove wrong.
/// @thread one at a time
class ChunkReader {
  public:
    /// @param provider, spec  outlive the reader
    ChunkReader(const ChunkProvider& provider, const StreamSpec& spec, std::int64_t chunk);

    std::int64_t chunk() const noexcept { return chunk_; }

    /// Goes on from a render that was asked for earlier.
    void adopt(RenderScheduler::Interest interest);
    /// Sees to it that the payload's first `untilBytes` are there or on their way as Blocked,
    /// without waiting for them.
    /// @param deadline  orders it among others that are blocked
    Result<void> ask(std::int64_t untilBytes, Clock::time_point deadline, const ReadLimits& limits);
    /// Waits for the first `leastBytes` of `out` and reads as many more as have come.
    /// @param offset  in the payload; [offset, offset + out.size()) lies inside it
    /// @return bytes read, >= 1 for a non-empty `out`
    /// @errors Timeout, Cancelled (not wanted any more, or stopping), Busy, those of the render
    Result<std::size_t> read(std::int64_t offset, std::span<std::byte> out, std::size_t leastBytes,
                             const ReadLimits& limits);
    /// Whether the store could not keep what was read, so that it lives in memory only.
    bool unkept() const;

  private:
    Result<void> await(std::int64_t untilBytes, const ReadLimits& limits);
    void letGo();
    /// @return whether reading again makes sense
    bool letGoOfBadBytes(const Error& why);

    const ChunkProvider& provider_;
    const StreamSpec& spec_;
    std::int64_t chunk_;
    std::shared_ptr<const cache::ChunkBlob> blob_;
    RenderScheduler::Interest interest_;
    int badReads_ = 0;
    bool unkept_ = false;
};

} // namespace segue::backend
