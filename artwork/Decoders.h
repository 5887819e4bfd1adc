#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "artwork/Picture.h"
#include "artwork/Shrinker.h"
#include "processing/types/Error.h"

namespace segue::artwork {

/// Each decodes a picture of its format into one whose longer side is at most `size`.
/// @errors Unsupported, Corrupt
Result<Image> decodeJpeg(std::span<const std::byte> bytes, int size);
Result<Image> decodePng(std::span<const std::byte> bytes, int size);
Result<Image> decodeWebp(std::span<const std::byte> bytes, int size);

/// @errors Internal
Result<std::string> encodeJpeg(const Image& image);
Result<std::string> encodePng(const Image& image);

/// @errors Corrupt, Unsupported: a side of none, or more than kMostPixels
inline Result<void> checkSides(long long width, long long height) {
    if (width < 1 || height < 1)
        return fail(ErrorCode::Corrupt, "a picture without a side");
    if (width > kMostPixels || height > kMostPixels / width)
        return fail(ErrorCode::Unsupported, "a picture of " + std::to_string(width) + " x " +
                                                std::to_string(height) + " pixels");
    return {};
}

} // namespace segue::artwork
