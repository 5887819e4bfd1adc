// Any bytes as lyrics: lines in order, valid UTF-8, no more than the bytes can hold.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "library/LrcFile.h"
#include "library/Text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lyrics = segue::library::parseLrc({reinterpret_cast<const char*>(data), size});
    std::int64_t last = 0;
    for (const auto& line : lyrics.lines) {
        if (line.ms < last || !segue::library::isUtf8(line.text))
            std::abort();
        last = line.ms;
    }
    if (lyrics.lines.size() > size + 1)
        std::abort();
    return 0;
}
