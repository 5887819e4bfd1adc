#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Header of one MPEG-1/2/2.5 Layer III frame.
struct Mp3Header {
    int versionBits = 0; ///< 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
    int sampleRateHz = 0;
    int numChannels = 0;
    int numFrames = 0; ///< audio frames in it: 1152 or 576
    int numBytes = 0;  ///< header included
    int sideBytes = 0; ///< header, CRC and side information: what is not main data

    bool operator==(const Mp3Header&) const = default;
};

/// @return nothing for other layers, free format and reserved values
std::optional<Mp3Header> parseMp3Header(std::uint32_t bigEndian);

/// Where the MP3 frames of a file lie, from one pass over their headers.
///
/// Frames that disagree with the first one in version or sample rate are skipped as junk, as is
/// whatever lies between frames; a frame that is cut off at the end does not count.
class Mp3Frames {
  public:
    /// @return nothing if there is no Layer III stream near the start of the file
    static std::optional<Mp3Frames> scan(SourceFile& file);

    const Mp3Header& first() const { return first_; }
    std::int64_t count() const { return count_; }

    /// Frames of audio that the encoder's tag (LAME) says to drop at the start and at the end.
    std::int64_t encoderDelay() const { return encoderDelay_; }
    std::int64_t encoderPadding() const { return encoderPadding_; }
    bool hasEncoderTag() const { return hasEncoderTag_; }

    struct Place {
        std::int64_t offset = 0;
        Mp3Header header;
    };
    /// Frames [begin, end), each with its place in the file.
    std::vector<Place> places(SourceFile& file, std::int64_t begin, std::int64_t end) const;

  private:
    std::optional<Mp3Header> headerAt(SourceFile& file, std::int64_t offset) const;
    std::optional<Place> next(SourceFile& file, std::int64_t offset) const;
    void readEncoderTag(SourceFile& file, const Place& place, bool& isTag);

    Mp3Header first_;
    std::int64_t audioEnd_ = 0;
    std::int64_t count_ = 0;
    std::vector<std::int64_t> offsets_; ///< of every kStep-th frame
    bool hasEncoderTag_ = false;
    std::int64_t encoderDelay_ = 0;
    std::int64_t encoderPadding_ = 0;
};

} // namespace segue::decode
