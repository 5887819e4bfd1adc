#pragma once

#include <optional>
#include <string>
#include <vector>

#include <httplib.h>

#include "backend/http/Problem.h"
#include "backend/http/RequestHead.h"

namespace segue::http {

/// Which requests a browser may have been tricked into sending.
///
/// A server on a loopback address answers only to IP literals, localhost and `names`: a foreign
/// page that rebinds its own name to 127.0.0.1 is refused with 421. Everywhere, a method that
/// changes something is refused with 403 when the page that sends it is of another origin.
/// @thread any
class HostPolicy {
  public:
    enum class Hosts { Any, LoopbackOnly };

    HostPolicy(Hosts hosts, const std::vector<std::string>& names);

    /// @return  the problem to answer with, or nothing
    std::optional<Problem> refuse(const RequestHead& head) const;

  private:
    Hosts hosts_;
    std::vector<std::string> names_;
};

/// Adds what every answer carries, unless the handler has set it: nosniff, referrer and resource
/// policies, and for pages a content security policy of this origin only.
void addSecurityHeaders(httplib::Headers& headers);

} // namespace segue::http
