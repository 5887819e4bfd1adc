#pragma once

#include <vector>

#include "backend/Events.h"
#include "backend/Routes.h"
#include "backend/TrackJson.h"
#include "backend/WallClock.h"
#include "library/Favourites.h"

namespace segue::backend {

/// Stars, ratings and bookmarks.
/// @thread handlers run on connection threads
class FavouriteRoutes {
  public:
    /// All outlive the routes. @param nowMs  empty: the system's clock
    FavouriteRoutes(library::Favourites& favourites, const TrackJson& tracks, EventHub& events,
                    NowMs nowMs = {});

    std::vector<Route> routes();

  private:
    void star(const http::RequestContext& ctx, httplib::Response& res);
    void unstar(const http::RequestContext& ctx, httplib::Response& res);
    void rate(const http::RequestContext& ctx, httplib::Response& res);
    void unrate(const http::RequestContext& ctx, httplib::Response& res);
    void stars(const http::RequestContext& ctx, httplib::Response& res) const;
    void bookmark(const http::RequestContext& ctx, httplib::Response& res) const;
    void putBookmark(const http::RequestContext& ctx, httplib::Response& res);
    void removeBookmark(const http::RequestContext& ctx, httplib::Response& res);
    void bookmarks(const http::RequestContext& ctx, httplib::Response& res) const;
    void answerMark(const http::RequestContext& ctx, httplib::Response& res, library::TrackId track,
                    const Result<library::TrackMark>& mark);

    library::Favourites& favourites_;
    const TrackJson& tracks_;
    EventHub& events_;
    const NowMs nowMs_;
};

} // namespace segue::backend
