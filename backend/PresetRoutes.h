#pragma once

#include <string>
#include <vector>

#include "backend/PresetStore.h"
#include "backend/Routes.h"

namespace segue::backend {

/// The built-in presets and listeners' own.
/// @thread handlers run on connection threads
class PresetRoutes {
  public:
    /// @param store  outlives the routes  @param usual  what streams get that name none
    PresetRoutes(PresetStore& store, std::string usual);

    std::vector<Route> routes();

  private:
    void list(const http::RequestContext& ctx, httplib::Response& res);
    void one(const http::RequestContext& ctx, httplib::Response& res);
    void create(const http::RequestContext& ctx, httplib::Response& res);
    void replace(const http::RequestContext& ctx, httplib::Response& res);
    void save(const http::RequestContext& ctx, httplib::Response& res,
              const mastering::Preset& preset, PresetStore::IfThere ifThere);
    void remove(const http::RequestContext& ctx, httplib::Response& res);

    PresetStore& store_;
    const std::string usual_;
};

} // namespace segue::backend
