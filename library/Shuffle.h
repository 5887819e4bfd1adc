#pragma once

#include <cstdint>

#include "library/Cursor.h"

namespace segue::library {

/// A permutation of 1 .. `most`, which `seed` names, without a list of them: a Feistel network over
/// the next power of four, of whose numbers some are no id.
class Shuffle {
  public:
    Shuffle(std::uint64_t seed, std::int64_t most) : seed_(seed), most_(most) {
        while ((std::int64_t{1} << (2 * bits_)) <= most)
            ++bits_;
    }
    std::int64_t size() const { return std::int64_t{1} << (2 * bits_); }
    /// 0: no id stands there.
    std::int64_t at(std::int64_t position) const {
        const std::int64_t mask = (std::int64_t{1} << bits_) - 1;
        std::int64_t left = position >> bits_;
        std::int64_t right = position & mask;
        for (std::uint64_t round = 0; round < 4; ++round) {
            const std::int64_t next = left ^ (shuffled(seed_ + round, right) & mask);
            left = right;
            right = next;
        }
        const std::int64_t id = (left << bits_ | right) + 1;
        return id <= most_ ? id : 0;
    }

  private:
    std::uint64_t seed_;
    std::int64_t most_;
    int bits_ = 1;
};

} // namespace segue::library
