#pragma once

#include <vector>

#include "generation/Synthesis.h"

namespace segue::generation {

struct Room {
    double seconds = 2.0;    ///< until the low middle has fallen by 60 dB
    double dampingHz = 5000; ///< above, it falls faster
    double size = 1.0;       ///< factor on the lengths of its paths
    double predelaySeconds = 0.015;
};

/// What the room answers to `dry` alone: eight delay lines that feed each other, with diffusers
/// before them and slow movement inside, so that no single echo or ring stands out. The answer
/// begins after `predelaySeconds`.
Bus reverberated(Bus& dry, const Room& room);

/// Echoes that go from side to side, each duller than the last, alone.
Bus pingPong(Bus& dry, double seconds, double feedback, double dampingHz);

/// Multiplies by 1 - depth at each of `times`, back to 1 within `recoverySeconds`.
void duck(Bus& bus, const std::vector<double>& times, double depth, double recoverySeconds);

struct Finish {
    double integratedLufs = -16;
    double ceilingDbfs = -1.2; ///< of samples; leaves room for the peaks between them
    double fadeOutSeconds = 2;
};

/// Takes out DC, brings the mix to its loudness under the ceiling, and closes both ends in silence.
/// @return  false when the loudness cannot be measured (a mix of nothing)
bool finish(Bus& mix, const Finish& finish);

} // namespace segue::generation
