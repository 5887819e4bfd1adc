// The wiring of the crossover tree on two banks of sixteen sections:
//   first_   0-3   a,b low-pass and a,b high-pass of the middle border, second order
//            4-7   the same again: fourth order
//            8-11  all-pass of the upper border on the low half, of the lower border on the high
//            half 12-15 K weighting: shelf a,b; high-pass a,b
//   second_  0-7   low half: low, high; high half: low, high, second order
//            8-15  the same again
// Every section reads what another gave one frame before, so nothing waits inside a frame. One
// thread at a time.

#include "processing/dsp/BandSplitter.h"

#include <bit>
#include <cstdint>
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

SEGUE_HOT_LOOP void runMeasure(SectionBank* first, SectionBank* second, const float* a,
                               const float* b, std::int64_t numFrames, float* full, float* bands) {
    SectionBank p = *first;
    SectionBank q = *second;
    V16 sumFull{};
    V16 sumBands{};
    for (std::int64_t i = 0; i < numFrames; ++i) {
        stepWeighted(p, q, interleave(a[i], b[i]));
        sumFull += p.y * p.y;
        sumBands += q.y * q.y;
    }
    store(sumFull, full);
    store(sumBands, bands);
    *first = p;
    *second = q;
}

} // namespace

void BandSplitter::prepare(double sampleRateHz, Weighting weighting) {
    constexpr double kButterworthQ = std::numbers::sqrt2 / 2;
    const auto [lower, middle, upper] = kCrossoverHz;
    first_.setAllIdentity();
    second_.setAllIdentity();
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
}

void BandSplitter::split(const float* a, const float* b, std::int64_t numFrames, float* bands,
                         float* energy) noexcept {
    const ScopedFlushToZero flush;
    runSplit(&first_, &second_, a, b, numFrames, bands, energy);
}

BandSplitter::Energies BandSplitter::measure(const float* a, const float* b,
                                             std::int64_t numFrames) noexcept {
    const ScopedFlushToZero flush;
    float full[16];
    float bands[16];
    runMeasure(&first_, &second_, a, b, numFrames, full, bands);
    Energies energies{{}, full[14], full[15]};
    for (std::size_t lane = 0; lane < energies.bands.size(); ++lane)
        energies.bands[lane] = bands[lane + 8];
    return energies;
}

} // namespace segue::dsp
