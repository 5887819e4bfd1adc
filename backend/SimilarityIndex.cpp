// Nearest neighbours by brute force. Every dimension is scaled by its spread and its weight, so the
// distance is the plain Euclidean one; the walk over all tracks goes through memory in order and
// compares sixteen at a time, which the compiler makes into vector instructions. A million tracks
// take 96 MB and some ten milliseconds. Pure but for add() and complete().
#include "backend/SimilarityIndex.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace segue::backend {

namespace {

using analysis::FeatureVector;
using analysis::kNumFeatures;
using library::TrackId;

/// What is usual in general counts as so many tracks beside the library's own.
constexpr double kUsualCounts = 20;
/// So many more candidates are looked at as are wanted, since some are left out.
constexpr std::size_t kSpare = 64;
constexpr std::size_t kCandidatesPerWanted = 3;
/// A track of another album is taken instead of one that is nearer, unless it is so much farther:
/// where all that is near is of one album, that is what somebody wants to hear.
constexpr float kWorthAnotherAlbum = 1.5F;
/// How far radio strays: the noise on a distance, relative to it.
constexpr float kRadioStray = 0.35F;

/// 0 .. 1, the same for the same numbers (splitmix64).
float noiseOf(std::uint64_t seed, std::uint64_t number) {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15U + number;
    x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
    x ^= x >> 31U;
    return static_cast<float>(x >> 40U) / 16777216.0F;
}

} // namespace

void SimilarityIndex::add(const library::TrackFeatures& features) {
    if (features.vector.size() != kNumFeatures)
        return;
    const std::size_t place = ids_.size();
    if (!places_.emplace(features.track, static_cast<std::uint32_t>(place)).second)
        return;
    if (place % kLanes == 0)
        blocks_.emplace_back();
    for (std::size_t d = 0; d < kNumFeatures; ++d)
        blocks_.back()[d][place % kLanes] = features.vector[d];
    ids_.push_back(features.track);
    albums_.push_back(features.album);
    recordings_.push_back(features.recording);
}

void SimilarityIndex::complete() {
    const auto count = static_cast<double>(ids_.size());
    for (std::size_t d = 0; d < kNumFeatures; ++d) {
        double sum = 0;
        double squares = 0;
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            const double value = blocks_[i / kLanes][d][i % kLanes];
            sum += value;
            squares += value * value;
        }
        const double mean = count > 0 ? sum / count : 0;
        const double variance = count > 0 ? std::max(0.0, squares / count - mean * mean) : 0;
        const auto& [usual, weight] = analysis::featureScales()[d];
        const double spread =
            std::sqrt((count * variance + kUsualCounts * usual * usual) / (count + kUsualCounts));
        const auto scale = static_cast<float>(weight / spread);
        for (Block& block : blocks_)
            for (float& value : block[d])
                value *= scale;
    }
}

void SimilarityIndex::distancesTo(const FeatureVector& point, std::vector<float>& squares) const {
    squares.resize(blocks_.size() * kLanes);
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
        const Block& block = blocks_[b];
        std::array<float, kLanes> sums{};
        for (std::size_t d = 0; d < kNumFeatures; ++d)
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const float difference = block[d][lane] - point[d];
                sums[lane] += difference * difference;
            }
        std::copy(sums.begin(), sums.end(),
                  squares.begin() + static_cast<std::ptrdiff_t>(b * kLanes));
    }
}

std::optional<std::vector<SimilarityIndex::Neighbour>>
SimilarityIndex::nearest(TrackId track, std::size_t count) const {
    const auto place = places_.find(track);
    if (place == places_.end())
        return std::nullopt;
    const std::size_t self = place->second;
    FeatureVector point{};
    for (std::size_t d = 0; d < kNumFeatures; ++d)
        point[d] = blocks_[self / kLanes][d][self % kLanes];
    std::vector<float> squares;
    distancesTo(point, squares);

    // The best so far as a heap with the worst of them on top: most tracks are compared once.
    std::vector<std::pair<float, std::uint32_t>> best;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        const std::pair<float, std::uint32_t> one{squares[i], static_cast<std::uint32_t>(i)};
        if (i == self || count == 0 || (best.size() == count && one >= best.front()))
            continue;
        if (best.size() == count) {
            std::pop_heap(best.begin(), best.end());
            best.pop_back();
        }
        best.push_back(one);
        std::push_heap(best.begin(), best.end());
    }
    std::sort_heap(best.begin(), best.end());
    std::vector<Neighbour> neighbours;
    neighbours.reserve(best.size());
    for (const auto& [square, i] : best)
        neighbours.push_back({ids_[i], std::sqrt(square)});
    return neighbours;
}

std::vector<SimilarityIndex::Neighbour> SimilarityIndex::arranged(std::size_t self,
                                                                  std::vector<Neighbour> candidates,
                                                                  std::size_t count) const {
    std::vector<Neighbour> chosen;
    std::unordered_set<std::uint64_t> recordings{recordings_[self]};
    std::erase_if(candidates, [&](const Neighbour& one) {
        return !recordings.insert(recordings_[places_.at(one.track)]).second;
    });
    std::uint64_t lastAlbum = albums_[self];
    while (chosen.size() < count && !candidates.empty()) {
        auto next = std::find_if(candidates.begin(), candidates.end(), [&](const Neighbour& one) {
            const std::uint64_t album = albums_[places_.at(one.track)];
            return album == 0 || album != lastAlbum;
        });
        if (next == candidates.end() ||
            next->distance > kWorthAnotherAlbum * candidates.front().distance)
            next = candidates.begin();
        lastAlbum = albums_[places_.at(next->track)];
        chosen.push_back(*next);
        candidates.erase(next);
    }
    return chosen;
}

std::optional<std::vector<SimilarityIndex::Neighbour>>
SimilarityIndex::similar(TrackId track, std::size_t count) const {
    auto candidates = nearest(track, kCandidatesPerWanted * count + kSpare);
    if (!candidates)
        return std::nullopt;
    return arranged(places_.at(track), std::move(*candidates), count);
}

std::optional<std::vector<TrackId>> SimilarityIndex::radio(TrackId track, std::uint64_t seed,
                                                           std::size_t count) const {
    auto candidates = nearest(track, kCandidatesPerWanted * count + kSpare);
    if (!candidates)
        return std::nullopt;
    std::vector<std::pair<float, Neighbour>> strayed;
    strayed.reserve(candidates->size());
    for (const Neighbour& one : *candidates) {
        const float noise = noiseOf(seed, static_cast<std::uint64_t>(one.track));
        strayed.emplace_back(one.distance * (1 + kRadioStray * (2 * noise - 1)), one);
    }
    std::sort(strayed.begin(), strayed.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first, a.second.track) < std::pair(b.first, b.second.track);
    });
    std::vector<Neighbour> ordered;
    ordered.reserve(strayed.size());
    for (const auto& [distance, one] : strayed)
        ordered.push_back(one);
    std::vector<TrackId> tracks;
    for (const Neighbour& one : arranged(places_.at(track), std::move(ordered), count))
        tracks.push_back(one.track);
    return tracks;
}

} // namespace segue::backend
