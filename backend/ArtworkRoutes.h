#pragma once

#include <vector>

#include "artwork/Artwork.h"
#include "backend/Routes.h"
#include "library/Library.h"

namespace segue::backend {

/// What goes with tracks and albums: their pictures, and lyrics.
/// @thread handlers run on connection threads
class ArtworkRoutes {
  public:
    /// Both outlive the routes and every answer.
    ArtworkRoutes(const library::Library& library, artwork::Artwork& artwork);

    std::vector<Route> routes();

  private:
    void trackPicture(const http::RequestContext& ctx, httplib::Response& res) const;
    void albumPicture(const http::RequestContext& ctx, httplib::Response& res) const;
    void picture(const http::RequestContext& ctx, httplib::Response& res,
                 const artwork::Subject& subject) const;
    void lyrics(const http::RequestContext& ctx, httplib::Response& res) const;

    const library::Library& library_;
    artwork::Artwork& artwork_;
};

} // namespace segue::backend
