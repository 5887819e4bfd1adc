// Analyses of synthetic music, for tests of plans.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "processing/analysis/TrackAnalysis.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::test {

/// 30 seconds of stereo music at `gain`, with a click of this height every five seconds.
inline analysis::TrackAnalysis analysisOfMusic(double gain, double click = 0) {
    constexpr int kRate = 44100;
    const std::atomic<bool> never{false};
    AudioBuffer audio = musicLike(2, 30 * kRate, kRate);
    for (int c = 0; c < 2; ++c)
        for (std::int64_t n = 0; n < audio.numFrames(); ++n)
            audio.channel(c)[n] = static_cast<float>(gain) * audio.channel(c)[n] +
                                  (n % (5 * kRate) == kRate ? static_cast<float>(click) : 0.0f);
    BufferSource source(std::move(audio), kRate);
    return analysis::analyse(source, analysis::Coverage::Full, never).value();
}

} // namespace segue::test
