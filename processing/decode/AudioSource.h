#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "processing/types/Audio.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::decode {

struct SourceInfo {
    int sampleRateHz = 0;
    int numChannels = 0;
    std::int64_t numFrames = 0; ///< what the file declares; a truncated file gives fewer
    int bitsPerSample = 0;      ///< of the stored integer samples; 0 for float and lossy codecs
    std::string codec;          ///< "flac", "wav", "vorbis", "opus", "mp3", "aiff"
    FileStamp stamp;            ///< of the open file, so that a caller knows what it is reading
};

/// Decoded audio of one open file.
///
/// Frame n has the same value whether it was reached by reading from the start or after seek(n).
/// Values are finite (NaN and infinities of float files become 0) with full scale at 1.0; float
/// files may exceed it.
/// @thread one at a time; blocking file reads
class AudioSource {
  public:
    virtual ~AudioSource() = default;

    virtual const SourceInfo &info() const noexcept = 0;

    /// Fills the first frames of `block` from the current position.
    /// @param block  planar [info().numChannels][frames]
    /// @return frames written; fewer than block.numFrames only at the end, 0 after it
    /// @errors Corrupt, Io
    virtual Result<std::int64_t> read(const AudioBlock &block) = 0;

    /// Moves to `frame`, 0 <= frame <= info().numFrames.
    /// @errors InvalidArgument, Corrupt, Io
    virtual Result<void> seek(std::int64_t frame) = 0;
};

/// @errors NotFound, Io, Unsupported (format, channel count, sample rate, not a regular file),
/// Corrupt (no audio in it)
Result<std::unique_ptr<AudioSource>> openSource(const std::filesystem::path &path);

} // namespace segue::decode
