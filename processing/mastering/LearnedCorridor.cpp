// What a library makes of a track: which fault is likely, how large, and how much of it may be
// taken back; and the corridor's bytes. Pure functions, any thread.

#include "processing/mastering/LearnedCorridor.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Cholesky.h"
#include "processing/mastering/StereoImage.h"
#include "processing/mastering/ToneFaults.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;
using nlohmann::json;

constexpr std::uint32_t kFormatVersion = 1;
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

/// The mean of the faults, each by its probability and its most likely amount given the features.
ToneCurve LearnedCorridor::estimateFault(const ToneFeatures& features) const {
    // Any level is as likely as any other.
    constexpr double kLevelVariance = 1e4;
    // Squared distance from the library per feature, at least: how well even the most ordinary
    // track is known.
    constexpr double kLeastDistance = 0.25;

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
    off = factor->whiten(std::move(off));
    const double distance = innerProduct(off, off);

    struct Candidate {
        const ToneFault* fault;
        double match, power; ///< effect times deviation, effect squared, both whitened
    };
    std::vector<Candidate> candidates;
    double explained = 0; // of the distance, by the best single fault
    for (const ToneFault& fault : toneFaults()) {
        const std::vector<double> effect = factor->whiten(effectOf(fault, used));
        const Candidate c{&fault, innerProduct(effect, off), innerProduct(effect, effect)};
        const double precision = 1 / (fault.usualAmount * fault.usualAmount);
        explained = std::max(explained, c.match * c.match / (c.power + precision));
        candidates.push_back(c);
    }
    // What is odd about the track whatever its fault widens the corridor for it.
    const double scale = std::max(kLeastDistance, (distance - explained) / static_cast<double>(n));

    double total = 1; // no fault
    ToneCurve fault;
    double largest = 0;
    std::vector<std::pair<double, double>> found; // log weight, amount
    for (const Candidate& c : candidates) {
        const double variance = c.fault->usualAmount * c.fault->usualAmount;
        const double spread = 1 + variance * c.power / scale;
        const double amount = variance * c.match / scale / spread;
        const double logWeight =
            std::log(c.fault->weight) - 0.5 * std::log(spread) + 0.5 * amount * c.match / scale;
        found.emplace_back(logWeight, amount);
        largest = std::max(largest, logWeight);
    }
    total = std::exp(-largest);
    for (const auto& [logWeight, amount] : found)
        total += std::exp(logWeight - largest);
    for (std::size_t k = 0; k < candidates.size(); ++k) {
        const double amount = found[k].second * std::exp(found[k].first - largest) / total;
        for (std::size_t band = 0; band < ToneFeatures::kBands; ++band) {
            fault.mid[band] += amount * candidates[k].fault->shape[band];
            fault.side[band] += amount * candidates[k].fault->side;
        }
    }
    return fault;
}

Correction LearnedCorridor::correctionFor(const TrackAnalysis& a) const {
    Correction correction{.tone = {}, .source = "learned from " + describe()};
    if (a.silent())
        return correction;
    const ToneFeatures features = toneFeaturesOf(a);
    const ToneCurve fault = estimateFault(features); // its side is against mid
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
    ToneCurve& tone = correction.tone;
    ToneGains wider{};
    bool noise = false;
    for (std::size_t band = 0; band < ToneFeatures::kBands; ++band) {
        const double wanted =
            std::clamp(level - fault.mid[band], -kMaxCorrectionDb, kMaxCorrectionDb);
        const bool mayBoost =
            a.midDb[band] > empty && toneBandHz(static_cast<int>(band)) >= kBoostFromHz;
        noise = noise || (wanted > kSaidDb && !mayBoost);
        tone.mid[band] = mayBoost ? wanted : std::min(wanted, 0.0);
        if (features.measured[ToneFeatures::kSideToMid + band] && a.sideDb[band] > empty)
            wider[band] = std::clamp(-fault.side[band], -kMaxSideBoostDb, kMaxSideBoostDb);
    }
    if (noise)
        correction.heldBack.push_back("tone: what lies below 36 Hz or is empty is not lifted");
    if (widenWithinBudget(a, wider, tone) > kSaidDb)
        correction.heldBack.push_back("side: wider would cost too much in a fold to mono");
    if (const double change = changeDb(tone, features); change > kMostChangeDb) {
        tone = kMostChangeDb / change * tone;
        correction.heldBack.push_back("tone: at most 2.5 dB (RMS) away from the original balance");
    }
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
        return make(countOf("tracks"), countOf("stereo"), all.at("mean").get<std::vector<double>>(),
                    all.at("covariance").get<std::vector<double>>());
    } catch (const json::exception& problem) {
        return fail(ErrorCode::Corrupt,
                    std::string("the corridor cannot be read: ") + problem.what());
    }
}

} // namespace segue::mastering
