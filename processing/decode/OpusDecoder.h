#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Ogg Opus at 48 kHz, also chained, as long as every link has the same channels.
/// @errors Unsupported, Corrupt, Io
Result<std::unique_ptr<Decoder>> openOpus(SourceFile file);

} // namespace segue::decode
