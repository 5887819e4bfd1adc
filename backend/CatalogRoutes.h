#pragma once

#include <vector>

#include "backend/Routes.h"
#include "backend/StreamParameters.h"
#include "backend/TrackJson.h"
#include "library/Library.h"

namespace segue::backend {

/// Whether a request for tracks asks for more than the plain list.
bool asksForListing(const Query& query);
/// @errors InvalidArgument: names the parameter and what is allowed
Result<library::TrackListing> parseTrackListing(const Query& query);
Result<library::AlbumListing> parseAlbumListing(const Query& query);

/// Albums, artists, genres and the search over all of them.
/// @thread handlers run on connection threads
class CatalogRoutes {
  public:
    /// Both outlive the routes.
    CatalogRoutes(const library::Library& library, const TrackJson& tracks)
        : library_(library), tracks_(tracks) {}

    std::vector<Route> routes();

  private:
    void albums(const http::RequestContext& ctx, httplib::Response& res) const;
    void album(const http::RequestContext& ctx, httplib::Response& res) const;
    void artists(const http::RequestContext& ctx, httplib::Response& res) const;
    void artist(const http::RequestContext& ctx, httplib::Response& res) const;
    void genres(const http::RequestContext& ctx, httplib::Response& res) const;
    void search(const http::RequestContext& ctx, httplib::Response& res) const;

    const library::Library& library_;
    const TrackJson& tracks_;
};

} // namespace segue::backend
