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

namespace segue::dsp {

namespace {

SEGUE_INLINE void stepPlain(SectionBank& p, SectionBank& q, const V16& input) {
    // input: a in even lanes, b in odd ones.
    const V16 in1 =
        __builtin_shufflevector(p.y, input, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 12, 13);
    const V16 in2 = __builtin_shufflevector(p.y, q.y, 8, 9, 8, 9, 10, 11, 10, 11, 16, 17, 18, 19,
                                            20, 21, 22, 23);
    p.step(in1);
    q.step(in2);
}

SEGUE_INLINE void stepWeighted(SectionBank& p, SectionBank& q, const V16& input) {
    const V16 in1 =
        __builtin_shufflevector(p.y, input, 14, 15, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 12, 13);
    const V16 in2 = __builtin_shufflevector(p.y, q.y, 8, 9, 8, 9, 10, 11, 10, 11, 16, 17, 18, 19,
                                            20, 21, 22, 23);
    p.step(in1);
    q.step(in2);
}

/// a in even lanes, b in odd ones: as one 64-bit value in all of them, which is one instruction;
/// sixteen named lanes would be set one after another.
SEGUE_INLINE V16 interleave(float a, float b) {
    using Pairs = std::uint64_t __attribute__((vector_size(sizeof(V16))));
    const std::uint64_t pair = std::uint64_t{std::bit_cast<std::uint32_t>(b)} << 32 |
                               std::uint64_t{std::bit_cast<std::uint32_t>(a)};
    return reinterpret_cast<V16>(Pairs{} + pair);
}

/// @return  in lanes 4 and 5: the sum of the bands, as the channels that are heard
SEGUE_INLINE V8 stepSum(BandSum& r, const V16& input) {
    const V8 pair = __builtin_shufflevector(input, input, 0, 1, 2, 3, 4, 5, 6, 7);
    SectionBankOf<V8>& bank = r.bank;
    bank.step(__builtin_shufflevector(bank.y, pair, 8, 9, 0, 1, 2, 3, 4, 5));
    const V8 swapped = __builtin_shufflevector(bank.y, bank.y, 1, 0, 3, 2, 5, 4, 7, 6);
    return bank.y * r.own + swapped * r.other;
}

SEGUE_INLINE V8 upperHalf(const V16& v) {
    return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}

SEGUE_HOT_LOOP void runSplit(SectionBank* first, SectionBank* second, const float* a,
                             const float* b, std::int64_t numFrames, float* bands, float* energy) {
    SectionBank p = *first;
    SectionBank q = *second;
    V8 sum;
    load(sum, energy);
    for (std::int64_t i = 0; i < numFrames; ++i) {
        stepPlain(p, q, interleave(a[i], b[i]));
        const V8 out = upperHalf(q.y);
        store(out, bands + 8 * i);
        sum += out * out;
    }
    store(sum, energy);
    *first = p;
    *second = q;
}

struct Lanes {
    float full[16], bands[16], lowest[8], highest[8];
};

SEGUE_HOT_LOOP void runMeasure(SectionBank* first, SectionBank* second, BandSum* sum,
                               const float* a, const float* b, std::int64_t numFrames,
                               Lanes* lanes) {
    SectionBank p = *first;
    SectionBank q = *second;
    BandSum r = *sum;
    V16 sumFull{};
    V16 sumBands{};
    V8 lowest = V8{} + std::numeric_limits<float>::max();
    V8 highest = V8{} + std::numeric_limits<float>::lowest();
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const V16 input = interleave(a[i], b[i]);
        stepWeighted(p, q, input);
        sumFull += p.y * p.y;
        sumBands += q.y * q.y;
        const V8 heard = stepSum(r, input);
        lowest = heard < lowest ? heard : lowest;
        highest = heard > highest ? heard : highest;
    }
    store(sumFull, lanes->full);
    store(sumBands, lanes->bands);
    store(lowest, lanes->lowest);
    store(highest, lanes->highest);
    *first = p;
    *second = q;
    *sum = r;
}

} // namespace

void BandSplitter::prepare(double sampleRateHz, Weighting weighting, ChannelLayout layout) {
    constexpr double kButterworthQ = std::numbers::sqrt2 / 2;
    const auto [lower, middle, upper] = kCrossoverHz;
    first_.setAllIdentity();
    second_.setAllIdentity();
    sum_.bank.setAllIdentity();
    const bool midSide = layout == ChannelLayout::MidSide; // left: mid + side, right: mid - side
    sum_.own = midSide ? V8{1, -1, 1, -1, 1, -1, 1, -1} : V8{} + 1.0f;
    sum_.other = V8{} + (midSide ? 1.0f : 0.0f);
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
    runSplit(&first_, &second_, a, b, numFrames, bands, energy);
}

BandSplitter::Measures BandSplitter::measure(const float* a, const float* b,
                                             std::int64_t numFrames) noexcept {
    const ScopedFlushToZero flush;
    Lanes lanes;
    runMeasure(&first_, &second_, &sum_, a, b, numFrames, &lanes);
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
