// JPEG through libjpeg, which scales while it decodes. Any thread; no state is shared. libjpeg
// leaves by longjmp when it gives up, so the functions that it leaves hold nothing with a
// destructor.

#include <cstdio> // jpeglib.h needs it

#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>
#include <vector>

#include "artwork/Decoders.h"

namespace segue::artwork {
namespace {

constexpr int kQuality = 88;
// Real progressive pictures have about ten; thousands are made to keep a decoder busy.
constexpr int kMostScans = 50;

struct Failure {
    jpeg_error_mgr manager{}; // first: libjpeg hands out its address
    jpeg_progress_mgr progress{};
    std::jmp_buf leave{};
};

[[noreturn]] void leave(j_common_ptr info) {
    std::longjmp(reinterpret_cast<Failure*>(info->err)->leave, 1);
}

void ignoreMessage(j_common_ptr) {}

void stopAtManyScans(j_common_ptr info) {
    if (info->is_decompressor != 0 &&
        reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans)
        leave(info);
}

void setUp(Failure& failure) {
    jpeg_std_error(&failure.manager);
    failure.manager.error_exit = &leave;
    failure.manager.output_message = &ignoreMessage;
    failure.progress.progress_monitor = &stopAtManyScans;
}

struct Decoding {
    Failure failure;
    jpeg_decompress_struct info{};
    std::vector<std::uint8_t> row;
    std::vector<std::uint8_t> pixels;

    Decoding() {
        info.err = &failure.manager;
        setUp(failure);
    }
    ~Decoding() { jpeg_destroy_decompress(&info); }
    Decoding(const Decoding&) = delete;
    Decoding& operator=(const Decoding&) = delete;
};

bool readHeader(Decoding& decoding, std::span<const std::byte> bytes) {
    if (setjmp(decoding.failure.leave) != 0)
        return false;
    jpeg_create_decompress(&decoding.info);
    decoding.info.progress = &decoding.failure.progress;
    decoding.info.mem->max_memory_to_use = kMostDecodeBytes;
    jpeg_mem_src(&decoding.info, reinterpret_cast<const unsigned char*>(bytes.data()),
                 bytes.size());
    return jpeg_read_header(&decoding.info, TRUE) == JPEG_HEADER_OK;
}

bool start(Decoding& decoding, int size) {
    if (setjmp(decoding.failure.leave) != 0)
        return false;
    jpeg_decompress_struct& info = decoding.info;
    const bool fourInks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = fourInks ? JCS_CMYK : JCS_EXT_RGBA;
    // Twice the size or more is left for the averaging.
    const unsigned longer =
        info.image_width > info.image_height ? info.image_width : info.image_height;
    info.scale_num = 1;
    info.scale_denom = 1;
    while (info.scale_denom < 8 &&
           longer / (info.scale_denom * 2) >= 2 * static_cast<unsigned>(size))
        info.scale_denom *= 2;
    return jpeg_start_decompress(&info) != FALSE;
}

bool readRow(Decoding& decoding) {
    if (setjmp(decoding.failure.leave) != 0)
        return false;
    JSAMPROW row = decoding.row.data();
    return jpeg_read_scanlines(&decoding.info, &row, 1) == 1;
}

/// As Adobe's programs write them: inverted.
void fromFourInks(std::vector<std::uint8_t>& row) {
    for (std::size_t i = 0; i + 4 <= row.size(); i += 4) {
        for (std::size_t c = 0; c < 3; ++c)
            row[i + c] = static_cast<std::uint8_t>(row[i + c] * row[i + 3] / 255);
        row[i + 3] = 255;
    }
}

struct Encoding {
    Failure failure;
    jpeg_compress_struct info{};
    unsigned char* bytes = nullptr;
    unsigned long size = 0;

    Encoding() {
        info.err = &failure.manager;
        setUp(failure);
    }
    ~Encoding() {
        jpeg_destroy_compress(&info);
        std::free(bytes); // NOLINT: libjpeg has it from malloc
    }
    Encoding(const Encoding&) = delete;
    Encoding& operator=(const Encoding&) = delete;
};

bool write(Encoding& encoding, const Image& image) {
    if (setjmp(encoding.failure.leave) != 0)
        return false;
    jpeg_compress_struct& info = encoding.info;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &encoding.bytes, &encoding.size);
    info.image_width = static_cast<unsigned>(image.width);
    info.image_height = static_cast<unsigned>(image.height);
    info.input_components = 4;
    info.in_color_space = JCS_EXT_RGBX;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, kQuality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        auto* row = const_cast<unsigned char*>(image.pixels.data()) +
                    std::size_t{4} * info.next_scanline * info.image_width;
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
}

} // namespace

Result<Image> decodeJpeg(std::span<const std::byte> bytes, int size) {
    Decoding decoding;
    if (!readHeader(decoding, bytes))
        return fail(ErrorCode::Corrupt, "a JPEG picture whose header is damaged");
    if (auto checked = checkSides(decoding.info.image_width, decoding.info.image_height); !checked)
        return fail(std::move(checked.error()));
    if (!start(decoding, size))
        return fail(ErrorCode::Corrupt, "a JPEG picture that is damaged or too large to decode");
    const unsigned width = decoding.info.output_width, height = decoding.info.output_height;
    decoding.row.resize(std::size_t{4} * width);
    Shrinker shrinker(static_cast<int>(width), static_cast<int>(height), size);
    const bool fourInks = decoding.info.out_color_space == JCS_CMYK;
    for (unsigned y = 0; y < height; ++y) {
        if (!readRow(decoding))
            return fail(ErrorCode::Corrupt, "a JPEG picture that is damaged");
        if (fourInks)
            fromFourInks(decoding.row);
        shrinker.add(decoding.row.data());
    }
    return shrinker.finish();
}

Result<std::string> encodeJpeg(const Image& image) {
    Encoding encoding;
    if (!write(encoding, image))
        return fail(ErrorCode::Internal, "a picture cannot be written as JPEG");
    return std::string(reinterpret_cast<const char*>(encoding.bytes), encoding.size);
}

} // namespace segue::artwork
