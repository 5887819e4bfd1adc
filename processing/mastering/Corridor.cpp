// The built-in corridor of the adaptive target. Pure functions, any thread.

#include "processing/mastering/Corridor.h"

#include <algorithm>
#include <cmath>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/types/Decibels.h"

namespace segue::mastering {

namespace {

// A third octave this far down holds hiss or rumble: lifting it lifts only that.
constexpr double kNoiseDbfs = -80;
// The corridor is laid over the track by the mean distance in this range, where every kind of music
// has energy.
constexpr double kAlignFromHz = 100;
constexpr double kAlignToHz = 6000;

// A band that is a little weak is lifted; one that is almost empty is so by intent (a solo flute
// has no bass), and lifting it would only bring up rumble and hiss.
constexpr double kMaxBoostDb = 3;
constexpr double kBoostFromHz = 45;
constexpr double kWeakDb = 8;
constexpr double kEmptyDb = 16;

double boost(double missingDb, double levelDbfs, double frequencyHz) {
    if (levelDbfs < kNoiseDbfs || frequencyHz < kBoostFromHz)
        return 0;
    const double part = std::clamp((kEmptyDb - missingDb) / (kEmptyDb - kWeakDb), 0.0, 1.0);
    return std::min(missingDb, kMaxBoostDb) * part;
}

} // namespace

double Corridor::centreDb(double frequencyHz) {
    const double octaves = std::log2(frequencyHz / 100.0);
    if (octaves < 0)
        return 5.0 * octaves + (octaves < -1 ? 6.0 * (octaves + 1) : 0.0);
    const double above = std::log2(frequencyHz / 4000.0);
    return -2.0 * octaves - (above > 0 ? 3.0 * above : 0.0);
}

double Corridor::halfWidthDb(double frequencyHz) {
    const double fromMiddle = std::abs(std::log2(frequencyHz / 700.0));
    return 5.0 + std::max(0.0, fromMiddle - 2.5) * 2.0;
}

Correction builtInCorrection(const analysis::TrackAnalysis& a) {
    ToneGains distance{};
    double sum = 0;
    int count = 0;
    const auto audible = [&](double hz) { return hz < 0.45 * a.sampleRateHz; };
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        const double power = powerOf(a.midDb[b]) + powerOf(a.sideDb[b]);
        const double hz = toneBandHz(band);
        distance[b] = 10 * std::log10(power + 1e-12) - Corridor::centreDb(hz);
        if (hz >= kAlignFromHz && hz <= kAlignToHz && audible(hz)) {
            sum += distance[b];
            ++count;
        }
    }
    const double level = count ? sum / count : 0;

    ToneGains wanted{};
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        const double hz = toneBandHz(band);
        if (!audible(hz))
            continue;
        const double off = distance[b] - level;
        const double width = Corridor::halfWidthDb(hz);
        const double excess = off > width ? width - off : (off < -width ? -width - off : 0);
        wanted[b] = excess > 0 ? boost(excess, std::max(a.midDb[b], a.sideDb[b]), hz) : excess;
    }

    // A corridor knows broad balance only: an octave's mean, so that no single note is equalised.
    Correction correction{.tone = {}, .source = "the built-in corridor"};
    for (int band = 0; band < kNumToneBands; ++band) {
        const int first = std::max(band - 1, 0);
        const int last = std::min(band + 1, kNumToneBands - 1);
        double mean = 0;
        for (int i = first; i <= last; ++i)
            mean += wanted[static_cast<std::size_t>(i)] / (last - first + 1);
        correction.tone.mid[static_cast<std::size_t>(band)] =
            std::clamp(mean, -kMaxCorrectionDb, kMaxCorrectionDb);
    }
    correction.tone.side = correction.tone.mid;
    return correction;
}

} // namespace segue::mastering
