// The wiring of the crossover tree on two banks of sixteen sections:
//   first_   0-3   a,b low-pass and a,b high-pass of the middle border, second order
//            4-7   the same again: fourth order
//            8-11  all-pass of the upper border on the low half, of the lower border on the high
//            half 12-15 K weighting: shelf a,b; high-pass a,b
//   second_  0-7   low half: low, high; high half: low, high, second order
//            8-15  the same again
// Measuring has a third, of eight: what the bands add up to is an all-pass per border in a row.
// Every section reads what another gave one frame before, so nothing waits inside a frame. One
// thread at a time.

#include "processing/dsp/BandSplitter.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <numbers>

#include "processing/dsp/Denormals.h"
#include "processing/dsp/Sections.h"

namespace segue::dsp {

namespace {

// What the first bank takes: the input in lanes 0-3, or what K weighting gives there; lanes 4-11
// what 0-7 gave; 12 and 13 the input; 14 and 15 what 12 and 13 gave.

SEGUE_INLINE V16 inputOfFirst(const V16& y, const V16& input) {
    return __builtin_shufflevector(y, input, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 12,
                                   13);
}
SEGUE_INLINE V16 weightedInputOfFirst(const V16& y, const V16& input) {
    return __builtin_shufflevector(y, input, 14, 15, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 12,
                                   13);
}
SEGUE_INLINE V8 lastInputOfFirst(const V8& low, const V8& high, const V8& input) {
    const V8 ends = __builtin_shufflevector(input, high, 0, 1, 12, 13, 0, 1, 12, 13);
    return __builtin_shufflevector(low, ends, 4, 5, 6, 7, 8, 9, 10, 11);
}
SEGUE_INLINE Lanes256 inputOfFirst(const Lanes256& y, const Lanes256& input) {
    return {__builtin_shufflevector(input.low, y.low, 0, 1, 2, 3, 8, 9, 10, 11),
            lastInputOfFirst(y.low, y.high, input.low)};
}
SEGUE_INLINE Lanes256 weightedInputOfFirst(const Lanes256& y, const Lanes256& input) {
    return {__builtin_shufflevector(y.high, y.low, 6, 7, 6, 7, 8, 9, 10, 11),
            lastInputOfFirst(y.low, y.high, input.low)};
}
SEGUE_INLINE V4 lastInputOfFirst(const V4& y, const V4& input) {
    return __builtin_shufflevector(input, y, 0, 1, 4, 5);
}
SEGUE_INLINE Lanes128 inputOfFirst(const Lanes128& y, const Lanes128& input) {
    return {{input.low.low, y.low.low}, {y.low.high, lastInputOfFirst(y.high.high, input.low.low)}};
}
SEGUE_INLINE Lanes128 weightedInputOfFirst(const Lanes128& y, const Lanes128& input) {
    const V4& last = y.high.high;
    return {{__builtin_shufflevector(last, last, 2, 3, 2, 3), y.low.low},
            {y.low.high, lastInputOfFirst(last, input.low.low)}};
}

// What the second takes: lanes 0-3 the low half, twice, 4-7 the high half, twice; 8-15 what its
// own lanes 0-7 gave.

SEGUE_INLINE V16 inputOfSecond(const V16& first, const V16& y) {
    return __builtin_shufflevector(first, y, 8, 9, 8, 9, 10, 11, 10, 11, 16, 17, 18, 19, 20, 21, 22,
                                   23);
}
SEGUE_INLINE Lanes256 inputOfSecond(const Lanes256& first, const Lanes256& y) {
    return {__builtin_shufflevector(first.high, first.high, 0, 1, 0, 1, 2, 3, 2, 3), y.low};
}
SEGUE_INLINE Lanes128 inputOfSecond(const Lanes128& first, const Lanes128& y) {
    const V4& halves = first.high.low;
    return {{__builtin_shufflevector(halves, halves, 0, 1, 0, 1),
             __builtin_shufflevector(halves, halves, 2, 3, 2, 3)},
            y.low};
}

// The bank of eight: the input in lanes 0 and 1, and two lanes on with every frame.

SEGUE_INLINE V8 inputOfSum(const V8& y, const V8& input) {
    return __builtin_shufflevector(y, input, 8, 9, 0, 1, 2, 3, 4, 5);
}
SEGUE_INLINE Two<V4> inputOfSum(const Two<V4>& y, const Two<V4>& input) {
    return {__builtin_shufflevector(y.low, input.low, 4, 5, 0, 1),
            __builtin_shufflevector(y.low, y.high, 2, 3, 4, 5)};
}
SEGUE_INLINE V8 otherChannel(const V8& v) {
    return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
}
SEGUE_INLINE Two<V4> otherChannel(const Two<V4>& v) {
    return {__builtin_shufflevector(v.low, v.low, 1, 0, 3, 2),
            __builtin_shufflevector(v.high, v.high, 1, 0, 3, 2)};
}

template <typename Lanes>
SEGUE_INLINE void runSplitOn(SectionBank& first, SectionBank& second, const float* a,
                             const float* b, std::int64_t numFrames, float* bands, float* energy) {
    using Half = HalfOf<Lanes>;
    Sections<Lanes> p(first);
    Sections<Lanes> q(second);
    Half sum = loaded<Half>(energy);
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const Lanes in1 = inputOfFirst(p.y, broadcast<Lanes>(a[i], b[i]));
        const Lanes in2 = inputOfSecond(p.y, q.y);
        p.step(in1);
        q.step(in2);
        const Half out = upperHalf(q.y);
        store(out, bands + 8 * i);
        sum = sum + out * out;
    }
    store(sum, energy);
    p.save(first);
    q.save(second);
}
SEGUE_LOOP(void, runSplit,
           (SectionBank & first, SectionBank& second, const float* a, const float* b,
            std::int64_t numFrames, float* bands, float* energy),
           (first, second, a, b, numFrames, bands, energy))

struct Measured {
    float full[16], bands[16], lowest[8], highest[8];
};

template <typename Lanes>
SEGUE_INLINE void runMeasureOn(SectionBank& first, SectionBank& second, BandSum& sum,
                               const float* a, const float* b, std::int64_t numFrames,
                               Measured& measured) {
    using Half = HalfOf<Lanes>;
    Sections<Lanes> p(first);
    Sections<Lanes> q(second);
    Sections<Half> r(sum.bank);
    const Half own = loaded<Half>(sum.own);
    const Half other = broadcast<Half>(sum.other);
    Lanes sumFull = broadcast<Lanes>(0);
    Lanes sumBands = broadcast<Lanes>(0);
    Half lowest = broadcast<Half>(std::numeric_limits<float>::max());
    Half highest = broadcast<Half>(std::numeric_limits<float>::lowest());
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const Lanes input = broadcast<Lanes>(a[i], b[i]);
        const Lanes in1 = weightedInputOfFirst(p.y, input);
        const Lanes in2 = inputOfSecond(p.y, q.y);
        p.step(in1);
        q.step(in2);
        sumFull = sumFull + p.y * p.y;
        sumBands = sumBands + q.y * q.y;
        r.step(inputOfSum(r.y, lowerHalf(input)));
        // In lanes 4 and 5 the sum of the bands, as the channels that are heard.
        const Half heard = r.y * own + otherChannel(r.y) * other;
        lowest = smaller(heard, lowest);
        highest = larger(heard, highest);
    }
    store(sumFull, measured.full);
    store(sumBands, measured.bands);
    store(lowest, measured.lowest);
    store(highest, measured.highest);
    p.save(first);
    q.save(second);
    r.save(sum.bank);
}
SEGUE_LOOP(void, runMeasure,
           (SectionBank & first, SectionBank& second, BandSum& sum, const float* a, const float* b,
            std::int64_t numFrames, Measured& measured),
           (first, second, sum, a, b, numFrames, measured))

} // namespace

