// Runs the cascades. One render worker at a time; no section waits for another inside a
// frame. Up to sixteen sections are bound by one section's latency, more by their throughput.

#include "processing/dsp/ToneEqualizer.h"

#include <algorithm>
#include <cassert>

#include "processing/dsp/Denormals.h"

namespace segue::dsp {

namespace {

/// Lane 0 gets `first`, every other lane what the lane before it gave a frame ago.
SEGUE_INLINE void shift(const V16& outputs, const V16& first, V16& inputs) {
    inputs = __builtin_shufflevector(outputs, first, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                     13, 14);
}

SEGUE_HOT_LOOP void runShortCascades(SectionBank* bankA, SectionBank* bankB, float* a, float* b,
                                     std::int64_t numFrames) {
    SectionBank p = *bankA;
    SectionBank q = *bankB;
    V16 input;
    for (std::int64_t i = 0; i < numFrames; ++i) {
        shift(p.y, V16{} + a[i], input);
        p.step(input);
        shift(q.y, V16{} + b[i], input);
        q.step(input);
        a[i] = p.y[15];
        b[i] = q.y[15];
    }
    *bankA = p;
    *bankB = q;
}

SEGUE_HOT_LOOP void runCascades(SectionBank* banksA, SectionBank* banksB, float* a, float* b,
                                std::int64_t numFrames) {
    SectionBank p = banksA[0];
    SectionBank p2 = banksA[1];
    SectionBank q = banksB[0];
    SectionBank q2 = banksB[1];
    V16 input;
    for (std::int64_t i = 0; i < numFrames; ++i) {
        // The second bank first: it takes what the first gave a frame ago.
        shift(p2.y, V16{} + p.y[15], input);
        p2.step(input);
        shift(q2.y, V16{} + q.y[15], input);
        q2.step(input);
        shift(p.y, V16{} + a[i], input);
        p.step(input);
        shift(q.y, V16{} + b[i], input);
        q.step(input);
        a[i] = p2.y[15];
        b[i] = q2.y[15];
    }
    banksA[0] = p;
    banksA[1] = p2;
    banksB[0] = q;
    banksB[1] = q2;
}

} // namespace

void ToneEqualizer::setSections(std::span<const Biquad> first, std::span<const Biquad> others) {
    assert(first.size() <= kMaxSections && others.size() <= kMaxSections);
    first_.assign(first.begin(), first.end());
    others_.assign(others.begin(), others.end());
}

void ToneEqualizer::design(Cascade& cascade, const std::vector<Biquad>& sections) {
    for (std::size_t k = 0; k < sections.size(); ++k)
        cascade[k / 16].set(static_cast<int>(k % 16), sections[k]);
}

void ToneEqualizer::prepare(const StageSpec& spec) {
    numBanks_ = std::max(first_.size(), others_.size()) > 16 ? 2 : 1;
    pairs_.assign(static_cast<std::size_t>((spec.numChannels + 1) / 2), {});
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        design(pairs_[i].a, i == 0 ? first_ : others_);
        design(pairs_[i].b, others_);
    }
    silence_.assign(static_cast<std::size_t>(spec.maxFrames), 0.0f);
    reset(0);
}

void ToneEqualizer::reset(std::int64_t) noexcept {
    for (Pair& pair : pairs_)
        for (Cascade* cascade : {&pair.a, &pair.b})
            for (SectionBank& bank : *cascade)
                bank.forget();
}

void ToneEqualizer::process(const AudioBlock& block) noexcept {
    const ScopedFlushToZero flush;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const int a = static_cast<int>(2 * i);
        float* second = silence_.data();
        if (a + 1 < block.numChannels)
            second = block.channels[a + 1];
        else
            std::fill_n(second, block.numFrames, 0.0f);
        (numBanks_ == 1 ? runShortCascades : runCascades)(
            pairs_[i].a.data(), pairs_[i].b.data(), block.channels[a], second, block.numFrames);
    }
}

} // namespace segue::dsp
