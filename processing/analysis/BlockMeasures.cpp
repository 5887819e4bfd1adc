// The loops over samples of the analysis that are not filters. Sixteen lanes, summed at the end in
// a fixed order; what is left over at the end of a piece goes frame by frame.

#include "processing/analysis/BlockMeasures.h"

#include <algorithm>
#include <cmath>

#include "processing/dsp/Lanes.h"

namespace segue::analysis {

namespace {

using dsp::larger;
using dsp::largestLane;
using dsp::loaded;
using dsp::magnitude;
using dsp::smaller;
using dsp::store;

template <typename Lanes>
SEGUE_INLINE double total(const Lanes& v) {
    float lanes[16];
    store(v, lanes);
    double sum = 0;
    for (const float lane : lanes)
        sum += static_cast<double>(lane);
    return sum;
}

/// Sums and extremes of one channel, sixteen frames at a time.
template <typename Lanes>
struct ChannelLanes {
    Lanes sum = dsp::broadcast<Lanes>(0), squares = dsp::broadcast<Lanes>(0);
    Lanes lowest = dsp::broadcast<Lanes>(ChannelMeasures{}.lowest);
    Lanes highest = dsp::broadcast<Lanes>(ChannelMeasures{}.highest);

    SEGUE_INLINE void add(const Lanes& x) {
        sum = sum + x;
        squares = squares + x * x;
        lowest = smaller(x, lowest);
        highest = larger(x, highest);
    }
    SEGUE_INLINE void finish(ChannelMeasures& measures) const {
        measures.sum = total(sum);
        measures.squares = total(squares);
        float lanes[16];
        store(lowest, lanes);
        measures.lowest = *std::min_element(lanes, lanes + 16);
        store(highest, lanes);
        measures.highest = *std::max_element(lanes, lanes + 16);
    }
};

void addFrame(ChannelMeasures& measures, float x) {
    measures.sum += static_cast<double>(x);
    measures.squares += static_cast<double>(x) * static_cast<double>(x);
    measures.lowest = std::min(measures.lowest, x);
    measures.highest = std::max(measures.highest, x);
}

template <typename Lanes>
SEGUE_INLINE void channelLoopOn(const float* x, std::int64_t numFrames, ChannelMeasures& out) {
    ChannelLanes<Lanes> lanes;
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16)
        lanes.add(loaded<Lanes>(x + i));
    lanes.finish(out);
    for (; i < numFrames; ++i)
        addFrame(out, x[i]);
}
SEGUE_LOOP(void, channelLoop, (const float* x, std::int64_t numFrames, ChannelMeasures& out),
           (x, numFrames, out))

template <typename Lanes>
SEGUE_INLINE void pairLoopOn(const float* left, const float* right, std::int64_t numFrames,
                             float* mid, float* side, PairMeasures& out) {
    ChannelLanes<Lanes> leftLanes;
    ChannelLanes<Lanes> rightLanes;
    Lanes products = dsp::broadcast<Lanes>(0);
    const Lanes half = dsp::broadcast<Lanes>(0.5f);
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16) {
        const Lanes l = loaded<Lanes>(left + i);
        const Lanes r = loaded<Lanes>(right + i);
        store((l + r) * half, mid + i);
        store((l - r) * half, side + i);
        leftLanes.add(l);
        rightLanes.add(r);
        products = products + l * r;
    }
    leftLanes.finish(out.left);
    rightLanes.finish(out.right);
    out.products = total(products);
    for (; i < numFrames; ++i) {
        mid[i] = (left[i] + right[i]) * 0.5f;
        side[i] = (left[i] - right[i]) * 0.5f;
        addFrame(out.left, left[i]);
        addFrame(out.right, right[i]);
        out.products += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    }
}
SEGUE_LOOP(void, pairLoop,
           (const float* left, const float* right, std::int64_t numFrames, float* mid, float* side,
            PairMeasures& out),
           (left, right, numFrames, mid, side, out))

template <typename Lanes>
SEGUE_INLINE float magnitudeLoopOn(const float* x, std::int64_t numFrames) {
    Lanes largest = dsp::broadcast<Lanes>(0);
    std::int64_t i = 0;
    for (; i + 16 <= numFrames; i += 16)
        largest = larger(magnitude(loaded<Lanes>(x + i)), largest);
    float result = largestLane(largest);
    for (; i < numFrames; ++i)
        result = std::max(result, std::fabs(x[i]));
    return result;
}
SEGUE_LOOP(float, magnitudeLoop, (const float* x, std::int64_t numFrames), (x, numFrames))

} // namespace

ChannelMeasures measureChannel(const float* x, std::int64_t numFrames) noexcept {
    ChannelMeasures measures;
    channelLoop(x, numFrames, measures);
    return measures;
}

PairMeasures measurePair(const float* left, const float* right, std::int64_t numFrames, float* mid,
                         float* side) noexcept {
    PairMeasures measures;
    pairLoop(left, right, numFrames, mid, side, measures);
    return measures;
}

float largestMagnitude(const float* x, std::int64_t numFrames) noexcept {
    return magnitudeLoop(x, numFrames);
}

} // namespace segue::analysis
