// Analyses as vectors that statistics can be made of. Pure functions, any thread.

#include "processing/mastering/ToneFeatures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;

// The range in which every kind of music has energy gives the level: 100 Hz .. 8 kHz.
constexpr std::size_t kLevelFirst = 7;
constexpr std::size_t kLevelEnd = 27;
// A side this far below mid is mono for every purpose; one this far above is no music's.
constexpr double kMonoSideDb = -25;
constexpr double kWidestSideDb = 12;
constexpr double kLowestHz = 25;

/// Spreads of the band's level over time: of the quieter half (10th percentile to median) and of
/// the louder one (median to 95th), as the logarithm of their product.
double dynamicsOf(const TrackAnalysis& a, std::size_t band) {
    // Hops of the music itself, not its silences: within 30 dB of the loud ones.
    constexpr double kMusicDb = 30;
    constexpr double kLeastSpreadDb = 0.2;
    constexpr double kMostSpreadDb = 50;
    std::vector<analysis::CurveByte> loudness = a.loudnessCurve;
    const auto percentile = [](std::vector<analysis::CurveByte>& values, double part) {
        const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
        std::nth_element(values.begin(), values.begin() + at, values.end());
        return analysis::curveDb(values[static_cast<std::size_t>(at)]);
    };
    const double quietest = percentile(loudness, 0.95) - kMusicDb;
    std::vector<analysis::CurveByte> levels;
    for (std::size_t hop = 0; hop < a.loudnessCurve.size(); ++hop)
        if (analysis::curveDb(a.loudnessCurve[hop]) >= quietest)
            levels.push_back(a.bandCurves[band][hop]);
    const double low = percentile(levels, 0.10);
    const double middle = percentile(levels, 0.50);
    const double high = percentile(levels, 0.95);
    return std::log(std::clamp(middle - low, kLeastSpreadDb, kMostSpreadDb)) +
           std::log(std::clamp(high - middle, kLeastSpreadDb, kMostSpreadDb));
}

} // namespace

double loudestBandDb(const TrackAnalysis& a) {
    return *std::max_element(a.midDb.begin(), a.midDb.end());
}

ToneFeatures toneFeaturesOf(const TrackAnalysis& a) {
    ToneFeatures features;
    const double empty = loudestBandDb(a) - kEmptyBandDb;
    double level = 0;
    for (std::size_t band = 0; band < ToneFeatures::kBands; ++band) {
        const double mid = std::max(a.midDb[band], empty);
        if (band >= kLevelFirst && band < kLevelEnd)
            level += mid / static_cast<double>(kLevelEnd - kLevelFirst);
        const double hz = toneBandHz(static_cast<int>(band));
        const bool sounds = hz > kLowestHz && hz < 0.45 * a.sampleRateHz && a.midDb[band] > empty;
        features.values[ToneFeatures::kMid + band] = mid;
        features.measured[ToneFeatures::kMid + band] = sounds;
        const double side = a.sideDb[band] - a.midDb[band];
        features.values[ToneFeatures::kSideToMid + band] =
            std::clamp(side, kMonoSideDb, kWidestSideDb);
        features.measured[ToneFeatures::kSideToMid + band] =
            sounds && a.numChannels == 2 && side > kMonoSideDb;
    }
    for (std::size_t band = 0; band < ToneFeatures::kBands; ++band)
        features.values[ToneFeatures::kMid + band] -= level;
    for (std::size_t band = 0; band < dsp::kNumBands; ++band) {
        const bool known = !a.loudnessCurve.empty();
        features.values[ToneFeatures::kDynamics + band] = known ? dynamicsOf(a, band) : 0;
        features.measured[ToneFeatures::kDynamics + band] = known;
    }
    return features;
}

} // namespace segue::mastering
