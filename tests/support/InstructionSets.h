#pragma once

#include <gtest/gtest.h>

#include "processing/dsp/InstructionSet.h"

namespace segue::test {

/// Calls `work` once for every instruction set that this processor can run, with the hot loops of
/// that set in use.
template <typename Work>
void onEveryInstructionSet(const Work& work) {
    using dsp::InstructionSet;
    for (const InstructionSet set :
         {InstructionSet::Portable, InstructionSet::Avx2, InstructionSet::Avx512}) {
        if (set > dsp::bestInstructionSet())
            continue;
        SCOPED_TRACE(static_cast<int>(set));
        dsp::useInstructionSet(set);
        work();
    }
    dsp::useInstructionSet(dsp::bestInstructionSet());
}

} // namespace segue::test
