#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "enhance/EnhanceJob.h"
#include "enhance/ResultMark.h"
#include "enhance/ResultMeter.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/encode/FileFormat.h"
#include "processing/encode/NewFile.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"

namespace segue::enhance {

struct EnhanceSettings {
    mastering::PlanRequest request;
    encode::FileTarget target;
    bool album = false;   ///< one plan for a group, and album tags
    bool details = false; ///< of the result, too
    int threads = 1;      ///< of one group
    /// Of decoded audio in memory, per group that is worked on.
    std::int64_t mostRecordedBytes = 0;
    /// Called between blocks of a render, on whichever thread renders, and may block; may be empty.
    std::function<void()> beforeEachBlock = {};
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

/// How the results of a group stand before it is mastered.
struct GroupState {
    /// In the order of the jobs. None also where the source cannot be read, which is told when it
    /// is its turn.
    std::vector<ResultState> results;
    std::size_t finished = 0;
    bool isBlocked = false; ///< something is there that may not be replaced

    bool isFinished() const { return finished == results.size(); }
};

/// Looks where the results are to be. What is finished of a group that is not was left by a run
/// that was stopped while its files got their names: such a group may replace them.
GroupState lookAt(GroupWork& work);

/// Analyses what is not known, plans, renders, encodes, tags and names a group's files. Of an album
/// no file has its name before all are done; a file that cannot be mastered is left out.
/// @param progress  told 0 .. 1, on any thread
/// @thread any; uses up to settings.threads of its own
void masterGroup(GroupWork& work, const EnhanceSettings& settings,
                 const std::function<void(double)>& progress, const std::atomic<bool>& cancel);

} // namespace segue::enhance
