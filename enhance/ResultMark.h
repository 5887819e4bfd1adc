#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "enhance/EnhanceJob.h"
#include "processing/encode/FileFormat.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::enhance {

/// The tag by which a result is known again: `1 SETTINGS CONTENT SIZE MODIFIED`, the settings that
/// made it, the source's content (hashes), its size in bytes and its time in nanoseconds.
inline constexpr char kResultMark[] = "SEGUE_MASTER";

enum class ResultState {
    None,     ///< there is no such file
    Finished, ///< made by these settings from this source
    Stale,    ///< made by other settings, or the source has changed
    Foreign,  ///< not a result at all
};

/// Identity of everything but the source that fixes a result.
/// @param album  of the albums that are mastered as a whole
Hash128 settingsOf(const mastering::PlanRequest& request, const encode::FileTarget& target,
                   const std::optional<Hash128>& album);

/// Names and sizes of an album's files: its plan is made from all of them.
Hash128 albumOf(const std::vector<EnhanceJob>& jobs, const std::vector<std::size_t>& group);

/// @param stamp  of what was read
/// @errors those of reading the source; Changed: it is no longer what was read
Result<std::string> markOf(const EnhanceJob& job, const FileStamp& stamp, const Hash128& settings);

/// What lies where a result is to be. Reads the whole source only when its time has changed and its
/// content is not known.
/// @errors those of reading
Result<ResultState> stateOf(const EnhanceJob& job, const Hash128& settings);

} // namespace segue::enhance
