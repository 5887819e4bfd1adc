#pragma once

#include <webp/encode.h>

#include <array>

#include <cstdint>
#include <span>
#include <string>

#include "artwork/Decoders.h"

namespace segue::artwork::test {

/// Left half `left`, right half `right`: red, green, blue, alpha.
inline Image halves(int width, int height, const std::array<std::uint8_t, 4>& left,
                    const std::array<std::uint8_t, 4>& right) {
    Image image{width, height, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const auto& colour = 2 * x < width ? left : right;
            image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
        }
    return image;
}

inline constexpr std::array<std::uint8_t, 4> kRed = {220, 20, 30, 255}, kBlue = {10, 40, 200, 255},
                                             kNothing = {0, 0, 0, 0};

inline std::string webp(const Image& image) {
    std::uint8_t* bytes = nullptr;
    const std::size_t size = WebPEncodeLosslessRGBA(image.pixels.data(), image.width, image.height,
                                                    4 * image.width, &bytes);
    std::string made(reinterpret_cast<const char*>(bytes), size);
    WebPFree(bytes);
    return made;
}

inline std::span<const std::byte> bytesOf(const std::string& text) {
    return std::as_bytes(std::span(text));
}

/// Decoded again, whatever its type.
inline Image decoded(const Picture& picture) {
    auto image = picture.mimeType == "image/png" ? decodePng(bytesOf(picture.bytes), 4096)
                                                 : decodeJpeg(bytesOf(picture.bytes), 4096);
    return image ? std::move(*image) : Image{};
}

} // namespace segue::artwork::test
