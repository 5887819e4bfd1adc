#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Native FLAC through libFLAC. Damaged frames become silence, and what follows stays in place.
/// @errors Corrupt, Unsupported, Io
Result<std::unique_ptr<Decoder>> openFlac(SourceFile file);

} // namespace segue::decode
