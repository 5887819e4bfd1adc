#pragma once

#include <stop_token>

#include "backend/AnalysisRunner.h"
#include "backend/AnalysisStore.h"
#include "backend/FileAnalysis.h"
#include "backend/RenderScheduler.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Full analyses for somebody who waits: kept ones at once, others made on a thread of its own,
/// which lets blocked readers go first.
/// @thread all members from any thread
class FullAnalyses {
  public:
    /// All outlive this.
    FullAnalyses(library::Library& library, AnalysisStore& store, const RenderScheduler& scheduler,
                 Analyse analyse);

    struct Analysed {
        library::Track track;
        AnalysisPtr analysis;
    };
    /// An analysis that was begun is finished also when its time runs out.
    /// @errors those of Library::refresh, AnalysisRunner::run and FileAnalysis
    Result<Analysed> of(library::TrackId id, const ReadLimits& limits);

    /// Ends what runs and joins the thread. May be called twice.
    void stop();

  private:
    library::Library& library_;
    AnalysisStore& store_;
    const RenderScheduler& scheduler_;
    const Analyse analyse_;
    std::stop_source stop_;
    AnalysisRunner runner_;
};

} // namespace segue::backend
