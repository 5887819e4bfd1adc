#pragma once

#include "processing/dsp/Lanes.h"
#include "processing/dsp/SectionBank.h"

namespace segue::dsp {

/// A bank in registers, while a loop runs.
template <typename Lanes>
struct Sections {
    using Bank = SectionBankOf<kNumLanes<Lanes>>;
    Lanes d, c1, c2, a11, a12, a22, s1, s2, y;

    SEGUE_INLINE explicit Sections(const Bank& bank) {
        load(d, bank.d);
        load(c1, bank.c1);
        load(c2, bank.c2);
        load(a11, bank.a11);
        load(a12, bank.a12);
        load(a22, bank.a22);
        load(s1, bank.s1);
        load(s2, bank.s2);
        load(y, bank.y);
    }
    SEGUE_INLINE void save(Bank& bank) const {
        store(s1, bank.s1);
        store(s2, bank.s2);
        store(y, bank.y);
    }

    /// Filters one frame: lane n's input is x[n], its output y[n].
    SEGUE_INLINE void step(const Lanes& x) {
        const Lanes held = c1 * s1 + c2 * s2;
        const Lanes next = a11 * s1 + a12 * s2;
        s2 = s1 + a22 * s2;
        s1 = x + next;
        y = d * x + held;
    }
};

} // namespace segue::dsp
