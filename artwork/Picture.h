#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "processing/types/Error.h"

namespace segue::artwork {

/// Longer files are no pictures of an album.
inline constexpr std::size_t kLargestPictureBytes = std::size_t{32} << 20;
/// By the header, before anything is decoded.
inline constexpr long long kMostPixels = 50'000'000;
/// What decoding may hold, for pictures that do not come row by row (progressive, interlaced,
/// WebP).
inline constexpr long long kMostDecodeBytes = 160LL << 20;

/// A file's bytes, ready to be sent.
struct Picture {
    std::string bytes;
    std::string mimeType;
};

/// A JPEG, PNG or WebP picture, its longer side at most `size`: JPEG, or PNG where something shows
/// through it. A JPEG that is cut off is given as far as it goes.
/// @errors Unsupported (another format, more pixels or memory than above), Corrupt
/// @thread any; some 10 ms for a cover, up to a second for the largest
Result<Picture> resized(std::span<const std::byte> bytes, int size);

} // namespace segue::artwork
