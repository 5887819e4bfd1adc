// What a library makes of a track: which fault is likely, how large, and how much of it may be
// taken back; and the corridor's bytes. Pure functions, any thread.

#include "processing/mastering/LearnedCorridor.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Cholesky.h"
#include "processing/mastering/FaultPosterior.h"
#include "processing/mastering/StereoImage.h"
#include "processing/mastering/ToneFaults.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;
using nlohmann::json;

// Raised whenever the same library would correct the same track otherwise.
constexpr std::uint32_t kFormatVersion = 3;
constexpr std::size_t kCount = ToneFeatures::kCount;
// Below it a boost costs headroom and moves loudspeakers; nobody hears more music.
constexpr double kBoostFromHz = 36;
constexpr double kMaxSideBoostDb = 6;
constexpr double kSaidDb = 0.1; // a rule that takes less than this is not worth a word

/// The vector that a fault of amount 1 adds to the features at `used`.
std::vector<double> effectOf(const ToneFault& fault, const std::vector<std::size_t>& used) {
    std::vector<double> effect;
    for (const std::size_t i : used)
        effect.push_back(i < ToneFeatures::kSideToMid  ? fault.shape[i]
                         : i < ToneFeatures::kDynamics ? fault.side
                                                       : 0);
    return effect;
}

/// @param off  the deviation of the features at `used` from what is expected, whitened by `factor`
FaultPosterior posteriorOf(const Cholesky& factor, const std::vector<double>& off,
                           const std::vector<std::size_t>& used) {
    // Squared distance from the library per feature, at least: how well even the most ordinary
    // track is known.
    constexpr double kLeastDistance = 0.25;

    struct Match {
        double power, match; ///< effect squared, effect times deviation, both whitened
    };
    std::vector<Match> matches;
    const double distance = innerProduct(off, off);
    double explained = 0; // of the distance, by the best single fault
    for (const ToneFault& fault : toneFaults()) {
        const std::vector<double> effect = factor.whiten(effectOf(fault, used));
        const Match m{innerProduct(effect, effect), innerProduct(effect, off)};
        explained = std::max(explained, m.match * m.match /
                                            (m.power + 1 / fault.usualAmount / fault.usualAmount));
        matches.push_back(m);
    }
    // What is odd about the track whatever its fault widens the corridor for it.
    const double scale =
        std::max(kLeastDistance, (distance - explained) / static_cast<double>(used.size()));

    // Every fault goes two ways, too much and too little.
    FaultPosterior posterior;
    double largest = std::log(kNoFaultWeight); // of the logarithms of unnormalised probabilities
    for (std::size_t k = 0; k < matches.size(); ++k)
        for (const double usual : {toneFaults()[k].usualAmount, -toneFaults()[k].usualAmount}) {
            const double variance = usual * usual / 4;
            const double precision = 1 / variance + matches[k].power / scale;
            const double amount = (usual / variance + matches[k].match / scale) / precision;
            const double logWeight = std::log(toneFaults()[k].weight / 2) -
                                     0.5 * std::log(variance * precision) +
                                     0.5 * (amount * amount * precision - usual * usual / variance);
            largest = std::max(largest, logWeight);
            posterior.hypotheses.push_back({k, amount, 1 / std::sqrt(precision), logWeight});
        }
    posterior.none = std::exp(std::log(kNoFaultWeight) - largest);
    double total = posterior.none;
    for (FaultHypothesis& h : posterior.hypotheses) {
        h.probability = std::exp(h.probability - largest);
        total += h.probability;
    }
    posterior.none /= total;
    for (FaultHypothesis& h : posterior.hypotheses)
        h.probability /= total;
    return posterior;
}

/// The mean products of every two faults' level-free shapes over the bands that sound.
std::vector<double> shapeProducts(const std::array<bool, kCount>& measured) {
    std::vector<std::vector<double>> shapes;
    for (const ToneFault& fault : toneFaults()) {
        std::vector<double> shape;
        for (std::size_t i = 0; i < ToneFeatures::kDynamics; ++i)
            if (measured[i])
                shape.push_back(i < ToneFeatures::kSideToMid
                                    ? fault.shape[i]
                                    : fault.side + fault.shape[i - ToneFeatures::kSideToMid]);
        const double mean = std::accumulate(shape.begin(), shape.end(), 0.0) /
                            static_cast<double>(std::max<std::size_t>(shape.size(), 1));
        for (double& gain : shape)
            gain -= mean;
        shapes.push_back(std::move(shape));
    }
    std::vector<double> products;
    for (const std::vector<double>& a : shapes)
        for (const std::vector<double>& b : shapes)
            products.push_back(innerProduct(a, b) /
                               static_cast<double>(std::max<std::size_t>(a.size(), 1)));
    return products;
}

