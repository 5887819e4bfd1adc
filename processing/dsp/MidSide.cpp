// The mid/side matrix and its inverse. Stateless, any thread.

#include "processing/dsp/MidSide.h"

#include "processing/dsp/SimdVector.h"

namespace segue::dsp {

namespace {

SEGUE_HOT_LOOP void midSideLoop(float* a, float* b, std::int64_t numFrames) {
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const float left = a[i];
        const float right = b[i];
        a[i] = 0.5f * (left + right);
        b[i] = 0.5f * (left - right);
    }
}

SEGUE_HOT_LOOP void leftRightLoop(float* a, float* b, std::int64_t numFrames) {
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const float mid = a[i];
        const float side = b[i];
        a[i] = mid + side;
        b[i] = mid - side;
    }
}

} // namespace

void toMidSide(float* a, float* b, std::int64_t numFrames) noexcept {
    midSideLoop(a, b, numFrames);
}

void toLeftRight(float* a, float* b, std::int64_t numFrames) noexcept {
    leftRightLoop(a, b, numFrames);
}

} // namespace segue::dsp
