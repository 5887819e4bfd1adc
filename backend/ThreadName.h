#pragma once

#include <string>

namespace segue::backend {

/// Names the calling thread as `ps -L` and debuggers show it. @param name  cut to 15 characters
void nameThisThread(const std::string& name) noexcept;

/// Gives the calling thread the least share of the processor that still makes progress, for good.
void lowerThisThread() noexcept;

/// The same for the whole process, and its disk only when nobody else wants it. To be called before
/// it has threads.
void lowerThisProcess() noexcept;

} // namespace segue::backend
