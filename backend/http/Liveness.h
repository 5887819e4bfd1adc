#pragma once

#include <string>

namespace segue::http {

/// Whether anybody still waits for the answer that is being made.
///
/// Whoever blocks on behalf of a request polls ended() every 100 ms or so and gives up once it is
/// true. A client that has closed its side counts as gone, though it might still read.
/// @thread any; each clientGone() is one poll(2)
class Liveness {
  public:
    virtual ~Liveness() = default;

    virtual bool clientGone() const noexcept = 0;
    /// The server is going down.
    virtual bool stopping() const noexcept = 0;
    /// Whom the answer is for: an address, as far as it is known, "" otherwise.
    virtual std::string client() const { return {}; }
    bool ended() const noexcept { return stopping() || clientGone(); }
};

} // namespace segue::http
