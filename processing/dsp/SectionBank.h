#pragma once

#include <algorithm>

#include "processing/dsp/FilterDesign.h"

namespace segue::dsp {

/// Second-order filters side by side, one per lane. What each lane filters is the caller's wiring:
/// a cascade feeds lane n with lane n-1's output of the frame before, so that all sections of a
/// cascade work at once and the recursion costs one section's latency per frame.
template <int kLanes>
struct SectionBankOf {
    alignas(4 * kLanes) float d[kLanes], c1[kLanes], c2[kLanes], a11[kLanes], a12[kLanes],
        a22[kLanes];
    float s1[kLanes], s2[kLanes], y[kLanes];

    SectionBankOf() { setAllIdentity(); }

    void setAllIdentity() {
        for (int lane = 0; lane < kLanes; ++lane)
            set(lane, {});
        forget();
    }
    void set(int lane, const Biquad& biquad) {
        const NormalForm form = normalFormOf(biquad);
        d[lane] = static_cast<float>(form.d);
        c1[lane] = static_cast<float>(form.c1);
        c2[lane] = static_cast<float>(form.c2);
        a11[lane] = static_cast<float>(form.a11);
        a12[lane] = static_cast<float>(form.a12);
        a22[lane] = static_cast<float>(form.a22);
    }
    void forget() {
        for (float* state : {s1, s2, y})
            std::fill_n(state, kLanes, 0.0f);
    }
};
using SectionBank = SectionBankOf<16>;

} // namespace segue::dsp
