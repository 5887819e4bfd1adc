#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace segue::cache {

/// A few verified payload blocks of all open chunks together, so that a reader who takes a block in
/// small pieces does not read and hash all of it for every piece.
///
/// Direct-mapped and bounded: 64 blocks of 64 KiB, 4 MiB however many readers there are. Losing a
/// block costs one more read and hash (about 15 us), never correctness.
/// @thread any; a slot's mutex is held for a pointer copy only
class BlockCache {
  public:
    using Block = std::shared_ptr<const std::byte[]>;

    /// A number for one open chunk that no other ever has.
    std::uint64_t nextSerial() noexcept {
        return serial_.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    /// @return null unless this block of this chunk is here
    Block find(std::uint64_t serial, std::int64_t block);
    void keep(std::uint64_t serial, std::int64_t block, Block bytes);

  private:
    struct Slot {
        std::mutex mutex; // guards the rest
        std::uint64_t serial = 0;
        std::int64_t block = 0;
        Block bytes;
    };
    Slot& slotOf(std::uint64_t serial, std::int64_t block) noexcept;

    std::atomic<std::uint64_t> serial_{0};
    std::array<Slot, 64> slots_;
};

} // namespace segue::cache
