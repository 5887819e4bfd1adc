#pragma once

#include <vector>

#include "backend/Routes.h"
#include "cache/ChunkStore.h"
#include "library/Library.h"

namespace segue::backend {

/// The cache by HTTP: what it holds and for whom, and clearing it.
/// @thread handlers run on connection threads
class CacheRoutes {
  public:
    /// Both outlive the routes.
    CacheRoutes(cache::ChunkStore& store, const library::Library& library);

    std::vector<Route> routes();

  private:
    void report(const http::RequestContext& ctx, httplib::Response& res) const;
    void clear(const http::RequestContext& ctx, httplib::Response& res);

    cache::ChunkStore& store_;
    const library::Library& library_;
};

} // namespace segue::backend
