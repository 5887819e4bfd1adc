#pragma once

#include <atomic>

namespace segue::dsp {

/// What hot loops are compiled for (Lanes.h). All give the same bits.
enum class InstructionSet {
    Portable, ///< four floats at a time: SSE2, NEON
    Avx2,     ///< eight
    Avx512,   ///< sixteen
};

/// The best that this processor has.
InstructionSet bestInstructionSet() noexcept;

namespace detail {
inline std::atomic<InstructionSet> instructionSet{bestInstructionSet()};
}

/// What hot loops run with from now on: the best, unless useInstructionSet() said otherwise.
inline InstructionSet instructionSet() noexcept {
    return detail::instructionSet.load(std::memory_order_relaxed);
}

/// For tests and benchmarks of other processors' loops.
/// @param set  no better than bestInstructionSet()
inline void useInstructionSet(InstructionSet set) noexcept {
    detail::instructionSet.store(set, std::memory_order_relaxed);
}

} // namespace segue::dsp
