// Range, If-Range and the other conditions as arbitrary text: what is granted lies in the resource.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "backend/http/ByteRange.h"
#include "backend/http/Preconditions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace segue::http;
    if (size < 2)
        return 0;
    static constexpr std::int64_t kLengths[] = {0, 1, 2, 1000, std::int64_t{1} << 40, INT64_MAX};
    const std::int64_t length = kLengths[data[0] % std::size(kLengths)];
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    for (const std::string& header : {text, "bytes=" + text})
        if (const auto outcome = parseRange(header, length);
            const auto* range = std::get_if<ByteRange>(&outcome))
            if (range->offset < 0 || range->length < 1 || range->offset > length - range->length)
                std::abort();
    const Validators validators{"\"v\"", std::chrono::sys_seconds(std::chrono::seconds(784111777))};
    for (const char* name : {"If-Range", "If-Match", "If-None-Match", "If-Modified-Since"}) {
        const httplib::Headers headers{{name, text}};
        ifRangeHolds(headers, validators);
        evaluatePreconditions(headers, validators);
    }
    if (const auto date = parseHttpDate(text))
        if (parseHttpDate(formatHttpDate(*date)) != date)
            std::abort();
    return 0;
}
