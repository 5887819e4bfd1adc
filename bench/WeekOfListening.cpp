// The listeners that bench/week imagines. Everything is drawn from one seeded generator per
// listener with arithmetic of our own, so that a seed means the same week on every machine.
#include "bench/WeekOfListening.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace segue::bench {

namespace {

constexpr double kDay = 86'400;
constexpr int kDays = 7;
constexpr std::size_t kFavourites = 150;
/// Of the sessions; the rest is whatever comes to mind.
constexpr double kAlbumShare = 0.4, kShuffleShare = 0.25, kFavouriteShare = 0.2;
constexpr double kAlbumSkips = 0.08, kShuffleSkips = 0.3, kFavouriteSkips = 0.1, kOtherSkips = 0.2;
/// Who skips does it after this long in the mean.
constexpr double kMeanSkipSeconds = 20;
constexpr double kRepeatShare = 0.03, kJumpShare = 0.04;

double drawUniform(std::mt19937_64& random, double least, double most) {
    constexpr double kSteps = 9007199254740992.0; // 2^53
    return least + (most - least) * (static_cast<double>(random() >> 11) / kSteps);
}

/// A taste: the order of all, with each moved about by up to a third.
std::vector<std::size_t> taste(std::size_t count, std::mt19937_64& random) {
    std::vector<std::pair<double, std::size_t>> scored(count);
    for (std::size_t i = 0; i < count; ++i)
        scored[i] = {static_cast<double>((i * 7919) % count) +
                         drawUniform(random, 0, static_cast<double>(count) / 3),
                     i};
    std::sort(scored.begin(), scored.end());
    std::vector<std::size_t> order;
    for (const auto& [score, index] : scored)
        order.push_back(index);
    return order;
}

} // namespace

Collection makeCollection(std::size_t numTracks, std::mt19937_64& random) {
    Collection collection;
    while (collection.tracks.size() < numTracks) {
        const std::size_t first = collection.tracks.size();
        const auto count = static_cast<std::size_t>(drawUniform(random, 8, 15));
        const std::string album = "Album " + std::to_string(collection.albums.size());
        for (std::size_t i = 0; i < count && collection.tracks.size() < numTracks; ++i) {
            library::Track& track = collection.tracks.emplace_back();
            track.id = static_cast<library::TrackId>(collection.tracks.size());
            track.album = album;
            track.artist = "Artist of " + album;
            track.durationSeconds = drawUniform(random, 120, 360);
            track.sampleRateHz = 44'100;
            track.numChannels = 2;
        }
        collection.albums.emplace_back(first, collection.tracks.size());
    }
    return collection;
}

Listener::Listener(const Collection& collection, std::uint64_t seed)
    : collection_(collection), random_(seed), favourites_(taste(collection.tracks.size(), random_)),
      albums_(taste(collection.albums.size(), random_)) {
    favourites_.resize(std::min(favourites_.size(), kFavourites));
}

double Listener::uniform(double least, double most) {
    return drawUniform(random_, least, most);
}

/// Rank r with probability proportional to 1 / r^exponent.
std::size_t Listener::zipf(std::size_t count, double exponent) {
    double sum = 0;
    for (std::size_t i = 1; i <= count; ++i)
        sum += std::pow(static_cast<double>(i), -exponent);
    double left = uniform(0, sum);
    for (std::size_t i = 1; i <= count; ++i)
        if ((left -= std::pow(static_cast<double>(i), -exponent)) <= 0)
            return i - 1;
    return count - 1;
}

/// @param tells  whether the player knows what comes next, and says so
std::vector<std::size_t> Listener::programme(double& skipShare, bool& tells) {
    const double kind = uniform(0, 1);
    std::vector<std::size_t> tracks;
    const auto draw = [&](std::size_t count, auto one) {
        for (std::size_t i = 0; i < count; ++i)
            tracks.push_back(one());
    };
    if (kind < kAlbumShare) {
        skipShare = kAlbumSkips;
        tells = uniform(0, 1) < 0.5; // the web player does, others do not
        const auto [first, end] = collection_.albums[albums_[zipf(albums_.size(), 0.8)]];
        tracks.resize(end - first);
        std::iota(tracks.begin(), tracks.end(), first);
    } else if (kind < kAlbumShare + kShuffleShare) {
        skipShare = kShuffleSkips;
        tells = true;
        draw(25, [&] {
            return static_cast<std::size_t>(
                uniform(0, static_cast<double>(collection_.tracks.size()) - 0.5));
        });
    } else if (kind < kAlbumShare + kShuffleShare + kFavouriteShare) {
        skipShare = kFavouriteSkips;
        tells = true;
        draw(15, [&] { return favourites_[zipf(favourites_.size(), 1.0)]; });
    } else {
        skipShare = kOtherSkips;
        tells = false;
        draw(6, [&] {
            const auto [first, end] = collection_.albums[albums_[zipf(albums_.size(), 0.8)]];
            return first +
                   static_cast<std::size_t>(uniform(0, static_cast<double>(end - first) - 0.5));
        });
    }
    return tracks;
}

void Listener::session(std::vector<Step>& steps, double pauseSeconds) {
    double skipShare = 0;
    bool tells = false;
    const std::vector<std::size_t> tracks = programme(skipShare, tells);
    double left = uniform(0.3, 2) * 3600;
    bool toEnd = false;
    for (std::size_t i = 0; i < tracks.size() && left > 0; ++i) {
        Step step;
        step.track = tracks[i];
        step.follows = toEnd;
        step.pauseSeconds = i == 0 ? pauseSeconds : 0;
        if (tells && i + 1 < tracks.size())
            step.told = static_cast<std::int64_t>(tracks[i + 1]);
        const double duration = collection_.tracks[step.track].durationSeconds;
        step.seconds = duration;
        toEnd = uniform(0, 1) >= skipShare;
        if (!toEnd)
            step.seconds =
                std::min(duration, 1 - kMeanSkipSeconds * std::log(1 - uniform(0, 0.9999)));
        if (toEnd && uniform(0, 1) < kJumpShare) { // a piece of its beginning, then the middle
            Step beginning = step;
            beginning.seconds = std::min(10.0, duration);
            steps.push_back(beginning);
            step.pauseSeconds = 0;
            step.follows = false;
            step.fromSeconds = uniform(0.3, 0.9) * duration;
            step.seconds = duration - step.fromSeconds;
        }
        left -= step.seconds;
        steps.push_back(step);
        if (toEnd && uniform(0, 1) < kRepeatShare) {
            step.fromSeconds = step.pauseSeconds = 0;
            step.seconds = duration;
            steps.push_back(step);
            left -= duration;
        }
    }
}

std::vector<Step> Listener::week() {
    std::vector<Step> steps;
    double now = 0;
    for (int day = 0; day < kDays; ++day) {
        const int sessions = 1 + static_cast<int>(uniform(0, 3));
        for (int i = 0; i < sessions; ++i) {
            // One by day, the others in the evening.
            const double begins = day * kDay + (i == 0 ? uniform(9, 16) : uniform(17, 22)) * 3600;
            const std::size_t before = steps.size();
            session(steps, std::max(0.0, begins - now));
            now = std::max(now, begins);
            for (std::size_t s = before; s < steps.size(); ++s)
                now += steps[s].seconds;
        }
    }
    return steps;
}

} // namespace segue::bench
