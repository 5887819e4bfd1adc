#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <httplib.h>
#include <tl/expected.hpp>

#include "backend/http/Problem.h"

namespace segue::http {

/// What a browser sends stays well below all of these.
inline constexpr std::size_t kMaxRequestLineBytes = 8192;
inline constexpr std::size_t kMaxHeaderLineBytes = 8192;
inline constexpr std::size_t kMaxHeaderBytes = 32768; ///< request line included
inline constexpr int kMaxHeaderLines = 100;

/// Finds the end of a request's header in bytes that arrive in pieces, and refuses one that breaks
/// a limit or holds a byte that no header may hold as soon as that byte arrives.
class HeadScanner {
  public:
    enum class State { More, Complete, Refused };

    /// @param bytes  those that follow the ones given before
    /// @return  Complete once the empty line was seen
    State feed(std::string_view bytes);
    /// Bytes up to and including the empty line, once Complete.
    std::size_t headBytes() const { return position_; }
    /// Empty lines before the request line, which robust servers skip.
    std::size_t skippedBytes() const { return skipped_; }
    /// Once Refused.
    const Problem& problem() const { return problem_; }

  private:
    State refuse(Problem problem);
    State endOfLine();

    std::size_t position_ = 0;
    std::size_t skipped_ = 0;
    std::size_t lineBytes_ = 0;
    int headerLines_ = 0;
    bool inRequestLine_ = true;
    bool sawCr_ = false;
    Problem problem_;
};

/// How the body of a request is delimited.
enum class BodyFraming { None, Length, Chunked };

/// A request's header, proven well-formed: one framing, one Host, no folding, no bytes outside the
/// grammar, a target that decodes.
struct RequestHead {
    std::string method;
    std::string rawPath; ///< percent-encoded, begins with '/'; "*" for OPTIONS *
    std::string path;    ///< decoded once
    std::string target;  ///< path and query as sent
    std::string host;    ///< "" only in HTTP/1.0
    httplib::Params params;
    /// As sent, without the fields that are dealt with here (framing, Connection, Expect,
    /// Accept-Encoding) and without those whose names the library takes for its own (REMOTE_ADDR
    /// and the like). A Range survives only if it is the only one, on a GET.
    httplib::Headers headers;
    BodyFraming framing = BodyFraming::None;
    std::int64_t contentLength = 0;
    bool saysLength = false; ///< there is a Content-Length, or chunks; also of an empty body
    bool isHttp10 = false;
    bool keepAlive = true;
    bool expectsContinue = false;
    bool acceptsGzip = false; ///< Accept-Encoding names gzip, and not with q=0
};

/// @param block  from the request line to the empty line, as HeadScanner found it; any bytes give
/// a head or a problem
tl::expected<RequestHead, Problem> parseHead(std::string_view block);

/// A problem of the HTTP layer itself.
Problem httpProblem(int status, std::string code, std::string title, std::string detail);

} // namespace segue::http
