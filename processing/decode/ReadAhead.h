#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "processing/decode/AudioSource.h"

namespace segue::decode {

/// Reads a source on a thread of its own, a few blocks ahead of who uses them: two cores work, and
/// it takes as long as the slower half instead of both.
/// @thread made, used and destroyed by one thread; destruction waits for the read that is under way
class ReadAhead {
  public:
    static constexpr std::int64_t kBlockFrames = 2048;

    /// Reads from the source's position to its end, but at most `mostFrames`.
    /// @param source  belongs to this object's thread until this object is gone
    ReadAhead(AudioSource& source, std::int64_t mostFrames);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// The next kBlockFrames frames, the caller's to change until the next call, with room for
    /// kBlockFrames; fewer at the end, none after it.
    /// @errors  those of AudioSource::read, after what came before; not to be called again then
    Result<AudioBlock> next();

  private:
    static constexpr std::size_t kSlots = 16;
    /// Who has waited goes on only when there is work for several blocks: a wake-up costs about as
    /// much as a tenth of a block's work.
    static constexpr std::size_t kBatch = 8;

    void run() noexcept;
    /// Blocks that the caller waits for. The first comes alone, so that its work begins at once.
    std::size_t neededLocked() const { return std::min(kBatch, returned_ + 1); }

    AudioSource& source_;
    std::int64_t remaining_; // of the thread that reads
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

/// `source`, read ahead from wherever it was moved to.
std::unique_ptr<AudioSource> readAhead(std::unique_ptr<AudioSource> source);

/// Fills `block` from the source's position. @return frames read, all of them but at the end
/// @errors  those of AudioSource::read, when nothing came before
Result<std::int64_t> readFully(AudioSource& source, const AudioBlock& block);

} // namespace segue::decode
