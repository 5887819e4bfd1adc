#pragma once

#include <cstdint>

namespace segue::dsp {

/// a, b: left and right become mid = (l+r)/2 and side = (l-r)/2, in place. @thread any; no
/// allocation
void toMidSide(float* a, float* b, std::int64_t numFrames) noexcept;
/// And back.
void toLeftRight(float* a, float* b, std::int64_t numFrames) noexcept;

} // namespace segue::dsp
