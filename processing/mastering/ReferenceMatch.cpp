// The tonal half of reference mode. Pure functions, any thread.

#include "processing/mastering/ReferenceMatch.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/ReferenceProfile.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;

// The common level is found where every kind of music has energy.
constexpr double kAlignFromHz = 100;
constexpr double kAlignToHz = 6000;
// A third octave this far below the track's loudness, or as near as this to the -102 dBFS that
// dither of 16 bits leaves in one, holds hiss or rumble: it may be cut, not lifted.
constexpr double kNoiseBelowLoudnessDb = 70;
constexpr double kNoiseDb = -90;
// Side this far below mid is what dither and rounding leave of a mono recording.
constexpr double kMonoBelowMidDb = 40;

struct Level {
    double source, reference;
};

/// dB that the band is moved: to the reference, within the bounds.
double moveOf(const Level& level, double noiseDb, bool& limited) {
    double move = level.reference - level.source;
    if (move > 0 && level.source < noiseDb) {
        limited = true;
        return 0;
    }
    if (std::abs(move) > kMaxReferenceDb) {
        limited = true;
        move = std::clamp(move, -kMaxReferenceDb, kMaxReferenceDb);
    }
    return move;
}

} // namespace

ReferenceTone referenceTone(const TrackAnalysis& a, const ReferenceProfile& reference) {
    const double noiseDb = std::max(a.integratedLufs - kNoiseBelowLoudnessDb, kNoiseDb);
    const auto audible = [&](double hz) { return hz < 0.45 * a.sampleRateHz; };
    double apart = 0;
    int count = 0;
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        const double hz = toneBandHz(band);
        if (hz < kAlignFromHz || hz > kAlignToHz || !audible(hz) || a.midDb[b] < noiseDb)
            continue;
        apart += reference.midDb[b] - a.midDb[b];
        ++count;
    }
    const double common = count ? apart / count : 0;

    ReferenceTone result;
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        const double hz = toneBandHz(band);
        if (!audible(hz))
            continue;
        double& mid = result.tone.mid[b];
        double& side = result.tone.side[b];
        mid = moveOf({a.midDb[b] + common, reference.midDb[b]}, noiseDb + common, result.limited);
        side = mid;
        const bool mono = a.sideDb[b] < a.midDb[b] - kMonoBelowMidDb;
        if (a.numChannels == 2 && reference.stereo && !mono)
            side = moveOf({a.sideDb[b] + common, reference.sideDb[b]}, noiseDb + common,
                          result.limited);
    }
    return result;
}

} // namespace segue::mastering