/// Level-free root mean square over the bands of mid and side that sound.
double changeDb(const ToneCurve& tone, const ToneFeatures& features) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (std::size_t i = 0; i < ToneFeatures::kDynamics; ++i) {
        if (!features.measured[i])
            continue;
        const double gain =
            i < ToneFeatures::kSideToMid ? tone.mid[i] : tone.side[i - ToneFeatures::kSideToMid];
        sum += gain;
        squares += gain * gain;
        ++count;
    }
    return count ? std::sqrt(std::max(0.0, squares / count - sum * sum / count / count)) : 0;
}

struct Repair {
    ToneCurve tone;
    double changeDb = 0;
    double deniedSideDb = 0; ///< the most that a band was not widened for the sake of mono
    bool liftsNoise = false; ///< would, were it not forbidden
};

/// Takes the fault (its side against mid) back, as far as each band may be changed.
Repair repairOf(const TrackAnalysis& a, const ToneFeatures& features, const ToneCurve& fault) {
    Repair repair;
    const double empty = loudestBandDb(a) - kEmptyBandDb;
    // What all bands share is level, which is the gain's affair.
    double level = 0;
    int count = 0;
    for (std::size_t band = 0; band < ToneFeatures::kBands; ++band)
        if (features.measured[ToneFeatures::kMid + band]) {
            level += fault.mid[band];
            ++count;
        }
    level /= std::max(count, 1);
    ToneGains wider{};
    for (std::size_t band = 0; band < ToneFeatures::kBands; ++band) {
        const double wanted =
            std::clamp(level - fault.mid[band], -kMaxCorrectionDb, kMaxCorrectionDb);
        const bool mayBoost =
            a.midDb[band] > empty && toneBandHz(static_cast<int>(band)) >= kBoostFromHz;
        repair.liftsNoise = repair.liftsNoise || (wanted > kSaidDb && !mayBoost);
        repair.tone.mid[band] = mayBoost ? wanted : std::min(wanted, 0.0);
        if (features.measured[ToneFeatures::kSideToMid + band] && a.sideDb[band] > empty)
            wider[band] = std::clamp(-fault.side[band], -kMaxSideBoostDb, kMaxSideBoostDb);
    }
    repair.deniedSideDb = widenWithinBudget(a, wider, repair.tone);
    repair.changeDb = changeDb(repair.tone, features);
    return repair;
}

} // namespace

Result<LearnedCorridor> LearnedCorridor::make(int numTracks, int numStereo,
                                              std::vector<double> mean,
                                              std::vector<double> lowerCovariance) {
    const auto finite = [](double value) { return std::abs(value) < 1e6; };
    if (numTracks < kMinTracks || numStereo < 0 || numStereo > numTracks || mean.size() != kCount ||
        lowerCovariance.size() != kCount * (kCount + 1) / 2 ||
        !std::all_of(mean.begin(), mean.end(), finite) ||
        !std::all_of(lowerCovariance.begin(), lowerCovariance.end(), finite))
        return fail(ErrorCode::Corrupt, "the stored corridor contradicts itself");
    LearnedCorridor made;
    made.numTracks_ = numTracks;
    made.numStereo_ = numStereo;
    made.mean_ = std::move(mean);
    made.lowerCovariance_ = std::move(lowerCovariance);
    std::vector<double> all(kCount * kCount);
    for (std::size_t i = 0; i < kCount; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            all[i * kCount + j] = made.covariance(i, j);
    if (!Cholesky::of(all, kCount))
        return fail(ErrorCode::Corrupt, "the stored corridor's covariance is none");
    Hasher hasher;
    hasher.number(kFormatVersion).number(static_cast<std::uint64_t>(numTracks));
    hasher.number(static_cast<std::uint64_t>(numStereo));
    for (const double value : made.mean_)
        hasher.real(value);
    for (const double value : made.lowerCovariance_)
        hasher.real(value);
    made.id_ = hasher.finish();
    return made;
}

double LearnedCorridor::covariance(std::size_t i, std::size_t j) const {
    return i >= j ? lowerCovariance_[i * (i + 1) / 2 + j] : covariance(j, i);
}

/// What the track most probably needs taken back, as the fault that it is.
ToneCurve LearnedCorridor::estimateFault(const ToneFeatures& features) const {
    // Any level is as likely as any other.
    constexpr double kLevelVariance = 1e4;

    const bool knowsSides = numStereo_ >= kMinTracks;
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < kCount; ++i) {
        const bool side = i >= ToneFeatures::kSideToMid && i < ToneFeatures::kDynamics;
        if (features.measured[i] && (knowsSides || !side))
            used.push_back(i);
    }
    const std::size_t n = used.size();
    std::vector<double> covariances(n * n);
    std::vector<double> off(n);
    for (std::size_t i = 0; i < n; ++i) {
        off[i] = features.values[used[i]] - mean_[used[i]];
        for (std::size_t j = 0; j <= i; ++j)
            covariances[i * n + j] =
                covariance(used[i], used[j]) +
                (used[i] < ToneFeatures::kSideToMid ? kLevelVariance : 0); // used[j] <= used[i]
    }
    const auto factor = Cholesky::of(covariances, n);
    if (!factor || n == 0)
        return {};
    const FaultPosterior posterior = posteriorOf(*factor, factor->whiten(std::move(off)), used);
    const std::vector<double> amounts =
        bestRepair(posterior, shapeProducts(features.measured), kMostChangeDb);

    ToneCurve fault;
    for (std::size_t k = 0; k < amounts.size(); ++k)
        for (std::size_t band = 0; band < ToneFeatures::kBands; ++band) {
            fault.mid[band] += amounts[k] * toneFaults()[k].shape[band];
            fault.side[band] += amounts[k] * toneFaults()[k].side;
        }
    return fault;
}

