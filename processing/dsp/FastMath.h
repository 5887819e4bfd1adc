#pragma once

#include <bit>

#include "processing/dsp/SimdVector.h"

namespace segue::dsp {

// Polynomials fitted at Chebyshev nodes, in pairs of terms, which wait for one another less. The C
// library's functions differ in their last bit from machine to machine; these do not, and four
// results cost what one costs there.

/// log2 of four positive normal floats; absolute error below 1e-5 (0.00003 dB), exact at powers of
/// two.
SEGUE_INLINE void log2Four(const V4& x, V4& out) {
    const V4i bits = std::bit_cast<V4i>(x);
    const V4i exponent = (bits >> 23) - 127;
    const V4i mantissaBits = (bits & 0x007fffff) | 0x3f800000;
    const V4 m = std::bit_cast<V4>(mantissaBits); // [1, 2)
    const V4 square = m * m;
    const V4 low = m * -3.32792526f + 3.1168458f;
    const V4 middle = m * -1.23507624f + 2.60402449f;
    const V4 high = m * -0.03459521f + 0.31940967f;
    const V4 p = low + square * (middle + square * high);
    out = p * (m - 1.0f) + __builtin_convertvector(exponent, V4);
}

/// 2^x of four floats, -120 <= x <= 120; relative error below 5e-7, exact at integers.
SEGUE_INLINE void exp2Four(const V4& x, V4& out) {
    V4i whole = __builtin_convertvector(x, V4i);
    const V4 truncated = __builtin_convertvector(whole, V4);
    whole += truncated > x;                              // a true lane is -1: rounds down
    const V4 f = x - __builtin_convertvector(whole, V4); // [0, 1)
    const V4 square = f * f;
    const V4 low = f * 0.69314758f + 1.0f;
    const V4 middle = f * 0.05565866f + 0.24020687f;
    const V4 high = f * 0.00178967f + 0.0091968f;
    const V4 p = low + square * (middle + square * high);
    const V4i scaleBits = (whole + 127) << 23;
    out = p * std::bit_cast<V4>(scaleBits);
}

} // namespace segue::dsp
