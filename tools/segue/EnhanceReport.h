#pragma once

#include <string>

#include "enhance/GroupMastering.h"
#include "processing/types/Error.h"

namespace segue::tools {

/// A master for people: what was done and what it measures, all of it where there are details.
std::string reportText(const enhance::EnhanceJob& job, const enhance::Enhanced& result);

/// The same for programs, on one line: source, result, status "mastered", the plan in words, and
/// figures before and after. There are details.
std::string reportJson(const enhance::EnhanceJob& job, const enhance::Enhanced& result);
/// A job that was not done, or is not to be.
/// @param status  "up-to-date", "failed", "exists", "out-of-date", "to-do"
std::string reportJson(const enhance::EnhanceJob& job, const std::string& status,
                       const std::string& message = {});

} // namespace segue::tools
