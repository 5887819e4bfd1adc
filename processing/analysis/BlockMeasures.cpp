// The loops over samples of the analysis that are not filters. Sixteen lanes, summed at the end in
// a fixed order; what is left over at the end of a piece goes frame by frame.

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

SEGUE_INLINE float largestLane(const V16& v) {
    float largest = 0;
    for (int lane = 0; lane < 16; ++lane)
        largest = std::max(largest, v[lane]);
    return largest;
}

SEGUE_INLINE void raise(V16& largest, const V16& v) {
    const V16 magnitude = v < 0.0f ? -v : v;
    largest = magnitude > largest ? magnitude : largest;
}

/// Sums and extremes of one channel, sixteen frames at a time.
struct ChannelLanes {
    V16 sum{}, squares{};
    V16 lowest = V16{} + ChannelMeasures{}.lowest, highest = V16{} + ChannelMeasures{}.highest;

    SEGUE_INLINE void add(const V16& x) {
        sum += x;
        squares += x * x;
        lowest = x < lowest ? x : lowest;
        highest = x > highest ? x : highest;
    }
    SEGUE_INLINE void finish(ChannelMeasures& measures) const {
        measures.sum = total(sum);
        measures.squares = total(squares);
        for (int lane = 0; lane < 16; ++lane) {
            measures.lowest = std::min(measures.lowest, lowest[lane]);
            measures.highest = std::max(measures.highest, highest[lane]);
        }
    }
};

void addFrame(ChannelMeasures& measures, float x) {
    measures.sum += static_cast<double>(x);
    measures.squares += static_cast<double>(x) * static_cast<double>(x);
    measures.lowest = std::min(measures.lowest, x);
    measures.highest = std::max(measures.highest, x);
}

SEGUE_HOT_LOOP void channelLoop(const float* x, std::int64_t numFrames, ChannelMeasures* out) {
    ChannelLanes lanes;
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 v;
        load(v, x + i);
        lanes.add(v);
    }
    lanes.finish(*out);
    for (; i < numFrames; ++i)
        addFrame(*out, x[i]);
}

SEGUE_HOT_LOOP void pairLoop(const float* left, const float* right, std::int64_t numFrames,
                             float* mid, float* side, PairMeasures* out) {
    ChannelLanes leftLanes;
    ChannelLanes rightLanes;
    V16 products{};
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 l;
        V16 r;
        load(l, left + i);
        load(r, right + i);
        store((l + r) * 0.5f, mid + i);
        store((l - r) * 0.5f, side + i);
        leftLanes.add(l);
        rightLanes.add(r);
        products += l * r;
    }
    leftLanes.finish(out->left);
    rightLanes.finish(out->right);
    out->products = total(products);
    for (; i < numFrames; ++i) {
        mid[i] = (left[i] + right[i]) * 0.5f;
        side[i] = (left[i] - right[i]) * 0.5f;
        addFrame(out->left, left[i]);
        addFrame(out->right, right[i]);
        out->products += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    }
}

SEGUE_HOT_LOOP float magnitudeLoop(const float* x, std::int64_t numFrames) {
    V16 largest{};
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        V16 v;
        load(v, x + i);
        raise(largest, v);
    }
    float result = largestLane(largest);
    for (; i < numFrames; ++i)
        result = std::max(result, std::fabs(x[i]));
    return result;
}

} // namespace

ChannelMeasures measureChannel(const float* x, std::int64_t numFrames) noexcept {
    ChannelMeasures measures;
    channelLoop(x, numFrames, &measures);
    return measures;
}

PairMeasures measurePair(const float* left, const float* right, std::int64_t numFrames, float* mid,
                         float* side) noexcept {
    PairMeasures measures;
    pairLoop(left, right, numFrames, mid, side, &measures);
    return measures;
}

float largestMagnitude(const float* x, std::int64_t numFrames) noexcept {
    return magnitudeLoop(x, numFrames);
}

} // namespace segue::analysis
