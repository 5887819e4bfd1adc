// ID3v2 tags are skipped, not read: some taggers put them before FLAC as well as before MP3.

#include "processing/decode/Id3.h"

#include <array>
#include <cstring>

namespace segue::decode {

std::int64_t id3v2Bytes(SourceFile& file, std::int64_t offset) {
    std::int64_t at = offset;
    std::array<std::uint8_t, 10> head{};
    while (file.readAt(at, head.data(), 10) == 10 && std::memcmp(head.data(), "ID3", 3) == 0 &&
           head[3] != 0xFF && head[4] != 0xFF &&
           ((head[6] | head[7] | head[8] | head[9]) & 0x80) == 0) {
        constexpr std::uint8_t kFooterFlag = 0x10;
        at += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) +
              (head[5] & kFooterFlag ? 10 : 0);
    }
    return at - offset;
}

} // namespace segue::decode
