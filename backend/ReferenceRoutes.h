#pragma once

#include <memory>
#include <vector>

#include "backend/FullAnalyses.h"
#include "backend/ReferenceRequest.h"
#include "backend/ReferenceStore.h"
#include "backend/Routes.h"
#include "backend/http/BodyFile.h"

namespace segue::backend {

/// The references to which tracks can be matched.
/// @thread handlers run on connection threads
class ReferenceRoutes {
  public:
    /// All outlive the routes. @param uploads  where files that are sent wait for their analysis
    ReferenceRoutes(ReferenceStore& store, FullAnalyses& analyses, const http::BodyFolder& uploads);

    std::vector<Route> routes();

  private:
    void list(const http::RequestContext& ctx, httplib::Response& res);
    void one(const http::RequestContext& ctx, httplib::Response& res);
    void create(const http::RequestContext& ctx, httplib::Response& res);
    void remove(const http::RequestContext& ctx, httplib::Response& res);
    /// A file for a body that says it is audio; null for JSON.
    Result<std::shared_ptr<http::BodyFile>> takeBody(const http::RequestHead& head) const;
    Result<mastering::ReferenceProfile> makeOfKept(const http::RequestContext& ctx);
    Result<mastering::ReferenceProfile> makeOfFile(const http::RequestContext& ctx);

    ReferenceStore& store_;
    FullAnalyses& analyses_;
    const http::BodyFolder& uploads_;
};

} // namespace segue::backend
