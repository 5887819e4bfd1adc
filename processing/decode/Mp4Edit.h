#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Which part of an MPEG-4 file's first sound track is to be heard.
struct Mp4Edit {
    std::int64_t mediaTimescale = 0; ///< units of a second, > 0
    std::int64_t mediaDuration = 0;  ///< of the track, encoder's delay and padding included
    std::int64_t begin = 0;          ///< in units of mediaTimescale
    std::int64_t movieTimescale = 0; ///< units of a second, > 0
    std::int64_t numUnits = 0;       ///< from begin on, in units of movieTimescale; 0: not said
    bool fragmented = false;         ///< the track's table of contents is not the whole
};

/// By its first edit that is not empty.
/// @return nothing for a file whose boxes are damaged or hold no sound
std::optional<Mp4Edit> mp4EditOf(SourceFile& file);

/// What iTunes notes, in frames: `00000000 00000840 000001CA 00000000003F31F6 ...`.
struct ItunesGapless {
    std::int64_t delay = 0;
    std::int64_t padding = 0;
    std::int64_t numFrames = 0;
};
std::optional<ItunesGapless> parseItunesGapless(std::string_view text);

} // namespace segue::decode
