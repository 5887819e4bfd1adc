// From a request to a plan, on the connection's thread.
#include "backend/StreamRequests.h"

#include <utility>

#include "backend/Routes.h"

namespace segue::backend {

StreamRequests::StreamRequests(PlanChoice& plans, StreamVocabulary vocabulary)
    : plans_(plans), vocabulary_(std::move(vocabulary)) {}

Result<StreamRequest> StreamRequests::read(const http::RequestContext& ctx) const {
    const auto id = parseTrackId(ctx.pathParam("track_id"));
    if (!id)
        return fail(id.error());
    auto parameters = parseStreamParameters(queryOf(ctx), vocabulary_);
    if (!parameters)
        return fail(parameters.error());
    return StreamRequest{*id, std::move(*parameters)};
}

Result<PlanChoice::Choice> StreamRequests::choose(const http::RequestContext& ctx,
                                                  const StreamRequest& request,
                                                  AnalysisStore::Use use) const {
    return plans_.choose(request.track, request.parameters.request, use, limitsOf(ctx.liveness));
}

Result<StreamRequests::Look> StreamRequests::look(const http::RequestContext& ctx) const {
    auto request = read(ctx);
    if (!request)
        return fail(request.error());
    // The file as it is: nothing is done to it.
    if (request->parameters.isFile())
        request->parameters.request.intensity = 0;
    auto choice = choose(ctx, *request, AnalysisStore::Use::Look);
    if (!choice)
        return fail(choice.error());
    return Look{std::move(*request), std::move(*choice)};
}

} // namespace segue::backend
