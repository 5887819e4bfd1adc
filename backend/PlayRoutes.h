#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/Events.h"
#include "backend/Routes.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Reads the body of POST /api/plays strictly.
/// @param nowMs  since 1970: the play has ended by then, unless the body says when it began
/// @errors InvalidArgument: names the member and what is allowed
Result<library::Play> parsePlay(std::string_view text, std::int64_t nowMs);

/// What clients tell of what they have played.
/// @thread handlers run on connection threads
class PlayRoutes {
  public:
    /// Both outlive the routes. @param nowMs  empty: the system's clock
    PlayRoutes(library::Library& library, EventHub& events, NowMs nowMs = {});

    std::vector<Route> routes();

  private:
    void put(const http::RequestContext& ctx, httplib::Response& res);

    library::Library& library_;
    EventHub& events_;
    const NowMs nowMs_;
};

} // namespace segue::backend
