// From a track's id to its plan, on a connection's thread. The usual way costs one row of the
// database, one stat and two look-ups in memory; only a track that nobody ever analysed waits for
// AnalysisRunner.
#include "backend/PlanChoice.h"

#include <utility>

#include <spdlog/spdlog.h>

namespace segue::backend {

namespace {

using analysis::Coverage;

constexpr std::size_t kMostPlansInMemory = 1024;

/// Whether looking at every frame may succeed where sparse windows failed: a file that lies about
/// its length, or holds damage just there.
bool fullMayDoBetter(const Error& error) {
    return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Unsupported ||
           error.code == ErrorCode::InvalidArgument || error.code == ErrorCode::Internal;
}

} // namespace

StreamSpec PlanChoice::Choice::streamSpec(encode::PcmFormat pcm) const {
    return {.content = *track.contentId,
            .path = track.path,
            .stamp = track.stamp,
            .plan = plan,
            .planId = planId,
            .format = {.sampleRateHz = analysis->sampleRateHz,
                       .numChannels = analysis->numChannels,
                       .pcm = pcm},
            .numFrames = analysis->numFrames};
}

PlanChoice::PlanChoice(library::Library& library, AnalysisStore& store, AnalysisRunner& runner,
                       BackgroundAnalyser& background, Analyse analyse)
    : library_(library), store_(store), runner_(runner), background_(background),
      analyse_(std::move(analyse)), plans_(kMostPlansInMemory) {}

Result<AnalysisPtr> PlanChoice::make(const library::Track& track, const ReadLimits& limits) {
    return runner_.run(
        *track.contentId,
        [this, path = track.path, stamp = track.stamp,
         content = *track.contentId](const std::atomic<bool>& cancel) -> Result<AnalysisPtr> {
            auto analysed = analyse_(path, stamp, Coverage::Quick, cancel, {});
            if (!analysed && fullMayDoBetter(analysed.error())) {
                spdlog::info("'{}': {}; looking at the whole file", path.string(),
                             analysed.error().message);
                analysed = analyse_(path, stamp, Coverage::Full, cancel, {});
            }
            if (analysed)
                store_.put(content, *analysed);
            return analysed;
        },
        limits);
}

PlanChoice::Plan PlanChoice::planOf(const PlanBasis& basis, const mastering::PlanRequest& request) {
    mastering::PlanRequest complete = request;
    complete.corridor = basis.corridor.corridor;
    Plan plan;
    plan.plan = std::make_shared<const mastering::MasteringPlan>(
        mastering::makePlan(*basis.analysis, complete));
    plan.id = mastering::hashOf(*plan.plan);
    return plan;
}

PlanChoice::Choice PlanChoice::choiceOf(library::Track track, PlanBasis basis,
                                        const mastering::PlanRequest& request) {
    Plan plan = planOf(basis, request);
    return {std::move(track), std::move(basis.analysis), basis.corridor.number,
            std::move(plan.plan), plan.id};
}

PlanChoice::Plan PlanChoice::planFor(const Hash128& content, const PlanBasis& basis,
                                     const mastering::PlanRequest& request) {
    const Hash128 asked = mastering::hashOf(request);
    const Hash128 key = Hasher()
                            .number(content.high)
                            .number(content.low)
                            .number(static_cast<std::uint64_t>(basis.analysis->coverage))
                            .number(static_cast<std::uint64_t>(basis.corridor.number))
                            .number(asked.high)
                            .number(asked.low)
                            .finish();
    {
        std::lock_guard lock(mutex_);
        if (const Plan* plan = plans_.find(key))
            return *plan;
    }
    Plan plan = planOf(basis, request);
    std::lock_guard lock(mutex_);
    return plans_.put(key, std::move(plan));
}

Result<PlanChoice::Choice> PlanChoice::choose(library::TrackId id,
                                              const mastering::PlanRequest& request,
                                              AnalysisStore::Use use, const ReadLimits& limits) {
    auto track = library_.refresh(id);
    if (!track)
        return fail(track.error());
    PlanBasis basis = store_.choose(*track->contentId, use);
    if (!basis.analysis) {
        auto made = make(*track, limits);
        if (!made)
            return fail(made.error());
        basis = store_.choose(*track->contentId, use);
        if (!basis.analysis)
            basis.analysis = std::move(*made);
    }
    if (basis.analysis->coverage == Coverage::Quick && use == AnalysisStore::Use::Play)
        background_.soon(id);
    Plan plan = planFor(*track->contentId, basis, request);
    return Choice{std::move(*track), std::move(basis.analysis), basis.corridor.number,
                  std::move(plan.plan), plan.id};
}

} // namespace segue::backend
