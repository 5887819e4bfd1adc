#pragma once

#include <cstdint>

namespace segue::test {

/// Allocations this thread has made through operator new since it began. Link
/// segue_allocation_counter.
std::int64_t allocationsOfThisThread();

} // namespace segue::test
