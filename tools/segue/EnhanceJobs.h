#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "enhance/EnhanceJob.h"
#include "processing/encode/FileFormat.h"
#include "processing/types/Error.h"

namespace segue::tools {

struct EnhanceJobs {
    std::vector<enhance::EnhanceJob> jobs;
    std::vector<std::string> problems; ///< what cannot become a job
};

/// Whether OUT is a folder for results, there already or not, and no name for a single one.
bool isFolderOfResults(const std::vector<std::filesystem::path>& named,
                       const std::filesystem::path& out);

/// Which files become which: a file named becomes OUT, or OUT/NAME where OUT is a folder; the music
/// below a folder keeps its place below OUT, below OUT/FOLDER where several folders are named. OUT
/// is not looked into for music, so that results do not become sources.
///
/// @errors InvalidArgument: what makes the command line wrong
Result<EnhanceJobs> findEnhanceJobs(const std::vector<std::filesystem::path>& named,
                                    const std::filesystem::path& out, encode::FileFormat format,
                                    const std::atomic<bool>& cancel);

} // namespace segue::tools
