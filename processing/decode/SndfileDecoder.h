#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// WAV (RIFF, RIFX, EXTENSIBLE, RF64) and AIFF through libsndfile.
/// @errors Unsupported, Corrupt, Io
Result<std::unique_ptr<Decoder>> openSndfile(SourceFile file);

} // namespace segue::decode
