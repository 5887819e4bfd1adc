#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "backend/AnalysisRunner.h"
#include "backend/AnalysisStore.h"
#include "backend/BackgroundAnalyser.h"
#include "backend/LruCache.h"
#include "backend/StreamSpec.h"
#include "library/Library.h"
#include "processing/mastering/MasteringPlan.h"

namespace segue::backend {

/// Decides with which plan a track is played.
///
/// The plan of a playback stays the same while it goes on (AnalysisStore's lease), also over a
/// restart; the next playback gets the plan of the full analysis, which the background makes.
/// @thread all members from any thread; may wait for a quick analysis, which takes about 100 ms
class PlanChoice {
  public:
    struct Choice {
        library::Track track; ///< with its contentId
        AnalysisPtr analysis;
        std::int64_t corridor = 0; ///< version of the learned corridor; 0: the built-in one
        std::shared_ptr<const mastering::MasteringPlan> plan;
        Hash128 planId;

        StreamSpec streamSpec(encode::PcmFormat pcm) const;
    };

    /// What the streams of `track` are made from that go by `basis`.
    static Choice choiceOf(library::Track track, PlanBasis basis,
                           const mastering::PlanRequest& request);

    /// All outlive it.
    PlanChoice(library::Library& library, AnalysisStore& store, AnalysisRunner& runner,
               BackgroundAnalyser& background, Analyse analyse);

    /// @errors those of Library::refresh, AnalysisRunner::run and FileAnalysis
    Result<Choice> choose(library::TrackId id, const mastering::PlanRequest& request,
                          AnalysisStore::Use use, const ReadLimits& limits);

  private:
    struct Plan {
        std::shared_ptr<const mastering::MasteringPlan> plan;
        Hash128 id;
    };
    static Plan planOf(const PlanBasis& basis, const mastering::PlanRequest& request);
    Result<AnalysisPtr> make(const library::Track& track, const ReadLimits& limits);
    Plan planFor(const Hash128& content, const PlanBasis& basis,
                 const mastering::PlanRequest& request);

    library::Library& library_;
    AnalysisStore& store_;
    AnalysisRunner& runner_;
    BackgroundAnalyser& background_;
    const Analyse analyse_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    LruCache<Hash128, Plan, Hash128Hasher> plans_;
};

} // namespace segue::backend
