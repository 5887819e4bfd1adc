#pragma once

#include <optional>
#include <string>

#include "library/TagBytes.h"
#include "library/TagFields.h"

namespace segue::library {

/// A file's sound by its header.
struct AudioProperties {
    double durationSeconds = 0;
    int sampleRateHz = 0, numChannels = 0; ///< 0: unknown
    std::string codec;
};

struct ForeignFile {
    AudioProperties audio;
    Fields fields; ///< what the container says beyond what TagLib reads
};

/// What others than TagLib find out about a file whose container it does not know, or in which it
/// found no length. @return nothing when they find no audio of ours either
std::optional<ForeignFile> readForeign(Bytes& bytes, Container container);

} // namespace segue::library
