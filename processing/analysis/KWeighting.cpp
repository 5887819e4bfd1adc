// The matrix is found by running the two filters frame by frame in double precision, once for each
// of its columns. One thread at a time.

#include "processing/analysis/KWeighting.h"

#include <array>
#include <cstddef>

#include "processing/dsp/FilterDesign.h"

namespace segue::analysis {

namespace {

using dsp::NormalForm;
using dsp::V16;

/// One filter, frame by frame.
struct Section {
    NormalForm form;
    double s1 = 0, s2 = 0;

    double step(double x) {
        const double y = form.d * x + form.c1 * s1 + form.c2 * s2;
        const double next1 = x + form.a11 * s1 + form.a12 * s2;
        s2 = form.a21 * s1 + form.a22 * s2;
        s1 = next1;
        return y;
    }
};

template <int lane>
SEGUE_INLINE void broadcast(const V16& v, V16& out) {
    out = __builtin_shufflevector(v, v, lane, lane, lane, lane, lane, lane, lane, lane, lane, lane,
                                  lane, lane, lane, lane, lane, lane);
}

SEGUE_HOT_LOOP void runGroups(KWeighting::Matrix* matrix, const float* x, std::int64_t numGroups,
                              float* squares) {
    const KWeighting::Matrix m = *matrix;
    V16 last = m.last;
    V16 sum{};
    for (std::int64_t group = 0; group < numGroups; ++group, x += KWeighting::kFrames) {
        V16 states[KWeighting::kStates];
        broadcast<KWeighting::kFrames>(last, states[0]);
        broadcast<KWeighting::kFrames + 1>(last, states[1]);
        broadcast<KWeighting::kFrames + 2>(last, states[2]);
        broadcast<KWeighting::kFrames + 3>(last, states[3]);
        const V16 ofInput = ((m.ofInput[0] * x[0] + m.ofInput[1] * x[1]) +
                             (m.ofInput[2] * x[2] + m.ofInput[3] * x[3])) +
                            ((m.ofInput[4] * x[4] + m.ofInput[5] * x[5]) +
                             (m.ofInput[6] * x[6] + m.ofInput[7] * x[7]));
        last = ofInput + ((m.ofState[0] * states[0] + m.ofState[1] * states[1]) +
                          (m.ofState[2] * states[2] + m.ofState[3] * states[3]));
        sum += last * last;
    }
    matrix->last = last;
    for (int frame = 0; frame < KWeighting::kFrames; ++frame)
        squares[frame] = sum[frame];
}

} // namespace

KWeighting::KWeighting(int sampleRateHz) {
    const auto [shelfDesign, highPassDesign] = dsp::kWeighting(sampleRateHz);
    const Section restingShelf{dsp::normalFormOf(shelfDesign)};
    const Section restingHighPass{dsp::normalFormOf(highPassDesign)};
    const auto column = [](Section shelf, Section highPass, int impulseAt) {
        V16 result{};
        for (int frame = 0; frame < kFrames; ++frame)
            result[frame] =
                static_cast<float>(highPass.step(shelf.step(frame == impulseAt ? 1 : 0)));
        const std::array<double, kStates> after{shelf.s1, shelf.s2, highPass.s1, highPass.s2};
        for (int i = 0; i < kStates; ++i)
            result[kFrames + i] = static_cast<float>(after[static_cast<std::size_t>(i)]);
        return result;
    };
    for (int frame = 0; frame < kFrames; ++frame)
        matrix_.ofInput[frame] = column(restingShelf, restingHighPass, frame);
    constexpr int kNoImpulse = -1;
    for (int i = 0; i < kStates; ++i) {
        Section shelf = restingShelf;
        Section highPass = restingHighPass;
        *std::array{&shelf.s1, &shelf.s2, &highPass.s1, &highPass.s2}[static_cast<std::size_t>(i)] =
            1;
        matrix_.ofState[i] = column(shelf, highPass, kNoImpulse);
    }
}

void KWeighting::weigh(const float* x, std::int64_t numGroups, float* squares) noexcept {
    runGroups(&matrix_, x, numGroups, squares);
}

} // namespace segue::analysis
