// Asks the processor once. Any thread.

#include "processing/dsp/InstructionSet.h"

#include "processing/dsp/Lanes.h"

namespace segue::dsp {

InstructionSet bestInstructionSet() noexcept {
#if SEGUE_HAS_X86_LOOPS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return InstructionSet::Avx512;
    if (__builtin_cpu_supports("x86-64-v3"))
        return InstructionSet::Avx2;
#endif
    return InstructionSet::Portable;
}

} // namespace segue::dsp
