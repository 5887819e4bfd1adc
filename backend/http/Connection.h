#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "backend/http/Connections.h"
#include "backend/http/HostPolicy.h"
#include "backend/http/HttpServer.h"
#include "backend/http/Problem.h"
#include "backend/http/Router.h"

namespace segue::http {

/// What all connections of a server share; outlives them.
struct ConnectionEnvironment {
    const ServerOptions& options;
    const Router& router;
    const HostPolicy& hostPolicy;
    Connections& connections;
    const std::atomic<bool>& stopping;
    /// Whether threads are running out, so that none should be kept for an idle client.
    std::function<bool()> isCrowded;
    std::atomic<std::int64_t>& requests;
    std::atomic<std::int64_t>& badRequests;
};

/// Speaks HTTP on a connected socket until either side has enough. Does not close it; never throws.
void serveConnection(int fd, const ConnectionEnvironment& environment) noexcept;

/// A whole answer, for what is refused before the library is involved. It ends the connection.
enum class Body { Send, Omit };
std::string refusalText(const Problem& problem, Body body);

} // namespace segue::http
