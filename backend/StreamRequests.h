#pragma once

#include "backend/AnalysisStore.h"
#include "backend/PlanChoice.h"
#include "backend/StreamParameters.h"
#include "backend/http/RequestContext.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// What a request under the address of a track asks for.
struct StreamRequest {
    library::TrackId track = 0;
    StreamParameters parameters;
};

/// The way from a request to the plan of its stream, the same for all that asks about streams.
/// @thread all members from any thread
class StreamRequests {
  public:
    /// @param plans  outlives this
    StreamRequests(PlanChoice& plans, StreamVocabulary vocabulary);

    const StreamVocabulary& vocabulary() const { return vocabulary_; }

    /// Reads `{track_id}` of the path and the parameters of the query. @errors InvalidArgument, Io
    Result<StreamRequest> read(const http::RequestContext& ctx) const;
    /// @errors those of PlanChoice::choose
    Result<PlanChoice::Choice> choose(const http::RequestContext& ctx, const StreamRequest& request,
                                      AnalysisStore::Use use) const;

    struct Look {
        StreamRequest request;
        PlanChoice::Choice choice;
    };
    /// Both at once, for who only wants to know and plays nothing.
    Result<Look> look(const http::RequestContext& ctx) const;

  private:
    PlanChoice& plans_;
    const StreamVocabulary vocabulary_;
};

} // namespace segue::backend
