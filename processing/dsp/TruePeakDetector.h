#pragma once

#include <cstdint>

namespace segue::dsp {

/// True peak of a channel, as measured and as limited: one detector for both.
///
/// Points between samples by a polyphase FIR of kTaps taps per phase (Kaiser-windowed sinc), three
/// after each sample, and where those come near the threshold seven. Its response is flat within
/// 0.05 dB up to 0.45 of the rate; against a sine it reads within +0.05/-0.15 dB there, whatever
/// the phase.
/// @source ITU-R BS.1770-4 Annex 2
struct TruePeakDetector {
    static constexpr int kTaps = 32;
    /// The points belong to frames n + kDelayFrames .. when x points at frame n.
    static constexpr int kDelayFrames = kTaps / 2 - 1;
    static constexpr int kGroupFrames = 16;
    /// What a group's points are made from.
    static constexpr int kWindowFrames = kGroupFrames + kTaps - 1;

    /// Largest magnitude among the samples of kGroupFrames frames and the points after each, if it
    /// is more than 0.1 dB above `threshold`; otherwise that or less, which is found sooner.
    /// @param x  kWindowFrames frames; the group begins at x[kDelayFrames]
    /// @thread any; no state
    static float groupPeak(const float* x, float threshold) noexcept;
};

} // namespace segue::dsp
