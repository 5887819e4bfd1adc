// Turns SIGINT and SIGTERM into the cancel flag that all long work of this project looks at.
#include "tools/segue/Interrupt.h"

#include <signal.h>

namespace segue::tools {
namespace {

/// A signal handler can reach nothing that is not static.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void onInterrupt(int /*signal*/) {
    interrupted.store(true, std::memory_order_relaxed);
}

} // namespace

const std::atomic<bool>& listenForInterrupts() {
    struct sigaction action {};
    action.sa_handler = onInterrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGINT, SIGTERM})
        sigaction(number, &action, nullptr);
    return interrupted;
}

} // namespace segue::tools
