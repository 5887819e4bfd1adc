// PNG through libpng, row by row but for interlaced ones. Any thread; no state is shared. libpng
// leaves by longjmp when it gives up, so the functions that it leaves hold nothing with a
// destructor.

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "artwork/Decoders.h"

namespace segue::artwork {
namespace {

// Colour profiles and texts, of which nothing is wanted.
constexpr std::size_t kMostChunkBytes = std::size_t{8} << 20;
constexpr int kMostSide = 1'000'000; // pixels together: checkSides()
constexpr int kCompression = 6;

[[noreturn]] void leave(png_structp png, png_const_charp) {
    png_longjmp(png, 1);
}
void ignoreWarning(png_structp, png_const_charp) {}

struct Decoding {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::span<const std::byte> rest;
    std::vector<std::uint8_t> pixels;
    std::vector<png_bytep> rows;

    ~Decoding() { png_destroy_read_struct(&png, &info, nullptr); }
};

void readBytes(png_structp png, png_bytep out, std::size_t count) {
    auto& rest = static_cast<Decoding*>(png_get_io_ptr(png))->rest;
    if (count > rest.size())
        png_error(png, "cut off");
    std::memcpy(out, rest.data(), count);
    rest = rest.subspan(count);
}

bool readHeader(Decoding& decoding) {
    if (setjmp(png_jmpbuf(decoding.png)) != 0)
        return false;
    png_set_read_fn(decoding.png, &decoding, &readBytes);
    png_set_user_limits(decoding.png, kMostSide, kMostSide);
    png_set_chunk_malloc_max(decoding.png, kMostChunkBytes);
    png_set_chunk_cache_max(decoding.png, 16);
    png_set_crc_action(decoding.png, PNG_CRC_DEFAULT, PNG_CRC_DEFAULT);
    png_read_info(decoding.png, decoding.info);
    return true;
}

/// Whatever is inside becomes four bytes a pixel.
bool setFormat(Decoding& decoding) {
    if (setjmp(png_jmpbuf(decoding.png)) != 0)
        return false;
    png_set_expand(decoding.png);
    png_set_scale_16(decoding.png);
    png_set_gray_to_rgb(decoding.png);
    png_set_add_alpha(decoding.png, 0xFF, PNG_FILLER_AFTER);
    png_set_interlace_handling(decoding.png);
    png_read_update_info(decoding.png, decoding.info);
    return png_get_rowbytes(decoding.png, decoding.info) ==
           std::size_t{4} * png_get_image_width(decoding.png, decoding.info);
}

bool readRow(Decoding& decoding) {
    if (setjmp(png_jmpbuf(decoding.png)) != 0)
        return false;
    png_read_row(decoding.png, decoding.pixels.data(), nullptr);
    return true;
}

bool readAll(Decoding& decoding) {
    if (setjmp(png_jmpbuf(decoding.png)) != 0)
        return false;
    png_read_image(decoding.png, decoding.rows.data());
    return true;
}

struct Encoding {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::string bytes;

    ~Encoding() { png_destroy_write_struct(&png, &info); }
};

void writeBytes(png_structp png, png_bytep bytes, std::size_t count) {
    static_cast<Encoding*>(png_get_io_ptr(png))
        ->bytes.append(reinterpret_cast<const char*>(bytes), count);
}

bool write(Encoding& encoding, const Image& image) {
    if (setjmp(png_jmpbuf(encoding.png)) != 0)
        return false;
    png_set_write_fn(encoding.png, &encoding, &writeBytes, nullptr);
    png_set_compression_level(encoding.png, kCompression);
    png_set_IHDR(encoding.png, encoding.info, static_cast<png_uint_32>(image.width),
                 static_cast<png_uint_32>(image.height), 8, PNG_COLOR_TYPE_RGBA, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(encoding.png, encoding.info);
    for (int y = 0; y < image.height; ++y)
        png_write_row(encoding.png,
                      image.pixels.data() + std::size_t{4} * static_cast<std::size_t>(y) *
                                                static_cast<std::size_t>(image.width));
    png_write_end(encoding.png, encoding.info);
    return true;
}

Result<Image> shrunk(Decoding& decoding, int size) {
    const auto damaged = fail(ErrorCode::Corrupt, "a PNG picture that is damaged");
    const std::size_t width = png_get_image_width(decoding.png, decoding.info);
    const std::size_t height = png_get_image_height(decoding.png, decoding.info);
    const bool interlaced =
        png_get_interlace_type(decoding.png, decoding.info) != PNG_INTERLACE_NONE;
    if (interlaced && 4 * width * height > std::size_t{kMostDecodeBytes})
        return fail(ErrorCode::Unsupported, "an interlaced PNG picture that is too large");
    if (!setFormat(decoding))
        return damaged;
    decoding.pixels.resize(4 * width * (interlaced ? height : 1));
    Shrinker shrinker(static_cast<int>(width), static_cast<int>(height), size);
    if (interlaced) {
        for (std::size_t y = 0; y < height; ++y)
            decoding.rows.push_back(decoding.pixels.data() + 4 * width * y);
        if (!readAll(decoding))
            return damaged;
        for (const png_bytep row : decoding.rows)
            shrinker.add(row);
        return shrinker.finish();
    }
    for (std::size_t y = 0; y < height; ++y) {
        if (!readRow(decoding))
            return damaged;
        shrinker.add(decoding.pixels.data());
    }
    return shrinker.finish();
}

} // namespace

Result<Image> decodePng(std::span<const std::byte> bytes, int size) {
    Decoding decoding;
    decoding.rest = bytes;
    decoding.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave, &ignoreWarning);
    if (decoding.png)
        decoding.info = png_create_info_struct(decoding.png);
    if (!decoding.info)
        return fail(ErrorCode::Internal, "out of memory");
    if (!readHeader(decoding))
        return fail(ErrorCode::Corrupt, "a PNG picture whose header is damaged");
    if (auto checked = checkSides(png_get_image_width(decoding.png, decoding.info),
                                  png_get_image_height(decoding.png, decoding.info));
        !checked)
        return fail(std::move(checked.error()));
    return shrunk(decoding, size);
}

Result<std::string> encodePng(const Image& image) {
    Encoding encoding;
    encoding.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave, &ignoreWarning);
    if (encoding.png)
        encoding.info = png_create_info_struct(encoding.png);
    if (!encoding.info || !write(encoding, image))
        return fail(ErrorCode::Internal, "a picture cannot be written as PNG");
    return std::move(encoding.bytes);
}

} // namespace segue::artwork
