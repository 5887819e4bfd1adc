#pragma once

#include <optional>
#include <string>

#include "library/TagWriter.h"
#include "processing/analysis/LoudnessMeter.h"
#include "processing/encode/FileFormat.h"

namespace segue::enhance {

/// What the result says: all that the source said, but for what was true of the source's samples
/// and its encoder only; the result's own ReplayGain (R128 in Opus); and the mark.
///
/// @param album  of an album that was mastered as a whole
library::Metadata resultMetadata(library::Metadata source, encode::FileFormat format,
                                 const analysis::LoudnessMeasures& track,
                                 const std::optional<analysis::LoudnessMeasures>& album,
                                 const std::string& mark);

} // namespace segue::enhance
