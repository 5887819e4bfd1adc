#pragma once

#include "processing/dsp/FilterDesign.h"
#include "processing/dsp/SimdVector.h"

namespace segue::dsp {

/// Second-order filters side by side, one per lane of V. What each lane filters is the caller's
/// wiring: a cascade feeds lane n with lane n-1's output of the frame before, so that all sections
/// of a cascade work at once and the recursion costs one section's latency per frame.
template <typename V>
struct alignas(sizeof(V)) SectionBankOf {
    V d, c1, c2, a11, a12, a21, a22;
    V s1, s2, y;

    SectionBankOf() { setAllIdentity(); }

    void setAllIdentity() {
        d = V{} + 1.0f;
        c1 = c2 = a11 = a12 = a21 = a22 = V{};
        forget();
    }
    void set(int lane, const Biquad& biquad) {
        const NormalForm form = normalFormOf(biquad);
        d[lane] = static_cast<float>(form.d);
        c1[lane] = static_cast<float>(form.c1);
        c2[lane] = static_cast<float>(form.c2);
        a11[lane] = static_cast<float>(form.a11);
        a12[lane] = static_cast<float>(form.a12);
        a21[lane] = static_cast<float>(form.a21);
        a22[lane] = static_cast<float>(form.a22);
    }
    void forget() { s1 = s2 = y = V{}; }

    /// Filters one frame: lane n's input is x[n], its output y[n].
    SEGUE_INLINE void step(const V& x) {
        const V held = c1 * s1 + c2 * s2;
        const V next1 = a11 * s1 + a12 * s2;
        const V next2 = a21 * s1 + a22 * s2;
        y = d * x + held;
        s1 = x + next1;
        s2 = next2;
    }
};

using SectionBank = SectionBankOf<V16>;

} // namespace segue::dsp
