// Any bytes as a picture: one that is small enough, or an error.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "artwork/Picture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto picture = segue::artwork::resized(std::as_bytes(std::span(data, size)), 64);
    if (picture && (picture->bytes.empty() || picture->bytes.size() > 64 * 64 * 4 + 4096))
        std::abort();
    return 0;
}
