// What a reference is made of. A whole track takes about a second, so it has a pool of its own and
// quick analyses, which streams wait for, never queue behind it.
#include "backend/FullAnalyses.h"

#include <utility>

namespace segue::backend {

namespace {

constexpr int kThreads = 1;
constexpr std::size_t kMostWaiting = 64;

} // namespace

FullAnalyses::FullAnalyses(library::Library& library, AnalysisStore& store,
                           const RenderScheduler& scheduler, Analyse analyse)
    : library_(library), store_(store), scheduler_(scheduler), analyse_(std::move(analyse)),
      runner_(kThreads, kMostWaiting) {}

Result<FullAnalyses::Analysed> FullAnalyses::of(library::TrackId id, const ReadLimits& limits) {
    auto track = library_.refresh(id);
    if (!track)
        return fail(track.error());
    if (!track->contentId)
        return fail(ErrorCode::Internal,
                    "track " + std::to_string(id) + ": its content has no identity");
    AnalysisPtr kept = store_.full(*track->contentId);
    if (kept)
        return Analysed{std::move(*track), std::move(kept)};
    auto made = runner_.run(
        *track->contentId,
        [this, path = track->path, stamp = track->stamp,
         content = *track->contentId](const std::atomic<bool>& cancel) -> Result<AnalysisPtr> {
            if (AnalysisPtr meanwhile = store_.full(content))
                return meanwhile;
            auto analysed = analyse_(path, stamp, analysis::Coverage::Full, cancel, [this] {
                scheduler_.waitWhileReadersAreBlocked(stop_.get_token());
            });
            if (analysed)
                store_.put(content, *analysed);
            return analysed;
        },
        limits);
    if (!made)
        return fail(made.error());
    return Analysed{std::move(*track), std::move(*made)};
}

void FullAnalyses::stop() {
    stop_.request_stop();
    runner_.stop();
}

} // namespace segue::backend