void BandSplitter::prepare(double sampleRateHz, Weighting weighting, ChannelLayout layout) {
    constexpr double kButterworthQ = std::numbers::sqrt2 / 2;
    const auto [lower, middle, upper] = kCrossoverHz;
    first_.setAllIdentity();
    second_.setAllIdentity();
    sum_.bank.setAllIdentity();
    const bool midSide = layout == ChannelLayout::MidSide; // left: mid + side, right: mid - side
    for (int lane = 0; lane < 8; ++lane)
        sum_.own[lane] = midSide && lane % 2 == 1 ? -1.0f : 1.0f;
    sum_.other = midSide ? 1.0f : 0.0f;
    const auto low = [&](double hz) { return lowPass(sampleRateHz, hz, kButterworthQ); };
    const auto high = [&](double hz) { return highPass(sampleRateHz, hz, kButterworthQ); };
    for (int channel = 0; channel < 2; ++channel) {
        for (const int order : {0, 4}) {
            first_.set(order + channel, low(middle));
            first_.set(order + channel + 2, high(middle));
        }
        first_.set(8 + channel, allPass(sampleRateHz, upper, kButterworthQ));
        first_.set(10 + channel, allPass(sampleRateHz, lower, kButterworthQ));
        for (const int order : {0, 8}) {
            second_.set(order + channel, low(lower));
            second_.set(order + channel + 2, high(lower));
            second_.set(order + channel + 4, low(upper));
            second_.set(order + channel + 6, high(upper));
        }
        for (int border = 0; border < kNumBands - 1; ++border)
            sum_.bank.set(2 * border + channel,
                          allPass(sampleRateHz, kCrossoverHz[static_cast<std::size_t>(border)],
                                  kButterworthQ));
        if (weighting == Weighting::K) {
            const auto [shelf, rlb] = kWeighting(sampleRateHz);
            first_.set(12 + channel, shelf);
            first_.set(14 + channel, rlb);
        }
    }
}

void BandSplitter::reset() noexcept {
    first_.forget();
    second_.forget();
    sum_.bank.forget();
}

void BandSplitter::split(const float* a, const float* b, std::int64_t numFrames, float* bands,
                         float* energy) noexcept {
    const ScopedFlushToZero flush;
    runSplit(first_, second_, a, b, numFrames, bands, energy);
}

BandSplitter::Measures BandSplitter::measure(const float* a, const float* b,
                                             std::int64_t numFrames) noexcept {
    const ScopedFlushToZero flush;
    Measured lanes;
    runMeasure(first_, second_, sum_, a, b, numFrames, lanes);
    Measures measures{{},
                      lanes.full[14],
                      lanes.full[15],
                      {lanes.lowest[4], lanes.lowest[5]},
                      {lanes.highest[4], lanes.highest[5]}};
    for (std::size_t lane = 0; lane < measures.bands.size(); ++lane)
        measures.bands[lane] = lanes.bands[lane + 8];
    return measures;
}

} // namespace segue::dsp
