#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "backend/http/RequestContext.h"

namespace segue::http {

struct StaticFilesOptions {
    std::filesystem::path root;
    /// Under these a missing file is a 404, never the page.
    std::vector<std::string> reserved = {"/api"};
};

/// Serves the files of one folder: the handler for Router::fallback.
///
/// "/" and, so that the player's own addresses can be reloaded, every missing path without an
/// extension, and every one for which a browser asks as a page (Accept: text/html), give
/// index.html. No path leaves the root: segments are opened one by one, symbolic links and names
/// that begin with a dot are not followed. Files under /assets/ carry a hash in their names and are
/// cached for a year; everything else is revalidated. Where one of them lies there compressed too,
/// with ".gz" behind its name, clients that take gzip get that.
/// @thread any
class StaticFiles {
  public:
    explicit StaticFiles(StaticFilesOptions options);

    void operator()(const RequestContext& ctx, httplib::Response& res) const;

  private:
    StaticFilesOptions options_;
};

} // namespace segue::http
