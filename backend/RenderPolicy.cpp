// The order of renders. Everything is decided from the jobs as they are at this moment; what is
// remembered is what each client has used. Called for every change, so it goes over all jobs once
// or twice and does nothing else.
#include "backend/RenderPolicy.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>
#include <unordered_map>

namespace segue::backend {

namespace {

using Need = RenderJob::Need;
using Stage = RenderJob::Stage;
using JobPtr = std::shared_ptr<RenderJob>;

/// Audio in hand with which a render that runs lets others go first, and with which it has to go
/// on. Between the two lie one or two milliseconds of rendering, so that renders do not change
/// places for nothing.
constexpr auto kAmplySupplied = std::chrono::milliseconds(1000);
constexpr auto kRunningShort = std::chrono::milliseconds(500);
/// Seconds of rendering by which a client must be ahead of another to stand still for it; a few
/// chunks, so that clients who do the same do not take turns.
constexpr double kFarMore = 0.25;
/// Clients whose use differs by less are served by deadline.
constexpr double kUsageStep = 0.1;

} // namespace

RenderPolicy::Rank RenderPolicy::rankOf(const RenderJob& job, Clock::time_point now) {
    switch (job.renderClass) {
    case RenderClass::Blocked: {
        if (job.need == Need::Anything)
            return Rank::Starving;
        const auto enough = job.stage == Stage::Running ? kAmplySupplied : kRunningShort;
        const bool waits = job.need == Need::More;
        return waits && job.suppliedUntil() < now + enough ? Rank::Short : Rank::Supplied;
    }
    case RenderClass::Ahead:
        return Rank::Ahead;
    case RenderClass::Prewarm:
        return Rank::Prewarm;
    case RenderClass::Batch:
        break;
    }
    return Rank::Batch;
}

bool RenderPolicy::fits(Rank rank, int numRunning) const {
    return numRunning < workers_ + (rank <= Rank::Supplied ? workersForBlocked_ : 0);
}

bool RenderPolicy::isHeldUp(const RenderJob& job, Rank rank, Clock::time_point now) const {
    if (!leastStarvingUse_)
        return false;
    if (job.need == Need::Nothing)
        return true;
    const double use = usage_.of(job.client, now);
    if (rank == Rank::Supplied) // for everybody but those who had far more than its own client
        return *leastStarvingUse_ <= use + kFarMore;
    return *leastStarvingUse_ + kFarMore < use;
}

void RenderPolicy::look(const RenderJobs& queue, const RenderJobs& begun, Clock::time_point now) {
    leastStarvingUse_.reset();
    const auto consider = [&](const JobPtr& job) {
        if (job->need != Need::Anything || job->cancel)
            return;
        const double use = usage_.of(job->client, now);
        leastStarvingUse_ = std::min(leastStarvingUse_.value_or(use), use);
    };
    std::for_each(queue.begin(), queue.end(), consider);
    std::for_each(begun.begin(), begun.end(), consider);
}

JobPtr RenderPolicy::next(const RenderJobs& queue, const RenderJobs& begun, int numRunning,
                          Clock::time_point now) {
    using Place = std::tuple<Rank, double, Clock::time_point, std::uint64_t>;
    JobPtr best;
    Place first;
    waiting_.reset();
    const auto consider = [&](const JobPtr& job) {
        if (job->stage != Stage::Queued && job->stage != Stage::Still)
            return;
        const Rank rank = rankOf(*job, now);
        if (isHeldUp(*job, rank, now))
            return;
        if (!fits(rank, numRunning)) {
            waiting_ = std::min(waiting_.value_or(rank), rank);
            return;
        }
        const double use =
            rank == Rank::Starving ? std::floor(usage_.of(job->client, now) / kUsageStep) : 0;
        const Place place{rank, use, job->deadline, job->sequence};
        if (!best || place < first) {
            best = job;
            first = place;
        }
    };
    std::for_each(queue.begin(), queue.end(), consider);
    std::for_each(begun.begin(), begun.end(), consider);
    return best;
}

bool RenderPolicy::standsStill(const RenderJob& job, Clock::time_point now) const {
    const Rank rank = rankOf(job, now);
    const bool isOutranked = waiting_ && *waiting_ < Rank::Supplied && rank >= Rank::Supplied;
    return isOutranked || isHeldUp(job, rank, now);
}

std::optional<Clock::time_point> RenderPolicy::goesOnAt(const RenderJob& job) {
    if (job.need != Need::More)
        return std::nullopt;
    return job.suppliedUntil() - kRunningShort;
}

void RenderPolicy::charge(RenderJob& job, Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - job.chargedUntil).count();
    job.seconds += seconds;
    job.chargedUntil = now;
    usage_.charge(job.client, seconds, now);
}

JobPtr RenderPolicy::surplus(const RenderJobs& queue, RenderClass renderClass,
                             const std::string& client) {
    std::unordered_map<std::string, std::int64_t> counts;
    counts[client] = 0;
    for (const JobPtr& job : queue)
        counts[job->client] += job->renderClass == renderClass;
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->second < counts.at(client) + 2)
        return nullptr;
    JobPtr last;
    for (const JobPtr& job : queue)
        if (job->renderClass == renderClass && job->client == most->first &&
            (!last ||
             std::tie(last->deadline, last->sequence) < std::tie(job->deadline, job->sequence)))
            last = job;
    return last;
}

} // namespace segue::backend
