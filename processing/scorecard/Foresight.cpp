// Pictures that were foreseen beside those of what was rendered. Pure functions, any thread.

#include "processing/scorecard/Foresight.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "processing/mastering/EffectPreview.h"

namespace segue::scorecard {

namespace {

using mastering::ToneGains;
using mastering::TrackPicture;

// Below lies what dither leaves, and what nobody sees.
constexpr double kLeastShortTermLufs = -60;
constexpr double kLeastPeak = 0.003; // -50 dBFS
constexpr double kLeastBandDb = -90;
constexpr double kBandsBelowLoudestDb = 60;
constexpr double kShortTermToleranceLu = 1;

double shortTermPart(const TrackPicture& foreseen, const TrackPicture& real) {
    if (!foreseen.shortTermLufs || !real.shortTermLufs)
        return 1;
    const std::size_t steps = std::min(foreseen.shortTermLufs->size(), real.shortTermLufs->size());
    std::size_t count = 0;
    std::size_t close = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const double lufs = (*real.shortTermLufs)[i];
        if (lufs < kLeastShortTermLufs)
            continue;
        ++count;
        close += std::abs((*foreseen.shortTermLufs)[i] - lufs) <= kShortTermToleranceLu ? 1 : 0;
    }
    return count ? static_cast<double>(close) / static_cast<double>(count) : 1;
}

double thirdOctavesDb(const TrackPicture& foreseen, const TrackPicture& real) {
    const double loudest = *std::max_element(real.midDb.begin(), real.midDb.end());
    const double least = std::max(kLeastBandDb, loudest - kBandsBelowLoudestDb);
    double squares = 0;
    int count = 0;
    const auto add = [&](const ToneGains& wanted, const ToneGains& levels) {
        for (std::size_t band = 0; band < levels.size(); ++band)
            if (levels[band] > least) {
                squares += std::pow(wanted[band] - levels[band], 2);
                ++count;
            }
    };
    add(foreseen.midDb, real.midDb);
    add(foreseen.sideDb, real.sideDb);
    return count ? std::sqrt(squares / count) : 0;
}

double peaksDb(const TrackPicture& foreseen, const TrackPicture& real) {
    std::vector<double> apart;
    for (std::size_t i = 0; i < std::min(foreseen.waveform.size(), real.waveform.size()); ++i)
        if (real.waveform[i] >= kLeastPeak)
            apart.push_back(
                std::abs(20 * std::log10(std::max(foreseen.waveform[i], 1e-6) / real.waveform[i])));
    if (apart.empty())
        return 0;
    const auto middle = apart.begin() + static_cast<std::ptrdiff_t>(apart.size() / 2);
    std::nth_element(apart.begin(), middle, apart.end());
    return *middle;
}

} // namespace

ForesightError foresightError(const analysis::TrackAnalysis& before,
                              const mastering::MasteringPlan& plan,
                              const analysis::TrackAnalysis& after) {
    mastering::MasteringPlan nothing;
    nothing.intensity = 0;
    const TrackPicture foreseen =
        mastering::previewEffect(before, plan, nullptr, mastering::kMostEffectSteps).after;
    const TrackPicture real =
        mastering::previewEffect(after, nothing, nullptr, mastering::kMostEffectSteps).before;
    return {std::abs(foreseen.integratedLufs - real.integratedLufs), shortTermPart(foreseen, real),
            thirdOctavesDb(foreseen, real), peaksDb(foreseen, real)};
}

} // namespace segue::scorecard
