#pragma once

#include <cstdint>
#include <string_view>

#include "processing/types/Error.h"

namespace segue::backend {

/// @param text  HH:MM  @errors InvalidArgument
Result<int> parseMinuteOfDay(std::string_view text);
/// The next time after `nowMs` when the machine's clock shows that minute, in ms since 1970.
std::int64_t nextTimeOfDay(std::int64_t nowMs, int minuteOfDay);

} // namespace segue::backend
