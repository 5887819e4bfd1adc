#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <httplib.h>

#include "backend/http/Liveness.h"
#include "backend/http/RequestContext.h"
#include "processing/types/Error.h"

namespace segue::http {

/// Runs on the connection's thread. A status that is not set means 200. Whatever it throws becomes
/// a 500 without the exception's text; the text goes to the log.
using Handler = std::function<void(const RequestContext&, httplib::Response&)>;

struct RequestHead;

/// Says, once the header is known and before the body is asked for, where the body is to go: to a
/// file, or to memory with the server's own limit (null). An error refuses the request unread. Runs
/// on the connection's thread; what it throws becomes a 500.
using BodyTaker = std::function<Result<std::shared_ptr<BodyFile>>(const RequestHead&)>;

/// Finds the handler of a request by its path's segments; a literal segment wins over a parameter.
///
/// Answers by itself: 404 for an unknown path, 405 with Allow for a known path and another method,
/// OPTIONS with Allow. HEAD is answered by GET's handler; its body is not sent, its Content-Length
/// is.
/// @thread add and fallback before the server starts; dispatch from any thread afterwards
class Router {
  public:
    Router();
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// @param method  GET, POST, PUT, PATCH or DELETE
    /// @param pattern  "/api/tracks/{id}/analysis"; a parameter is one whole, non-empty segment.
    /// The same method and pattern twice is a bug (assert)
    /// @param takeBody  empty: bodies go to memory
    void add(const std::string& method, const std::string& pattern, Handler handler,
             BodyTaker takeBody = {});
    /// For GET and HEAD of paths that no pattern matches (the web player's files).
    void fallback(Handler handler);

    /// Asks the BodyTaker of the route, if there is one; else null. Never throws.
    /// @errors the BodyTaker's
    Result<std::shared_ptr<BodyFile>> takeBody(const RequestHead& head) const;

    /// Answers `request`; never throws.
    /// @param rawPath  the target's path, still percent-encoded
    /// @param bodyFile  its body, if takeBody() gave one
    /// @param acceptsGzip  as in RequestHead
    /// @return  the pattern that matched, "" when none did
    std::string_view dispatch(const httplib::Request& request, std::string_view rawPath,
                              const Liveness& liveness, httplib::Response& response,
                              const std::shared_ptr<BodyFile>& bodyFile = nullptr,
                              bool acceptsGzip = false) const;

  private:
    struct Node;
    /// The node that has routes for this path, or null. @param params  gets the parameters'
    /// segments
    const Node* nodeOf(std::string_view rawPath, std::vector<std::string_view>& params) const;

    std::unique_ptr<Node> root_;
    Handler fallback_;
};

/// Percent-decodes once. Nothing if an escape is malformed, or the result is not UTF-8 or holds a
/// control character.
std::optional<std::string> percentDecode(std::string_view text, bool plusIsSpace = false);

} // namespace segue::http
