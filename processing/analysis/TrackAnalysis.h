#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processing/decode/AudioSource.h"
#include "processing/types/Error.h"

namespace segue::analysis {

/// Raised whenever the same source gives another analysis; stored analyses of other versions are
/// made anew.
inline constexpr std::uint32_t kAnalysisVersion = 1;

enum class Coverage {
    Full,  ///< every frame: exact
    Quick, ///< some sparse windows: an estimate within about 100 ms, for a first playback
};

/// What one pass over a source measured.
struct TrackAnalysis {
    Coverage coverage = Coverage::Full;
    int sampleRateHz = 0;
    int numChannels = 0;
    std::int64_t numFrames = 0; ///< decoded (Full) or declared (Quick)
};

/// @param progress  called with 0 .. 1 now and then; may be empty
/// @errors Cancelled, and those of AudioSource when not even one frame could be read; a source that
/// turns corrupt later
///         is analysed up to there
Result<TrackAnalysis> analyse(decode::AudioSource& source, Coverage coverage,
                              const std::atomic<bool>& cancel,
                              const std::function<void(double)>& progress = {});

/// Compact bytes for storage, with a version; any bytes may be given to deserialize.
std::string serialize(const TrackAnalysis& analysis);
/// @errors Corrupt, Unsupported (another version)
Result<TrackAnalysis> deserialize(std::string_view bytes);

/// For people and programs: units in the names.
std::string toJson(const TrackAnalysis& analysis);

} // namespace segue::analysis
