#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/Events.h"
#include "backend/Routes.h"
#include "backend/TrackJson.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "library/PlayHistory.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Reads the body of POST /api/plays strictly.
/// @param nowMs  since 1970: the play has ended by then, unless the body says when it began
/// @errors InvalidArgument: names the member and what is allowed
Result<library::Play> parsePlay(std::string_view text, std::int64_t nowMs);

/// What clients tell of what they have played, and what they have told.
/// @thread handlers run on connection threads
class PlayRoutes {
  public:
    /// All outlive the routes. @param nowMs  empty: the system's clock
    PlayRoutes(library::Library& library, const TrackJson& tracks, EventHub& events,
               NowMs nowMs = {});

    std::vector<Route> routes();

  private:
    void put(const http::RequestContext& ctx, httplib::Response& res);
    void list(const http::RequestContext& ctx, httplib::Response& res) const;

    library::Library& library_;
    const library::PlayHistory history_;
    const TrackJson& tracks_;
    EventHub& events_;
    const NowMs nowMs_;
};

} // namespace segue::backend
