// The loops over samples of the analysis that are not filters. Sixteen lanes, summed at the end in
// a fixed order.

#include "processing/analysis/BlockMeasures.h"

#include <algorithm>
#include <cmath>

#include "processing/dsp/SimdVector.h"

namespace segue::analysis {

namespace {

using dsp::load;
using dsp::store;
using dsp::V16;

SEGUE_INLINE double total(const V16& v) {
    double sum = 0;
    for (int lane = 0; lane < 16; ++lane)
        sum += static_cast<double>(v[lane]);
    return sum;
}

SEGUE_HOT_LOOP void splitLoop(const float* a, const float* b, std::int64_t numFrames, float* mid,
                              float* side, PairSums* sums) {
    V16 mid2{};
    V16 side2{};
    V16 midSide{};
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 x;
        V16 y;
        load(x, a + i);
        load(y, b + i);
        const V16 m = (x + y) * 0.5f;
        const V16 s = (x - y) * 0.5f;
        store(m, mid + i);
        store(s, side + i);
        mid2 += m * m;
        side2 += s * s;
        midSide += m * s;
    }
    *sums = {total(mid2), total(side2), total(midSide)};
    for (; i < numFrames; ++i) {
        mid[i] = (a[i] + b[i]) * 0.5f;
        side[i] = (a[i] - b[i]) * 0.5f;
        sums->mid2 += static_cast<double>(mid[i] * mid[i]);
        sums->side2 += static_cast<double>(side[i] * side[i]);
        sums->midSide += static_cast<double>(mid[i] * side[i]);
    }
}

SEGUE_HOT_LOOP float magnitudeLoop(const float* x, std::int64_t numFrames) {
    V16 largest{};
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 v;
        load(v, x + i);
        v = v < 0.0f ? -v : v;
        largest = v > largest ? v : largest;
    }
    float result = 0;
    for (int lane = 0; lane < 16; ++lane)
        result = std::max(result, largest[lane]);
    for (; i < numFrames; ++i)
        result = std::max(result, std::fabs(x[i]));
    return result;
}

SEGUE_HOT_LOOP double sumLoop(const float* x, std::int64_t numFrames) {
    V16 sum{};
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 v;
        load(v, x + i);
        sum += v;
    }
    double result = total(sum);
    for (; i < numFrames; ++i)
        result += static_cast<double>(x[i]);
    return result;
}

} // namespace

PairSums splitMidSide(const float* a, const float* b, std::int64_t numFrames, float* mid,
                      float* side) noexcept {
    PairSums sums;
    splitLoop(a, b, numFrames, mid, side, &sums);
    return sums;
}

float largestMagnitude(const float* x, std::int64_t numFrames) noexcept {
    return magnitudeLoop(x, numFrames);
}

double sumOf(const float* x, std::int64_t numFrames) noexcept {
    return sumLoop(x, numFrames);
}

} // namespace segue::analysis
