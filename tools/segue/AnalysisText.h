#pragma once

#include <filesystem>
#include <string>

#include "processing/analysis/TrackAnalysis.h"
#include "tools/segue/BarPicture.h"

namespace segue::tools {

/// One file in full, with pictures of its spectrum and its loudness over time.
std::string analysisDetails(const std::filesystem::path& file, const std::string& codec,
                            const analysis::TrackAnalysis& analysis, Glyphs glyphs);

/// The heading and a file's line of the table for many files, without line ends.
std::string analysisHeading();
std::string analysisLine(const std::filesystem::path& file,
                         const analysis::TrackAnalysis& analysis);

/// `5:18` or `1:02:07`.
std::string durationText(double seconds);

} // namespace segue::tools
