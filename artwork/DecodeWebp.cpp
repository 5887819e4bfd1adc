// WebP through libwebp, which scales while it decodes. Any thread; no state is shared.

#include <webp/decode.h>

#include <algorithm>
#include <memory>

#include "artwork/Decoders.h"

namespace segue::artwork {

Result<Image> decodeWebp(std::span<const std::byte> bytes, int size) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0 ||
        WebPGetFeatures(data, bytes.size(), &config.input) != VP8_STATUS_OK)
        return fail(ErrorCode::Corrupt, "a WebP picture whose header is damaged");
    if (config.input.has_animation != 0)
        return fail(ErrorCode::Unsupported, "a WebP film");
    const int width = config.input.width, height = config.input.height;
    if (auto checked = checkSides(width, height); !checked)
        return fail(std::move(checked.error()));
    if (4LL * width * height > kMostDecodeBytes) // as lossless ones are held
        return fail(ErrorCode::Unsupported, "a WebP picture that is too large");
    // Twice the size is left for the averaging.
    const int longer = std::max(width, height);
    const int scale = std::max(1, longer / (2 * size));
    config.options.use_scaling = scale > 1 ? 1 : 0;
    config.options.scaled_width = std::max(1, width / scale);
    config.options.scaled_height = std::max(1, height / scale);
    config.output.colorspace = MODE_RGBA;
    const auto code = WebPDecode(data, bytes.size(), &config);
    const std::unique_ptr<WebPDecBuffer, void (*)(WebPDecBuffer*)> freed(&config.output,
                                                                         &WebPFreeDecBuffer);
    if (code != VP8_STATUS_OK)
        return fail(ErrorCode::Corrupt, "a WebP picture that is damaged");
    Shrinker shrinker(config.output.width, config.output.height, size);
    for (int y = 0; y < config.output.height; ++y)
        shrinker.add(config.output.u.RGBA.rgba +
                     static_cast<std::ptrdiff_t>(y) * config.output.u.RGBA.stride);
    return shrinker.finish();
}

} // namespace segue::artwork
