#pragma once

#include <cstdint>

namespace segue::dsp {

/// Four-times oversampled peak of a channel, as measured and as limited: one detector for both.
///
/// A polyphase FIR of kTaps taps per phase (Kaiser-windowed sinc, cut at 20 kHz of 44.1 kHz); phase
/// 0 is the sample itself. Against a sine it reads within +0.1/-0.25 dB up to 0.4 of the rate.
/// @source ITU-R BS.1770-4 Annex 2
struct TruePeakDetector {
    static constexpr int kTaps = 16;
    /// The points belong to frames n + kDelayFrames .. when x points at frame n.
    static constexpr int kDelayFrames = kTaps / 2 - 1;
    static constexpr int kGroupFrames = 16;

    /// Largest magnitude among the samples and the three points after each, of kGroupFrames frames.
    /// @param x  kGroupFrames + kTaps - 1 frames; the group begins at x[kDelayFrames]
    /// @thread any; no state
    static float groupPeak(const float* x) noexcept;

    /// No point can exceed this many times the largest magnitude of the frames around it.
    static double largestOvershoot() noexcept;
};

} // namespace segue::dsp
