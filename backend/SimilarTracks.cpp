// The index of what sounds like what, made when it is first asked for and again when the library
// has changed: at most a twentieth of the time goes into that, however large it is. One thread
// makes it, outside of the mutex; the others go by the one before, or wait for the very first.
// Stations are remembered, so that a radio goes on as it began though the library grows.
#include "backend/SimilarTracks.h"

#include <algorithm>
#include <utility>

namespace segue::backend {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kRestPerMaking = 20;

} // namespace

bool SimilarTracks::isFreshLocked() const {
    return index_ && (indexGeneration_ == generation() ||
                      SteadyClock::now() - madeAt_ < kRestPerMaking * making_);
}

Result<SimilarTracks::IndexPtr> SimilarTracks::load() const {
    auto index = std::make_shared<SimilarityIndex>();
    const auto loaded = features_.forEachTrack(
        analysis::kFeatureVersion,
        [&](const library::TrackFeatures& features) { index->add(features); });
    if (!loaded)
        return fail(loaded.error());
    index->complete();
    return index;
}

Result<SimilarTracks::IndexPtr> SimilarTracks::index() {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return index_ || !isMaking_; });
    if (isMaking_ || isFreshLocked())
        return index_;
    isMaking_ = true;
    const std::int64_t generationThen = generation();
    const auto begun = SteadyClock::now();
    lock.unlock();
    auto made = load();
    lock.lock();
    isMaking_ = false;
    if (made) {
        index_ = *made;
        indexGeneration_ = generationThen;
        madeAt_ = SteadyClock::now();
        making_ = madeAt_ - begun;
    }
    lock.unlock();
    made_.notify_all();
    return made;
}

Result<std::optional<std::vector<SimilarityIndex::Neighbour>>>
SimilarTracks::similar(library::TrackId track, std::size_t count) {
    const auto now = index();
    if (!now)
        return fail(now.error());
    return (*now)->similar(track, std::min(count, kMostSimilar));
}

Result<SimilarTracks::Station> SimilarTracks::radio(library::TrackId track, std::uint64_t seed) {
    const Ask ask{track, seed};
    {
        const std::lock_guard lock(mutex_);
        if (const Station* known = stations_.find(ask))
            return *known;
    }
    const auto now = index();
    if (!now)
        return fail(now.error());
    auto tracks = (*now)->radio(track, seed, kRadioLength);
    if (!tracks)
        return Station(); // its analysis may come any moment
    Station station = std::make_shared<const std::vector<library::TrackId>>(std::move(*tracks));
    const std::lock_guard lock(mutex_);
    return stations_.put(ask, std::move(station));
}

} // namespace segue::backend
