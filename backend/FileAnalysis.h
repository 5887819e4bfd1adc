#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::backend {

using AnalysisPtr = std::shared_ptr<const analysis::TrackAnalysis>;

/// Opens and analyses one file.
///
/// @param stamp  the file must have it, before and after
/// @param beforeEachRead  called before each block is decoded, and may block; may be empty
/// @errors Changed (another stamp), and those of openSource and analyse
Result<AnalysisPtr> analyseFile(const std::filesystem::path& path, const FileStamp& stamp,
                                analysis::Coverage coverage, const std::atomic<bool>& cancel,
                                const std::function<void()>& beforeEachRead);

/// analyseFile, or what a test puts in its place.
using Analyse = std::function<Result<AnalysisPtr>(const std::filesystem::path&, const FileStamp&,
                                                  analysis::Coverage, const std::atomic<bool>&,
                                                  const std::function<void()>& beforeEachRead)>;

} // namespace segue::backend
