#pragma once

#include <atomic>

namespace segue::tools {

/// Exit code of a command that was interrupted, as shells spell SIGINT.
inline constexpr int kExitInterrupted = 130;

/// From now on SIGINT and SIGTERM set the flag that is returned, so that work ends cleanly; a
/// second signal ends the process at once.
/// @thread main thread, once is enough
const std::atomic<bool>& listenForInterrupts();

} // namespace segue::tools
