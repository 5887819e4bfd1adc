#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// Ogg Vorbis, also chained, as long as every link has the same rate and channels.
/// @errors Unsupported, Corrupt, Io
Result<std::unique_ptr<Decoder>> openVorbis(SourceFile file);

} // namespace segue::decode
