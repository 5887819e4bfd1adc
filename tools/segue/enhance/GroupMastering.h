#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/encode/FileFormat.h"
#include "processing/encode/NewFile.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"
#include "tools/segue/enhance/EnhanceJobs.h"
#include "tools/segue/enhance/ResultMeter.h"

namespace segue::tools {

struct EnhanceSettings {
    mastering::PlanRequest request;
    encode::FileTarget target;
    bool album = false;   ///< one plan for a group, and album tags
    bool details = false; ///< of the result, too
    int threads = 1;      ///< of one group
    /// Of decoded audio in memory, per group that is worked on.
    std::int64_t mostRecordedBytes = 0;
};

/// What became of one job.
struct Enhanced {
    mastering::MasteringPlan plan;
    analysis::TrackAnalysis before;
    ResultMeasures after;
};

/// A group's jobs and, in their order, what became of them.
struct GroupWork {
    std::vector<const EnhanceJob*> jobs;
    encode::Overwrite overwrite = encode::Overwrite::No;
    bool mirrors = false; ///< folders that are missing are made
    Hash128 settings;     ///< settingsOf() what makes this group
    std::vector<Result<Enhanced>> results = {};
};

/// Analyses, plans, renders, encodes, tags and names a group's files. Of an album no file has its
/// name before all are done; a file that cannot be mastered is left out.
/// @param progress  told 0 .. 1, on any thread
/// @thread any; uses up to settings.threads of its own
void masterGroup(GroupWork& work, const EnhanceSettings& settings,
                 const std::function<void(double)>& progress, const std::atomic<bool>& cancel);

} // namespace segue::tools
