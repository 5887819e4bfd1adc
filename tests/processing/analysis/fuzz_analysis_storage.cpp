// Stored analyses come from a database file that anything may have damaged.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "processing/analysis/TrackAnalysis.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto analysis = segue::analysis::deserialize({reinterpret_cast<const char*>(data), size});
    if (analysis)
        segue::analysis::toJson(*analysis);
    return 0;
}
