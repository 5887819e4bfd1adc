// Verified blocks shared by all readers of a store; see the header for its bounds. Blocks are
// immutable, so whoever holds one needs no lock.

#include "cache/BlockCache.h"

#include <utility>

namespace segue::cache {

BlockCache::Slot& BlockCache::slotOf(std::uint64_t serial, std::int64_t block) noexcept {
    // Fibonacci hashing: neighbouring chunks and blocks fall into different slots.
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
    const std::uint64_t mixed = (serial * 4099 + static_cast<std::uint64_t>(block)) * kGolden;
    return slots_[mixed >> 58];
}

BlockCache::Block BlockCache::find(std::uint64_t serial, std::int64_t block) {
    Slot& slot = slotOf(serial, block);
    const std::lock_guard lock(slot.mutex);
    return slot.serial == serial && slot.block == block ? slot.bytes : nullptr;
}

void BlockCache::keep(std::uint64_t serial, std::int64_t block, Block bytes) {
    Slot& slot = slotOf(serial, block);
    {
        const std::lock_guard lock(slot.mutex);
        slot.serial = serial;
        slot.block = block;
        std::swap(slot.bytes, bytes);
    }
    // The displaced block is freed here, outside the lock.
}

} // namespace segue::cache
