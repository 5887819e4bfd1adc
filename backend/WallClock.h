#pragma once

#include <cstdint>
#include <functional>

namespace segue::backend {

/// Milliseconds since 1970; a test puts its own in the place of systemNowMs().
using NowMs = std::function<std::int64_t()>;

std::int64_t systemNowMs();

} // namespace segue::backend
