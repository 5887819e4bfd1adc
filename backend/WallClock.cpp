// The time of day, for what is kept over restarts. Any thread.
#include "backend/WallClock.h"

#include <chrono>

namespace segue::backend {

std::int64_t systemNowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace segue::backend
