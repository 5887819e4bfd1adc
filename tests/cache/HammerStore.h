#pragma once

#include <cstddef>
#include <cstdint>

/// What the children of ChunkProcessesTest do, and what it expects of them.
namespace segue::cache::hammer {

inline constexpr std::uint64_t kKeys = 40;
inline constexpr std::size_t kPayload = 150'000;
/// Chunks that a child publishes at most before it waits for its background thread.
inline constexpr int kUnflushed = 4;

} // namespace segue::cache::hammer