Correction LearnedCorridor::correctionFor(const TrackAnalysis& a) const {
    Correction correction{.tone = {}, .source = "learned from " + describe()};
    if (a.silent())
        return correction;
    const ToneFeatures features = toneFeaturesOf(a);
    const ToneCurve fault = estimateFault(features); // its side is against mid
    Repair repair = repairOf(a, features, fault);
    if (repair.changeDb > kMostChangeDb) {
        // Parts of the fault, not of the repair: so a repair that rules have cut keeps its shape.
        double low = 0;
        double high = 1;
        for (int i = 0; i < 10; ++i) {
            const double middle = (low + high) / 2;
            (repairOf(a, features, middle * fault).changeDb > kMostChangeDb ? high : low) = middle;
        }
        repair = repairOf(a, features, low * fault);
        correction.heldBack.push_back("tone: at most 1.8 dB (RMS) away from the original balance");
    }
    correction.tone = repair.tone;
    if (repair.liftsNoise)
        correction.heldBack.push_back("tone: what lies below 36 Hz or is empty is not lifted");
    if (repair.deniedSideDb > kSaidDb)
        correction.heldBack.push_back("side: wider would cost too much in a fold to mono");
    return correction;
}

std::string LearnedCorridor::describe() const {
    return std::to_string(numTracks_) + " tracks of this library, version " +
           id_.hex().substr(0, 8);
}

std::string LearnedCorridor::serialize() const {
    std::string bytes;
    json::to_cbor({{"segueCorridor", kFormatVersion},
                   {"tracks", numTracks_},
                   {"stereo", numStereo_},
                   {"mean", mean_},
                   {"covariance", lowerCovariance_}},
                  bytes);
    return bytes;
}

Result<LearnedCorridor> LearnedCorridor::deserialize(std::string_view bytes) {
    try {
        const json all = json::from_cbor(bytes);
        if (all.at("segueCorridor") != kFormatVersion)
            return fail(ErrorCode::Unsupported, "the corridor is of another version");
        const auto countOf = [&](const char* name) {
            const json& value = all.at(name);
            constexpr std::uint64_t kMost = 1'000'000'000;
            return value.is_number_unsigned() && value.get<std::uint64_t>() <= kMost
                       ? value.get<int>()
                       : -1;
        };
        auto made =
            make(countOf("tracks"), countOf("stereo"), all.at("mean").get<std::vector<double>>(),
                 all.at("covariance").get<std::vector<double>>());
        // One corridor, one sequence of bytes: no member given twice, none besides.
        if (made && made->serialize() != bytes)
            return fail(ErrorCode::Corrupt, "the corridor is not as it was written");
        return made;
    } catch (const json::exception& problem) {
        return fail(ErrorCode::Corrupt,
                    std::string("the corridor cannot be read: ") + problem.what());
    }
}

} // namespace segue::mastering
