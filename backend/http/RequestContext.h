#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

#include "backend/http/Liveness.h"

namespace segue::http {

class BodyFile;

/// The value of a header that came exactly once.
std::optional<std::string> onlyValue(const httplib::Headers& headers, const std::string& name);

/// One request as a handler sees it. Valid until the response has been written, content providers
/// included.
///
/// `request.headers` are the bytes of the wire, never percent-decoded; hop-by-hop framing has been
/// dealt with and the body is whole: `request.body`, or `bodyFile`. `request.path` and
/// `request.params` are percent-decoded once, are valid UTF-8 and hold no control characters.
/// `request.ranges` is always empty: ranges are RangeResponder's.
struct RequestContext {
    const httplib::Request& request;
    const Liveness& liveness;
    /// The pattern that matched, e.g. "/api/tracks/{id}"; empty for the fallback.
    std::string_view pattern;
    std::map<std::string, std::string, std::less<>> pathParams;
    /// The body, where the route has taken it so (BodyTaker); else null. May be kept.
    std::shared_ptr<BodyFile> bodyFile;
    /// Whether the client takes a body with Content-Encoding: gzip.
    bool acceptsGzip = false;

    /// @param name  as in the route's pattern; an unknown one is a bug (assert)
    const std::string& pathParam(std::string_view name) const;
    /// The first query parameter of that name; "" when it came without a value.
    std::optional<std::string> query(const std::string& name) const;
    /// Nothing unless the header came exactly once.
    std::optional<std::string> header(const std::string& name) const {
        return onlyValue(request.headers, name);
    }
    bool isHead() const { return request.method == "HEAD"; }
};

} // namespace segue::http
