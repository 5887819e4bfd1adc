// What may be concluded from file stamps. Any thread; waitUntilSettled may sleep for a moment, only
// for files that were changed just now and are about to be read as a whole.

#include "library/StampRules.h"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

namespace segue::library {

namespace {

// The kernel's coarse clock ticks every 10 ms at its slowest usual setting (HZ=100).
constexpr std::chrono::nanoseconds kTick = std::chrono::milliseconds(20);
// A change time further ahead is a wrong clock, which waiting does not mend.
constexpr std::chrono::nanoseconds kClockSkew = std::chrono::seconds(1);

} // namespace

bool sameFile(const FileStamp& a, const FileStamp& b) noexcept {
    FileStamp renumbered = b;
    renumbered.device = a.device;
    return a == renumbered;
}

void waitUntilSettled(const FileStamp& stamp) {
    const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
    const std::chrono::nanoseconds age = now - std::chrono::nanoseconds(stamp.changedNs);
    if (age > -kClockSkew && age < kTick)
        std::this_thread::sleep_for(kTick - std::max(age, std::chrono::nanoseconds(0)));
}

std::optional<std::int64_t> birthOf(const std::string& path) {
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &status) != 0 ||
        (status.stx_mask & STATX_BTIME) == 0)
        return std::nullopt;
    return status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec;
}

} // namespace segue::library
