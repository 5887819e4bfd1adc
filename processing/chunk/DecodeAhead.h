#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "processing/decode/AudioSource.h"
#include "processing/types/Audio.h"
#include "processing/types/Error.h"

namespace segue::chunk {

/// Where a render decodes. The bytes are the same; only who waits for what differs.
enum class DecodeOn {
    OwnThread,     ///< beside the chain: sooner there, on two cores
    CallersThread, ///< less work in all, where every core is busy with renders anyway
};

/// Reads a source on a thread of its own, a few blocks ahead of the chain: a render that somebody
/// waits for uses two cores, and takes as long as the slower half instead of both.
/// @thread made, used and destroyed by one thread; destruction waits for the read that is under way
class DecodeAhead {
  public:
    static constexpr std::int64_t kBlockFrames = 2048;

    /// Reads `fromSource` frames from the source's position, then silence, `total` frames in all.
    /// @param source  belongs to this object's thread until this object is gone
    /// @param where  CallersThread: next() decodes, and there is no thread
    DecodeAhead(decode::AudioSource& source, std::int64_t fromSource, std::int64_t total,
                DecodeOn where = DecodeOn::OwnThread);
    ~DecodeAhead();
    DecodeAhead(const DecodeAhead&) = delete;
    DecodeAhead& operator=(const DecodeAhead&) = delete;

    /// The next kBlockFrames frames (the last block may be shorter), the caller's to change until
    /// the next call. A source that ends early or turns corrupt is followed by silence. Not to be
    /// called after the last block.
    /// @errors  those of AudioSource::read but Corrupt
    Result<AudioBlock> next();

  private:
    static constexpr std::size_t kSlots = 16;
    /// Who has waited goes on only when there is work for several blocks: a wake-up costs about as
    /// much as a tenth of a block's work.
    static constexpr std::size_t kBatch = 8;

    void run() noexcept;
    /// Blocks that the caller waits for. The first comes alone, so that its render begins at once.
    std::size_t neededLocked() const { return std::min(kBatch, returned_ + 1); }
    Result<AudioBlock> decodeHere();
    Result<void> fill(const AudioBlock& block);

    const DecodeOn where_;
    decode::AudioSource& source_;
    std::int64_t fromSource_, total_; // still to be read; of the thread that decodes
    std::array<AudioBuffer, kSlots> slots_;
    std::array<std::int64_t, kSlots> lengths_{};

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::size_t filled_ = 0;   // blocks read so far
    std::size_t returned_ = 0; // blocks that the caller has done with
    bool handedOut_ = false;   // the caller has block `returned_`
    bool stop_ = false;
    bool ended_ = false; // there will be no more blocks
    std::optional<Error> error_;

    std::thread thread_; // last: it uses all of the above
};

} // namespace segue::chunk
