// Looking ahead of the listener into the next track. Connection threads leave a hint and go on; one
// thread finds out what comes next, has it analysed in full (so that its plan is the one that its
// playback will ask for) and its beginning rendered as class Prewarm. Hints are dropped, oldest
// first, when there are too many: what they are good for is over by then.
#include "backend/Prefetch.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/PlanChoice.h"
#include "backend/ThreadName.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::backend {

namespace {

using library::TrackId;

constexpr std::size_t kMostHints = 64;
constexpr std::size_t kMostRemembered = 1024;
/// A player that reads a stream in ranges names the same track again and again.
constexpr auto kFresh = std::chrono::minutes(1);
constexpr auto kLook = std::chrono::milliseconds(100);

Hash128 keyOf(TrackId track, const StreamParameters& voice) {
    const Hash128 asked = mastering::hashOf(voice.request);
    return Hasher()
        .number(static_cast<std::uint64_t>(track))
        .number(static_cast<std::uint64_t>(bitsPerSample(voice.pcm)))
        .number(asked.high)
        .number(asked.low)
        .finish();
}

} // namespace

Prefetch::Prefetch(const Parts& parts) : parts_(parts), done_(kMostRemembered) {
    thread_ = std::thread([this] { work(); });
}

Prefetch::~Prefetch() {
    stop();
}

void Prefetch::playing(TrackId track, std::optional<TrackId> next, const StreamParameters& voice) {
    {
        std::lock_guard lock(mutex_);
        if (hints_.size() >= kMostHints)
            hints_.pop_front();
        hints_.push_back({track, next, voice});
    }
    changed_.notify_all();
}

bool Prefetch::waitUntilIdle(std::chrono::milliseconds atMost) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, atMost, [&] { return hints_.empty() && !busy_; });
}

void Prefetch::stop() {
    {
        std::lock_guard lock(mutex_); // so that the thread misses it nowhere
        stop_.request_stop();
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void Prefetch::work() {
    nameThisThread("segue-prefetch");
    std::unique_lock lock(mutex_);
    while (!stop_.stop_requested()) {
        if (hints_.empty()) {
            changed_.notify_all();
            changed_.wait(lock, [&] { return stop_.stop_requested() || !hints_.empty(); });
            continue;
        }
        const Hint hint = std::move(hints_.front());
        hints_.pop_front();
        busy_ = true;
        lock.unlock();
        try {
            follow(hint);
        } catch (const std::exception& exception) {
            spdlog::error("prefetch: {}", exception.what());
        }
        lock.lock();
        busy_ = false;
    }
}

std::optional<TrackId> Prefetch::nextOf(const Hint& hint) const {
    if (hint.next)
        return hint.next;
    const auto track = parts_.library.track(hint.track);
    if (!track)
        return std::nullopt;
    if (const auto queued = parts_.inQueue ? parts_.inQueue(hint.track) : std::nullopt)
        return queued;
    if (const auto next =
            PrefetchPolicy::nextOfAlbum(parts_.library, *track).value_or(std::nullopt))
        return next;
    return parts_.goesOn ? parts_.goesOn(hint.track) : std::nullopt;
}

void Prefetch::follow(const Hint& hint) {
    const std::optional<TrackId> next = nextOf(hint);
    if (!next || *next == hint.track)
        return;
    {
        std::lock_guard lock(mutex_);
        const Hash128 key = keyOf(*next, hint.voice);
        const Clock::time_point* done = done_.find(key);
        if (done && Clock::now() - *done < kFresh)
            return;
        done_.put(key, Clock::now());
    }
    fetch(*next, hint.voice);
}

ReadLimits Prefetch::limits() const {
    return {.deadline = Clock::time_point::max(),
            .stillWanted = [this] { return !stop_.stop_requested(); }};
}

void Prefetch::fetch(TrackId next, const StreamParameters& voice) {
    parts_.scheduler.waitWhileReadersAreBlocked(stop_.get_token());
    auto analysed = parts_.analyses.of(next, limits());
    if (!analysed) {
        spdlog::debug("prefetch track {}: {}", next, analysed.error().message);
        return;
    }
    // As its playback will choose: by the lease of one that was not long ago, if there is one.
    PlanBasis basis = parts_.kept.choose(*analysed->track.contentId, AnalysisStore::Use::Look);
    const StreamSpec spec =
        PlanChoice::choiceOf(std::move(analysed->track), std::move(basis), voice.request)
            .streamSpec(voice.pcm);
    const std::int64_t count =
        std::min<std::int64_t>(spec.geometry().numChunks(), PrefetchPolicy::kChunksOfNext);
    for (std::int64_t chunk = 0; chunk < count && !stop_.stop_requested(); ++chunk) {
        if (parts_.provider.find(spec, chunk)) // which keeps it from eviction for a while
            continue;
        parts_.scheduler.waitWhileReadersAreBlocked(stop_.get_token());
        const auto interest =
            parts_.provider.request(spec, chunk, RenderClass::Prewarm, Clock::now());
        if (!interest)
            return; // full, or stopping
        await(*interest, spec.layout(chunk).payloadBytes());
    }
}

void Prefetch::await(const RenderScheduler::Interest& interest, std::int64_t payloadBytes) const {
    while (!stop_.stop_requested() &&
           interest.chunk().wait(payloadBytes + 1, Clock::now() + kLook).outcome ==
               InFlightChunk::Outcome::Deadline) {
    }
}

} // namespace segue::backend
