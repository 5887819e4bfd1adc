#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// MPEG-1/2/2.5 Layer III, without the encoder's delay and padding where a tag names them.
/// @errors Unsupported, Corrupt (no frames), Io
Result<std::unique_ptr<Decoder>> openMp3(SourceFile file);

} // namespace segue::decode
