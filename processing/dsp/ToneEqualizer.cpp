// Runs the cascades. One render worker at a time; no section waits for another inside a
// frame. Up to sixteen sections are bound by one section's latency, more by their throughput.

#include "processing/dsp/ToneEqualizer.h"

#include <algorithm>
#include <cassert>

#include "processing/dsp/Denormals.h"
#include "processing/dsp/Sections.h"

namespace segue::dsp {

namespace {

// Every lane takes what the lane before it gave a frame ago. So what comes last runs first.

/// Sixteen sections of either channel.
template <typename Lanes>
struct TwoCascades {
    Sections<Lanes> a, b;

    SEGUE_INLINE TwoCascades(const SectionBank& bankA, const SectionBank& bankB)
        : a(bankA), b(bankB) {}
    SEGUE_INLINE void step(float inputA, float inputB) {
        a.step(shiftedIn(a.y, inputA));
        b.step(shiftedIn(b.y, inputB));
    }
    SEGUE_INLINE float outputA() const { return lastLane(a.y); }
    SEGUE_INLINE float outputB() const { return lastLane(b.y); }
    SEGUE_INLINE void save(SectionBank& bankA, SectionBank& bankB) const {
        a.save(bankA);
        b.save(bankB);
    }
};

template <typename Lanes>
SEGUE_INLINE void run16On(SectionBank& bankA, SectionBank& bankB, float* a, float* b,
                          std::int64_t numFrames) {
    TwoCascades<Lanes> all(bankA, bankB);
    for (std::int64_t i = 0; i < numFrames; ++i) {
        all.step(a[i], b[i]);
        a[i] = all.outputA();
        b[i] = all.outputB();
    }
    all.save(bankA, bankB);
}
SEGUE_LOOP(void, run16,
           (SectionBank & bankA, SectionBank& bankB, float* a, float* b, std::int64_t numFrames),
           (bankA, bankB, a, b, numFrames))

template <typename Lanes>
SEGUE_INLINE void run24On(SectionBank& bankA, SectionBank& bankB, SectionBank& rest, float* a,
                          float* b, std::int64_t numFrames) {
    TwoCascades<Lanes> first(bankA, bankB);
    Sections<Lanes> last(rest);
    for (std::int64_t i = 0; i < numFrames; ++i) {
        last.step(halvesShiftedIn(last.y, first.a.y, first.b.y));
        first.step(a[i], b[i]);
        a[i] = laneOf<7>(last.y);
        b[i] = laneOf<15>(last.y);
    }
    first.save(bankA, bankB);
    last.save(rest);
}
SEGUE_LOOP(void, run24,
           (SectionBank & bankA, SectionBank& bankB, SectionBank& rest, float* a, float* b,
            std::int64_t numFrames),
           (bankA, bankB, rest, a, b, numFrames))

template <typename Lanes>
SEGUE_INLINE void run32On(SectionBank& bankA, SectionBank& bankB, SectionBank& restA,
                          SectionBank& restB, float* a, float* b, std::int64_t numFrames) {
    TwoCascades<Lanes> first(bankA, bankB);
    TwoCascades<Lanes> last(restA, restB);
    for (std::int64_t i = 0; i < numFrames; ++i) {
        last.step(first.outputA(), first.outputB());
        first.step(a[i], b[i]);
        a[i] = last.outputA();
        b[i] = last.outputB();
    }
    first.save(bankA, bankB);
    last.save(restA, restB);
}
SEGUE_LOOP(void, run32,
           (SectionBank & bankA, SectionBank& bankB, SectionBank& restA, SectionBank& restB,
            float* a, float* b, std::int64_t numFrames),
           (bankA, bankB, restA, restB, a, b, numFrames))

} // namespace

void ToneEqualizer::setSections(std::span<const Biquad> first, std::span<const Biquad> others) {
    assert(first.size() <= kMaxSections && others.size() <= kMaxSections);
    first_.assign(first.begin(), first.end());
    others_.assign(others.begin(), others.end());
}

void ToneEqualizer::design(Pair& pair, const std::vector<Biquad>& a,
                           const std::vector<Biquad>& b) const {
    const auto set = [](const std::vector<Biquad>& sections, SectionBank& first, SectionBank& rest,
                        int restFrom) {
        for (std::size_t k = 0; k < sections.size(); ++k)
            if (k < 16)
                first.set(static_cast<int>(k), sections[k]);
            else
                rest.set(restFrom + static_cast<int>(k) - 16, sections[k]);
    };
    set(a, pair.a, pair.rest, 0);
    if (length_ == 24)
        set(b, pair.b, pair.rest, 8);
    else
        set(b, pair.b, pair.otherRest, 0);
}

void ToneEqualizer::prepare(const StageSpec& spec) {
    const std::size_t longest = std::max(first_.size(), others_.size());
    length_ = longest <= 16 ? 16 : longest <= 24 ? 24 : 32;
    pairs_.assign(static_cast<std::size_t>((spec.numChannels + 1) / 2), {});
    for (std::size_t i = 0; i < pairs_.size(); ++i)
        design(pairs_[i], i == 0 ? first_ : others_, others_);
    silence_.assign(static_cast<std::size_t>(spec.maxFrames), 0.0f);
    reset(0);
}

void ToneEqualizer::reset(std::int64_t) noexcept {
    for (Pair& pair : pairs_)
        for (SectionBank* bank : {&pair.a, &pair.b, &pair.rest, &pair.otherRest})
            bank->forget();
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
        Pair& pair = pairs_[i];
        float* first = block.channels[a];
        if (length_ == 16)
            run16(pair.a, pair.b, first, second, block.numFrames);
        else if (length_ == 24)
            run24(pair.a, pair.b, pair.rest, first, second, block.numFrames);
        else
            run32(pair.a, pair.b, pair.rest, pair.otherRest, first, second, block.numFrames);
    }
}

} // namespace segue::dsp
