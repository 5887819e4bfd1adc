#pragma once

#include <cstdint>
#include <optional>

#include "processing/decode/AudioSource.h"
#include "processing/decode/ReadAhead.h"

namespace segue::chunk {

/// Where a render decodes. The bytes are the same; only who waits for what differs.
enum class DecodeOn {
    OwnThread,     ///< beside the chain: sooner there, on two cores
    CallersThread, ///< less work in all, where every core is busy with renders anyway
};

/// The source of a render: so many frames, whatever becomes of the file.
/// @thread made, used and destroyed by one thread; destruction waits for the read that is under way
class DecodeAhead {
  public:
    static constexpr std::int64_t kBlockFrames = decode::ReadAhead::kBlockFrames;

    /// Reads `fromSource` frames from the source's position, then silence, `total` frames in all.
    /// @param source  belongs to this object until it is gone
    /// @param where  CallersThread: next() decodes, and there is no thread
    DecodeAhead(decode::AudioSource& source, std::int64_t fromSource, std::int64_t total,
                DecodeOn where = DecodeOn::OwnThread);

    /// The next kBlockFrames frames (the last block may be shorter), the caller's to change until
    /// the next call. A source that ends early or turns corrupt is followed by silence. Not to be
    /// called after the last block.
    /// @errors  those of AudioSource::read but Corrupt
    Result<AudioBlock> next();

  private:
    /// What is left of the source, in a block with room for kBlockFrames.
    Result<AudioBlock> fromSource(std::int64_t most);

    decode::AudioSource& source_;
    std::int64_t fromSource_, total_; // still to be given
    AudioBuffer own_;                 // what was decoded here, and the silence
    std::optional<decode::ReadAhead> ahead_;
};

} // namespace segue::chunk
