#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"

namespace segue::bench {

/// A stream of the server with bits=32 that was saved, and the plan it was asked with.
struct SavedStream {
    std::string preset = "adaptive";
    double intensity = 1;
    std::filesystem::path path;
};

/// How far a saved stream is from one pass over the whole track.
struct Residual {
    std::string planId;
    std::int64_t frames = 0;
    std::int64_t differentSamples = 0; ///< not the same bits
    double peak = 0, seamPeak = 0;     ///< largest difference; in seams; full scale is 1
    double rms = 0;
    std::int64_t peakFrame = 0;
};

/// Analyses `source` and makes one pass for each stream; no chunks, no server, no cache.
/// @errors those of decoding; Corrupt when a stream is no float WAV of the track's length
Result<std::vector<Residual>> compareWithOnePass(const std::filesystem::path& source,
                                                 const std::vector<SavedStream>& streams);

} // namespace segue::bench
