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
    /// What the file holds, by its own structure where that is cheap to see (all formats: sizes
    /// that lie are mended at opening); a file that is damaged inside may still give fewer.
    std::int64_t numFrames = 0;
    int bitsPerSample = 0; ///< of the stored integer samples; 0 for float and lossy codecs
    std::string codec; ///< "wav", "aiff", "flac", "alac", "ape", "wavpack", "tta", "dsd", "pcm";
                       ///< "mp3", "aac", "vorbis", "opus", "wma"
    FileStamp stamp;   ///< of the open file, so that a caller knows what it is reading
};

/// Decoded audio of one open file.
///
/// Frame n has the same value, to the last bit, whether it was reached by reading from the start or
/// after seek(n), in reads of any size, and whatever was read before.
///
/// Values are finite (NaN and infinities become 0) with full scale at 1.0; float files and lossy
/// codecs may exceed it, up to +-1e4. Integers of b bits are k / 2^(b-1). Channels come in the
/// order of WAVE_FORMAT_EXTENSIBLE's default layout for their number (L R C LFE ...), whatever the
/// file's own order. Opus is decoded at 48 kHz.
///
/// A seek costs, with the read after it, up to about 1 ms for WAV, FLAC and Vorbis, 4 ms for MP3
/// and 20 ms for Opus (stereo, 44.1 or 48 kHz).
/// @thread one at a time; blocking file reads
class AudioSource {
  public:
    virtual ~AudioSource() = default;

    virtual const SourceInfo& info() const noexcept = 0;

    /// Fills the first frames of `block` from the current position.
    /// @param block  planar [info().numChannels][frames]
    /// @return frames written; fewer than block.numFrames only at the end, 0 after it
    /// @errors Corrupt, Io
    virtual Result<std::int64_t> read(const AudioBlock& block) = 0;

    /// Moves to `frame`, 0 <= frame <= info().numFrames. The work is done by the next read().
    /// @errors InvalidArgument
    virtual Result<void> seek(std::int64_t frame) = 0;
};

/// WAV (also EXTENSIBLE, RF64, big-endian), AIFF, FLAC, Ogg (Vorbis, Opus, FLAC), MP3, DSD and what
/// LibavModule.h tells; known by their first bytes, not by their name. Opening reads headers, for
/// MP3 all frame headers (0.1 ms per minute), and a container without a table of contents whole.
/// @errors NotFound, Io, Unsupported (format, channel count, sample rate, not a regular file),
/// Corrupt (empty, or headers that contradict themselves)
Result<std::unique_ptr<AudioSource>> openSource(const std::filesystem::path& path);

} // namespace segue::decode
