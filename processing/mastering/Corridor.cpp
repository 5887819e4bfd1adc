// The built-in corridor of the adaptive target. Pure functions, any thread.

#include "processing/mastering/Corridor.h"

#include <algorithm>
#include <cmath>

#include "processing/analysis/TrackAnalysis.h"

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

ToneGains corridorCorrection(const analysis::TrackAnalysis& a) {
    std::array<double, analysis::kNumThirdOctaves> distance{};
    double sum = 0;
    int count = 0;
    const auto audible = [&](int i) { return analysis::thirdOctaveHz(i) < 0.45 * a.sampleRateHz; };
    for (int i = 0; i < analysis::kNumThirdOctaves; ++i) {
        const auto index = static_cast<std::size_t>(i);
        const double power =
            std::pow(10.0, a.midDb[index] / 10) + std::pow(10.0, a.sideDb[index] / 10);
        const double hz = analysis::thirdOctaveHz(i);
        distance[index] = 10 * std::log10(power + 1e-12) - Corridor::centreDb(hz);
        if (hz >= kAlignFromHz && hz <= kAlignToHz && audible(i)) {
            sum += distance[index];
            ++count;
        }
    }
    const double level = count ? sum / count : 0;

    ToneGains gains{};
    for (int band = 0; band < kNumToneBands; ++band) {
        // The octave's own third and its neighbours: 1 kHz is index 17, three thirds per octave.
        const int middle = 17 + 3 * (band - 5);
        double correction = 0;
        int thirds = 0;
        for (int i = std::max(middle - 1, 0);
             i <= std::min(middle + 1, analysis::kNumThirdOctaves - 1); ++i) {
            if (!audible(i))
                continue;
            const auto index = static_cast<std::size_t>(i);
            const double off = distance[index] - level;
            const double width = Corridor::halfWidthDb(analysis::thirdOctaveHz(i));
            double excess = off > width ? width - off : (off < -width ? -width - off : 0);
            if (excess > 0)
                excess = boost(excess, std::max(a.midDb[index], a.sideDb[index]),
                               analysis::thirdOctaveHz(i));
            correction += excess;
            ++thirds;
        }
        if (thirds)
            gains[static_cast<std::size_t>(band)] =
                std::clamp(correction / thirds, -kMaxCorrectionDb, kMaxCorrectionDb);
    }
    return gains;
}

} // namespace segue::mastering
