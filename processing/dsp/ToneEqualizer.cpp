// Runs the cascades. One render worker at a time; the loop is bound by the latency of one section,
// which both channels of a pair share.

#include "processing/dsp/ToneEqualizer.h"

#include <algorithm>
#include <cassert>

#include "processing/dsp/Denormals.h"

namespace segue::dsp {

namespace {

SEGUE_HOT_LOOP void runCascades(SectionBank* bankA, SectionBank* bankB, float* a, float* b,
                                std::int64_t numFrames) {
    SectionBank p = *bankA;
    SectionBank q = *bankB;
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const V16 inA = V16{} + a[i];
        const V16 inB = V16{} + b[i];
        // Lane 0 gets the new frame, every other lane what the lane before it gave a frame ago.
        p.step(__builtin_shufflevector(p.y, inA, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                       14));
        q.step(__builtin_shufflevector(q.y, inB, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                       14));
        a[i] = p.y[15];
        b[i] = q.y[15];
    }
    *bankA = p;
    *bankB = q;
}

} // namespace

void ToneEqualizer::setSections(std::span<const Biquad> first, std::span<const Biquad> others) {
    assert(first.size() <= kMaxSections && others.size() <= kMaxSections);
    first_.assign(first.begin(), first.end());
    others_.assign(others.begin(), others.end());
}

void ToneEqualizer::prepare(const StageSpec& spec) {
    pairs_.assign(static_cast<std::size_t>((spec.numChannels + 1) / 2), {});
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const std::vector<Biquad>& forA = i == 0 ? first_ : others_;
        for (std::size_t k = 0; k < forA.size(); ++k)
            pairs_[i].a.set(static_cast<int>(k), forA[k]);
        for (std::size_t k = 0; k < others_.size(); ++k)
            pairs_[i].b.set(static_cast<int>(k), others_[k]);
    }
    silence_.assign(static_cast<std::size_t>(spec.maxFrames), 0.0f);
    reset(0);
}

void ToneEqualizer::reset(std::int64_t) noexcept {
    for (Pair& pair : pairs_) {
        pair.a.forget();
        pair.b.forget();
    }
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
        runCascades(&pairs_[i].a, &pairs_[i].b, block.channels[a], second, block.numFrames);
    }
}

} // namespace segue::dsp
