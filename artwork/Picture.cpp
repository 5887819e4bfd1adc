// From a picture of any size to one that a player shows. Any thread; nothing is kept.

#include "artwork/Picture.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "artwork/Decoders.h"

namespace segue::artwork {
namespace {

Result<Image> decode(std::span<const std::byte> bytes, int size) {
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                                std::min<std::size_t>(bytes.size(), 12));
    if (head.starts_with("\xFF\xD8\xFF"))
        return decodeJpeg(bytes, size);
    if (head.starts_with("\x89PNG\r\n\x1A\n"))
        return decodePng(bytes, size);
    if (head.starts_with("RIFF") && head.ends_with("WEBP") && head.size() == 12)
        return decodeWebp(bytes, size);
    return fail(ErrorCode::Unsupported, "a picture that is neither JPEG, PNG nor WebP");
}

bool showsThrough(const Image& image) {
    for (std::size_t i = 3; i < image.pixels.size(); i += 4)
        if (image.pixels[i] != 255)
            return true;
    return false;
}

} // namespace

Result<Picture> resized(std::span<const std::byte> bytes, int size) try {
    if (bytes.size() > kLargestPictureBytes)
        return fail(ErrorCode::Unsupported,
                    "a picture of " + std::to_string(bytes.size()) + " bytes");
    auto image = decode(bytes, size);
    if (!image)
        return fail(std::move(image.error()));
    const bool transparent = showsThrough(*image);
    auto encoded = transparent ? encodePng(*image) : encodeJpeg(*image);
    if (!encoded)
        return fail(std::move(encoded.error()));
    return Picture{std::move(*encoded), transparent ? "image/png" : "image/jpeg"};
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::Unsupported, "a picture for which there is no memory");
}

} // namespace segue::artwork
