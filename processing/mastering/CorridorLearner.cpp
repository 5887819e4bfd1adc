// From a library's tracks to the Gaussian that describes them. Pure functions, any thread.

#include <algorithm>
#include <cmath>
#include <utility>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Cholesky.h"
#include "processing/mastering/LearnedCorridor.h"

namespace segue::mastering {

namespace {

constexpr std::size_t kCount = ToneFeatures::kCount;

// Degrees of freedom of the t distribution: small, for libraries have odd tracks.
constexpr double kFreedom = 5;
constexpr int kPasses = 8; // of the fit; the weights change by less than 1 % after five
// That many tracks weigh as much as the assumption that only neighbouring bands vary together.
constexpr double kShrinkageTracks = 60;
constexpr double kNeighbourOctaves = 2; // how far "neighbouring" reaches
constexpr double kOwnPart = 0.1;        // of a band's variance that no neighbour shares
// What spectra of one and the same recording differ by: excerpts, fades, codecs.
constexpr double kBandNoiseDb = 1.5;
constexpr double kDynamicsNoise = 0.2;
constexpr double kLeastSpreadDb = 0.3;

using Rows = std::vector<std::vector<double>>;

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// What is not measured takes the feature's median: it says nothing then.
Rows completed(const std::vector<ToneFeatures>& tracks) {
    Rows rows(tracks.size(), std::vector<double>(kCount));
    for (std::size_t i = 0; i < kCount; ++i) {
        std::vector<double> known;
        for (const ToneFeatures& track : tracks)
            if (track.measured[i] || i < ToneFeatures::kSideToMid)
                known.push_back(track.values[i]);
        const double middle = known.empty() ? 0 : median(known);
        for (std::size_t t = 0; t < tracks.size(); ++t)
            rows[t][i] = tracks[t].measured[i] || i < ToneFeatures::kSideToMid ? tracks[t].values[i]
                                                                               : middle;
    }
    return rows;
}

double correlationOfBands(std::size_t i, std::size_t j) {
    if (i == j)
        return 1;
    const std::size_t bands = ToneFeatures::kBands;
    if (i / bands != j / bands || i >= ToneFeatures::kDynamics)
        return 0;
    const double octaves = (static_cast<double>(i) - static_cast<double>(j)) / 3;
    return (1 - kOwnPart) * std::exp(-std::abs(octaves) / kNeighbourOctaves);
}

double noiseOf(std::size_t feature) {
    return feature < ToneFeatures::kDynamics ? kBandNoiseDb * kBandNoiseDb
                                             : kDynamicsNoise * kDynamicsNoise;
}

/// What is being fitted; of the covariance only the lower triangle is used.
struct Gaussian {
    std::vector<double> mean = std::vector<double>(kCount);
    std::vector<double> covariance = std::vector<double>(kCount * kCount);
};

/// @param weights  of the rows; their mean is 1
Gaussian gaussianOf(const Rows& rows, const std::vector<double>& weights) {
    const auto count = static_cast<double>(rows.size());
    Gaussian fit;
    for (std::size_t t = 0; t < rows.size(); ++t)
        for (std::size_t i = 0; i < kCount; ++i)
            fit.mean[i] += weights[t] * rows[t][i] / count;
    for (std::size_t t = 0; t < rows.size(); ++t)
        for (std::size_t i = 0; i < kCount; ++i)
            for (std::size_t j = 0; j <= i; ++j)
                fit.covariance[i * kCount + j] +=
                    weights[t] * (rows[t][i] - fit.mean[i]) * (rows[t][j] - fit.mean[j]) / count;
    return fit;
}

/// Towards a covariance of neighbouring bands only.
/// @param part  how far, 0 .. 1
void shrink(std::vector<double>& covariance, double part) {
    std::vector<double> spread(kCount);
    for (std::size_t i = 0; i < kCount; ++i)
        spread[i] = std::sqrt(covariance[i * kCount + i]) + kLeastSpreadDb;
    for (std::size_t i = 0; i < kCount; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double& value = covariance[i * kCount + j];
            value = (1 - part) * value + part * spread[i] * spread[j] * correlationOfBands(i, j) +
                    (i == j ? noiseOf(i) : 0);
        }
}

/// The less, the odder a row is under the fit; their mean is 1.
std::vector<double> weightsUnder(const Rows& rows, const std::vector<double>& mean,
                                 const Cholesky& factor) {
    std::vector<double> weights;
    double sum = 0;
    for (std::vector<double> off : rows) {
        for (std::size_t i = 0; i < kCount; ++i)
            off[i] -= mean[i];
        off = factor.whiten(std::move(off));
        weights.push_back((kFreedom + static_cast<double>(kCount)) /
                          (kFreedom + innerProduct(off, off)));
        sum += weights.back();
    }
    for (double& weight : weights)
        weight *= static_cast<double>(rows.size()) / sum;
    return weights;
}

} // namespace

bool CorridorLearner::add(const analysis::TrackAnalysis& a) {
    if (a.silent() || a.coverage != analysis::Coverage::Full)
        return false;
    tracks_.push_back(toneFeaturesOf(a));
    return true;
}

Result<LearnedCorridor> CorridorLearner::learn() const {
    if (numTracks() < LearnedCorridor::kMinTracks)
        return fail(ErrorCode::InvalidArgument, "a corridor is learned from at least " +
                                                    std::to_string(LearnedCorridor::kMinTracks) +
                                                    " tracks, not from " +
                                                    std::to_string(numTracks()));
    Rows rows = completed(tracks_);
    std::sort(rows.begin(), rows.end()); // sums of doubles depend on their order
    const double shrinkage =
        kShrinkageTracks / (kShrinkageTracks + static_cast<double>(rows.size()));

    Gaussian fit;
    std::vector<double> weights(rows.size(), 1.0);
    for (int pass = 0; pass < kPasses; ++pass) {
        fit = gaussianOf(rows, weights);
        shrink(fit.covariance, shrinkage);
        const auto factor = Cholesky::of(fit.covariance, kCount);
        if (!factor)
            return fail(ErrorCode::Internal, "the library's covariance is not positive definite");
        weights = weightsUnder(rows, fit.mean, *factor);
    }

    std::vector<double> lower;
    for (std::size_t i = 0; i < kCount; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            lower.push_back(fit.covariance[i * kCount + j]);
    const auto stereo = std::count_if(tracks_.begin(), tracks_.end(), [](const ToneFeatures& f) {
        return std::any_of(f.measured.begin() + ToneFeatures::kSideToMid,
                           f.measured.begin() + ToneFeatures::kDynamics, [](bool m) { return m; });
    });
    return LearnedCorridor::make(numTracks(), static_cast<int>(stereo), std::move(fit.mean),
                                 std::move(lower));
}

} // namespace segue::mastering
