#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"

namespace segue::bench {

/// One benchmark: several repetitions of the same work on one thread.
struct Timing {
    std::string name;        ///< stable
    double audioSeconds = 0; ///< of track that one repetition works through
    int repetitions = 0;
    double bestSeconds = 0, medianSeconds = 0;       ///< wall clock
    double bestCpuSeconds = 0, medianCpuSeconds = 0; ///< of this thread, whatever else runs
};

struct TimingOptions {
    std::filesystem::path track;                ///< for stages, chain, render, analysis and plan
    std::vector<std::filesystem::path> decoded; ///< also decoded, rendered and analysed
    std::string preset = "adaptive";
    double secondsPerBenchmark = 1.0;
    int leastRepetitions = 5;
};

struct Timings {
    std::vector<Timing> timings;
    /// Source audio that the chunks of the track decode, over the length of the track.
    double renderedPerTrack = 1;
};

/// Progress goes to stderr.
/// @errors those of decoding and rendering
Result<Timings> timeEngine(const TimingOptions& options);

} // namespace segue::bench
