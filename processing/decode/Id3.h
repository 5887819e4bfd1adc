#pragma once

#include <cstdint>

#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Length of the ID3v2 tags that begin at `offset`, however many follow each other; 0 for none.
std::int64_t id3v2Bytes(SourceFile& file, std::int64_t offset);

} // namespace segue::decode
