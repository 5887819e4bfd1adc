#pragma once

#include <cstdint>
#include <optional>

#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// How many frames a native FLAC file really holds, from the header of its last audio frame.
///
/// Encoders that write to a pipe leave the total in STREAMINFO at 0, of which nothing would be
/// read, and a file that was cut off declares more than it has. Where the two differ, the total
/// that later reads of `file` see is the true one. Costs one or two small reads.
/// @return nothing if `file` is not native FLAC or has no intact frame near its end
std::optional<std::int64_t> mendedFlacLength(SourceFile& file);

} // namespace segue::decode
