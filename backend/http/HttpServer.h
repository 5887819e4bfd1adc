#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/http/Router.h"
#include "processing/types/Error.h"

namespace segue::http {

/// One answered request, for metrics and logs.
struct RequestRecord {
    std::string_view method;
    std::string_view pattern; ///< the route's; "" when none matched
    std::string_view path;    ///< percent-encoded, without the query
    int status = 0;
    std::int64_t bytesSent = 0;
    std::chrono::microseconds firstByte{}; ///< from the whole header to the first byte sent
    std::chrono::microseconds total{};     ///< from the whole header to the last byte sent
    bool complete = false;                 ///< whether the whole answer went out
    bool abandoned = false;                ///< given up with a 503, since the client had left
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    int port = 8080; ///< 0: any free one
    /// Further names by which a server bound to a loopback address may be addressed; others are
    /// refused (421), which is what stops DNS rebinding.
    std::vector<std::string> hostNames;

    int maxConnections = 4096; ///< one thread each; more are answered 503
    int maxRequestsPerConnection = 1000;
    std::size_t maxBodyBytes = std::size_t{1} << 20; ///< in memory
    std::size_t threadStackBytes = std::size_t{256} << 10;

    std::chrono::milliseconds headerTimeout{10'000}; ///< for a whole header, from its first byte
    /// For a whole request body; for one that goes to a file, without a single byte of it.
    std::chrono::milliseconds bodyTimeout{30'000};
    std::chrono::milliseconds idleTimeout{5'000}; ///< between two requests
    /// After which a thread without a connection ends.
    std::chrono::milliseconds idleThreadTimeout{10'000};
    /// Without a single byte taken by the client. A paused browser must outlast a long pause; a
    /// vanished one is noticed by TCP.
    std::chrono::milliseconds writeTimeout{3'600'000};

    /// Called on the connection's thread after each answer.
    std::function<void(const RequestRecord&)> onRequest;
};

struct ServerStats {
    std::int64_t accepted = 0;
    std::int64_t refused = 0; ///< 503 for want of a thread
    std::int64_t requests = 0;
    std::int64_t badRequests = 0; ///< refused before any handler saw them
    int openConnections = 0;
    int threads = 0;
};

/// The HTTP/1.1 server: one thread per connection, the library fed only with requests that have
/// been read whole and proven well-formed (see Connection.cpp).
/// @thread routes before start(); everything else from any thread but the handlers'
class HttpServer {
  public:
    explicit HttpServer(ServerOptions options);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// See Router::add.
    void route(const std::string& method, const std::string& pattern, Handler handler,
               BodyTaker takeBody = {});
    /// See Router::fallback.
    void fallback(Handler handler);

    /// Returns once the port listens. @return the port
    /// @errors InvalidArgument (host or port), Io; the message names host:port and the reason
    Result<int> start();
    /// Closes the port and every connection, stalled ones too, and returns when all threads have
    /// ended. Handlers that block must poll their Liveness. May be called twice.
    void stop();

    int port() const noexcept; ///< 0 before start()
    ServerStats stats() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace segue::http
