// The matrix is found by running the two filters frame by frame in double precision, once for each
// of its columns. One thread at a time.

#include "processing/analysis/KWeighting.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "processing/dsp/FilterDesign.h"
#include "processing/dsp/Lanes.h"

namespace segue::analysis {

namespace {

using dsp::load;
using dsp::NormalForm;
using dsp::store;

/// One filter, frame by frame.
struct Section {
    NormalForm form;
    double s1 = 0, s2 = 0;

    double step(double x) {
        const double y = form.d * x + form.c1 * s1 + form.c2 * s2;
        const double next1 = x + form.a11 * s1 + form.a12 * s2;
        s2 = s1 + form.a22 * s2;
        s1 = next1;
        return y;
    }
};

template <typename Lanes>
SEGUE_INLINE void runGroupsOn(KWeighting::Matrix& matrix, const float* x, std::int64_t numGroups,
                              float* squares) {
    using dsp::broadcast;
    Lanes ofInput[KWeighting::kFrames];
    Lanes ofState[KWeighting::kStates];
    for (int i = 0; i < KWeighting::kFrames; ++i)
        load(ofInput[i], matrix.ofInput[i]);
    for (int i = 0; i < KWeighting::kStates; ++i)
        load(ofState[i], matrix.ofState[i]);
    Lanes last = dsp::loaded<Lanes>(matrix.last);
    Lanes sum = broadcast<Lanes>(0);
    for (std::int64_t group = 0; group < numGroups; ++group, x += KWeighting::kFrames) {
        const auto fromInput = [&](int i) { return ofInput[i] * broadcast<Lanes>(x[i]); };
        const Lanes early = (fromInput(0) + fromInput(1)) + (fromInput(2) + fromInput(3));
        const Lanes late = (fromInput(4) + fromInput(5)) + (fromInput(6) + fromInput(7));
        constexpr int kFirst = KWeighting::kFrames;
        const Lanes ofShelf = ofState[0] * broadcast<Lanes>(dsp::laneOf<kFirst>(last)) +
                              ofState[1] * broadcast<Lanes>(dsp::laneOf<kFirst + 1>(last));
        const Lanes ofHighPass = ofState[2] * broadcast<Lanes>(dsp::laneOf<kFirst + 2>(last)) +
                                 ofState[3] * broadcast<Lanes>(dsp::laneOf<kFirst + 3>(last));
        last = (early + late) + (ofShelf + ofHighPass);
        sum = sum + last * last;
    }
    store(last, matrix.last);
    float sums[16];
    store(sum, sums);
    std::copy_n(sums, KWeighting::kFrames, squares);
}
SEGUE_LOOP(void, runGroups,
           (KWeighting::Matrix & matrix, const float* x, std::int64_t numGroups, float* squares),
           (matrix, x, numGroups, squares))

} // namespace

KWeighting::KWeighting(int sampleRateHz) {
    const auto [shelfDesign, highPassDesign] = dsp::kWeighting(sampleRateHz);
    const Section restingShelf{dsp::normalFormOf(shelfDesign)};
    const Section restingHighPass{dsp::normalFormOf(highPassDesign)};
    const auto setColumn = [](float* result, Section shelf, Section highPass, int impulseAt) {
        for (int frame = 0; frame < kFrames; ++frame)
            result[frame] =
                static_cast<float>(highPass.step(shelf.step(frame == impulseAt ? 1 : 0)));
        const std::array<double, kStates> after{shelf.s1, shelf.s2, highPass.s1, highPass.s2};
        for (int i = 0; i < kStates; ++i)
            result[kFrames + i] = static_cast<float>(after[static_cast<std::size_t>(i)]);
    };
    for (int frame = 0; frame < kFrames; ++frame)
        setColumn(matrix_.ofInput[frame], restingShelf, restingHighPass, frame);
    constexpr int kNoImpulse = -1;
    for (int i = 0; i < kStates; ++i) {
        Section shelf = restingShelf;
        Section highPass = restingHighPass;
        *std::array{&shelf.s1, &shelf.s2, &highPass.s1, &highPass.s2}[static_cast<std::size_t>(i)] =
            1;
        setColumn(matrix_.ofState[i], shelf, highPass, kNoImpulse);
    }
}

void KWeighting::weigh(const float* x, std::int64_t numGroups, float* squares) noexcept {
    runGroups(matrix_, x, numGroups, squares);
}

} // namespace segue::analysis
