// BS.1770 gating on the energies of 100 ms hops. Serves the analysis of a track and
// the prediction of what a plan will measure; any thread.

#include "processing/analysis/Loudness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "processing/analysis/TrackAnalysis.h"

namespace segue::analysis {

namespace {

constexpr double kAbsoluteGateLufs = -70;
constexpr double kRelativeGateLu = -10;
constexpr double kRangeGateLu = -20;
constexpr std::size_t kMomentaryHops = 4;  // 400 ms
constexpr std::size_t kShortTermHops = 30; // 3 s

/// Means over `window` hops, one per hop; a track shorter than the window gives one mean over all
/// of it.
std::vector<double> slidingMeans(const std::vector<double>& hops, std::size_t window) {
    std::vector<double> means;
    if (hops.empty())
        return means;
    const std::size_t length = std::min(window, hops.size());
    double sum =
        std::accumulate(hops.begin(), hops.begin() + static_cast<std::ptrdiff_t>(length), 0.0);
    means.reserve(hops.size() - length + 1);
    means.push_back(sum / static_cast<double>(window));
    for (std::size_t i = length; i < hops.size(); ++i) {
        sum += hops[i] - hops[i - length];
        means.push_back(std::max(sum, 0.0) / static_cast<double>(window));
    }
    return means;
}

double meanAbove(const std::vector<double>& values, double threshold) {
    double sum = 0;
    std::int64_t count = 0;
    for (const double value : values)
        if (value >= threshold) {
            sum += value;
            ++count;
        }
    return count ? sum / static_cast<double>(count) : 0;
}

double powerOf(double lufs) {
    return std::pow(10.0, (lufs + 0.691) / 10.0);
}

double gatedMean(const std::vector<double>& blocks, double relativeGateLu, double& gate) {
    const double absolute = powerOf(kAbsoluteGateLufs);
    gate = std::max(absolute, meanAbove(blocks, absolute) * std::pow(10.0, relativeGateLu / 10.0));
    return meanAbove(blocks, gate);
}

double percentile(const std::vector<double>& sorted, double part) {
    return sorted[static_cast<std::size_t>(
        std::lround(part * static_cast<double>(sorted.size() - 1)))];
}

} // namespace

std::vector<double> channelWeights(int numChannels) {
    std::vector<double> weights(static_cast<std::size_t>(numChannels), 1.0);
    const int firstSurround = numChannels >= 6 ? 4 : numChannels == 5 ? 3 : 2;
    if (numChannels >= 4)
        std::fill(weights.begin() + firstSurround, weights.end(), 1.41);
    if (numChannels >= 6)
        weights[3] = 0;
    return weights;
}

double lufsOf(double meanSquare) {
    return meanSquare > 1e-12 ? -0.691 + 10.0 * std::log10(meanSquare) : TrackAnalysis::kSilenceDb;
}

double integratedLufs(const std::vector<double>& hopMeanSquares) {
    double gate = 0;
    return lufsOf(gatedMean(slidingMeans(hopMeanSquares, kMomentaryHops), kRelativeGateLu, gate));
}

LoudnessSummary summarize(const std::vector<double>& hopMeanSquares) {
    LoudnessSummary summary{integratedLufs(hopMeanSquares), 0, TrackAnalysis::kSilenceDb};
    std::vector<double> momentary = slidingMeans(hopMeanSquares, kMomentaryHops);
    std::vector<double> shortTerm = slidingMeans(hopMeanSquares, kShortTermHops);
    if (momentary.empty())
        return summary;

    double gate = 0;
    gatedMean(shortTerm, kRangeGateLu, gate);
    std::erase_if(shortTerm, [&](double value) { return value < gate; });
    if (shortTerm.size() > 1) {
        std::sort(shortTerm.begin(), shortTerm.end());
        summary.loudnessRangeLu =
            lufsOf(percentile(shortTerm, 0.95)) - lufsOf(percentile(shortTerm, 0.10));
    }
    std::erase_if(momentary, [](double value) { return value < powerOf(kAbsoluteGateLufs); });
    if (!momentary.empty()) {
        std::sort(momentary.begin(), momentary.end());
        summary.noiseFloorLufs = lufsOf(percentile(momentary, 0.05));
    }
    return summary;
}

void SlidingMaximum::add(double value) noexcept {
    sum_ += value - window_[oldest_];
    window_[oldest_] = value;
    oldest_ = oldest_ + 1 == window_.size() ? 0 : oldest_ + 1;
    largest_ = std::max(largest_, sum_);
}

} // namespace segue::analysis
