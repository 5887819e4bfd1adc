#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// DSD in DSF and DSDIFF files, brought down to 88.2 kHz (96 kHz where its rate is a multiple of
/// that): flat to 24 kHz, nothing folds back. Full modulation is full scale.
/// @errors Unsupported (also DST, its lossless compression), Corrupt, Io
Result<std::unique_ptr<Decoder>> openDsd(SourceFile file);

} // namespace segue::decode
