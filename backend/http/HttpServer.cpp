// The server: listens, accepts, and gives each connection a thread. One accepting thread; the
// connections' threads come from ConnectionThreads. The library's own accept loop is not used: it
// closes the listener for good on errors that pass, spins on others, and has a backlog of five.

#include "backend/http/HttpServer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "backend/http/Connection.h"
#include "backend/http/ConnectionThreads.h"
#include "backend/http/Connections.h"
#include "backend/http/HostPolicy.h"
#include "backend/http/RequestHead.h"
#include "backend/http/Socket.h"
#include "processing/types/UniqueFd.h"

namespace segue::http {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// The kernel lowers it to net.core.somaxconn.
constexpr int kBacklog = 4096;
/// Connections taken from one listener before the others and the wake-up are looked at again.
constexpr int kAcceptBatch = 64;
/// While descriptors or memory are short. Waiting connections lose nothing but this time.
constexpr auto kShortageBackoff = 50ms;
constexpr auto kFirstReopenBackoff = 100ms;
constexpr auto kLastReopenBackoff = 5s;
/// Refused connections that are given time to read their answer; beyond, the oldest are closed.
constexpr std::size_t kMaxLingering = 1024;
constexpr auto kLingerTime = 1s;

std::string textOf(int errnoValue) {
    return std::generic_category().message(errnoValue);
}

bool isLoopback(const sockaddr* address) {
    if (address->sa_family == AF_INET)
        return (ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr) != 0;
}

int portOf(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
        return 0;
    return ntohs(storage.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                     : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

struct Listeners {
    std::vector<UniqueFd> sockets;
    int port = 0;
    bool areLoopback = true;
};

/// A listening socket, or the errno.
tl::expected<UniqueFd, int> listenOn(const addrinfo& info, int port) {
    UniqueFd fd(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd)
        return tl::unexpected(errno);
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // restart without a wait
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const char*>(info.ai_addr), info.ai_addrlen,
                reinterpret_cast<char*>(&address));
    if (info.ai_family == AF_INET6) {
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(static_cast<uint16_t>(port));
    } else {
        reinterpret_cast<sockaddr_in&>(address).sin_port = htons(static_cast<uint16_t>(port));
    }
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), info.ai_addrlen) != 0 ||
        ::listen(fd.get(), kBacklog) != 0)
        return tl::unexpected(errno);
    return fd;
}

/// Listens on every address that `host` has (localhost has two), on one port.
Result<Listeners> openListeners(const std::string& host, int port) {
    const std::string where = "listen on " + host + ":" + std::to_string(port);
    if (port < 0 || port > 65535)
        return fail(ErrorCode::InvalidArgument, where + ": a port is 0 to 65535");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    // RFC 6761: localhost is the loopback addresses whatever the machine's hosts file says; that is
    // what no name at all gives.
    const bool isLocalhost = host == "localhost";
    hints.ai_flags = AI_NUMERICSERV | (isLocalhost ? 0 : AI_PASSIVE);
    addrinfo* found = nullptr;
    std::string name = host;
    if (name.starts_with('[') && name.ends_with(']'))
        name = name.substr(1, name.size() - 2);
    if (const int failure =
            ::getaddrinfo(isLocalhost ? nullptr : name.c_str(), "0", &hints, &found);
        failure != 0)
        return fail(ErrorCode::InvalidArgument, where + ": " + ::gai_strerror(failure));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    Listeners listeners;
    listeners.port = port;
    int lastFailure = EADDRNOTAVAIL;
    for (const addrinfo* info = found; info; info = info->ai_next) {
        if (info->ai_family != AF_INET && info->ai_family != AF_INET6)
            continue;
        auto fd = listenOn(*info, listeners.port);
        if (fd) {
            listeners.port = portOf(fd->get());
            listeners.areLoopback = listeners.areLoopback && isLoopback(info->ai_addr);
            listeners.sockets.push_back(std::move(*fd));
            continue;
        }
        lastFailure = fd.error();
        // An address family that this machine lacks is no failure; a taken port is.
        if (lastFailure != EADDRNOTAVAIL && lastFailure != EAFNOSUPPORT)
            return fail(ErrorCode::Io, where + ": " + textOf(lastFailure));
    }
    if (listeners.sockets.empty())
        return fail(ErrorCode::Io, where + ": " + textOf(lastFailure));
    return listeners;
}

} // namespace

class HttpServer::Impl {
  public:
    explicit Impl(ServerOptions options)
        : options_(std::move(options)),
          threads_("segue-http", options_.maxConnections, options_.threadStackBytes,
                   options_.idleThreadTimeout) {}

    Result<int> start() {
        auto listeners = openListeners(options_.host, options_.port);
        if (!listeners)
            return fail(std::move(listeners.error()));
        wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!wake_)
            return tl::unexpected(errnoError("make an eventfd", errno));
        listeners_ = std::move(listeners->sockets);
        port_ = listeners->port;
        hostPolicy_.emplace(listeners->areLoopback ? HostPolicy::Hosts::LoopbackOnly
                                                   : HostPolicy::Hosts::Any,
                            options_.hostNames);
        environment_.emplace(ConnectionEnvironment{options_, router_, *hostPolicy_, connections_,
                                                   stopping_, [this] { return isCrowded(); },
                                                   requests_, badRequests_});
        acceptor_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "segue-accept");
            acceptLoop();
        });
        return port_;
    }

    void stop() {
        const std::lock_guard lock(stopMutex_);
        if (!acceptor_.joinable()) {
            threads_.join();
            return;
        }
        stopping_ = true;
        const std::uint64_t one = 1;
        // Cannot fail: the counter is far from its limit.
        [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
        acceptor_.join();
        listeners_.clear();
        connections_.shutdownAll(); // none is added any more
        threads_.join();
    }

    ServerStats stats() const {
        ServerStats stats;
        stats.accepted = accepted_;
        stats.refused = refused_;
        stats.requests = requests_;
        stats.badRequests = badRequests_;
        stats.openConnections = connections_.count();
        stats.threads = threads_.threads();
        return stats;
    }

    int port() const { return port_; }
    Router& router() { return router_; }

  private:
    struct Lingering {
        UniqueFd socket;
        Clock::time_point until;
    };

    bool isCrowded() const {
        return threads_.busy() > std::max(1, options_.maxConnections * 3 / 4);
    }

    void acceptLoop() {
        std::vector<pollfd> polled;
        while (!stopping_) {
            polled.assign(1, pollfd{wake_.get(), POLLIN, 0});
            for (const UniqueFd& listener : listeners_)
                polled.push_back({listener.get(), POLLIN, 0});
            for (const Lingering& lingering : lingering_)
                polled.push_back({lingering.socket.get(), POLLIN, 0});
            // Lingering sockets have deadlines, though nobody minds a late one.
            const int timeoutMs = lingering_.empty() ? -1 : 100;
            if (::poll(polled.data(), polled.size(), timeoutMs) < 0 && errno != EINTR) {
                spdlog::error("http: poll: {}", textOf(errno));
                pauseFor(kShortageBackoff);
                continue;
            }
            dropFinishedLingering(std::span(polled).subspan(1 + listeners_.size()));
            // By index: a failed listener replaces them all.
            for (std::size_t i = 0; i < listeners_.size(); ++i)
                if (polled[i + 1].revents != 0 && !acceptFrom(listeners_[i].get()))
                    break;
        }
        lingering_.clear();
    }

    /// @return  false when the listeners have been replaced
    bool acceptFrom(int listener) {
        for (int i = 0; i < kAcceptBatch && !stopping_; ++i) {
            UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
            if (socket) {
                isShort_ = false;
                admit(std::move(socket));
                continue;
            }
            switch (errno) {
            case EAGAIN:
                return true;
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
                if (!std::exchange(isShort_, true))
                    spdlog::error("http: accept: {}; new connections wait", textOf(errno));
                connections_.shutdownLongestIdle();
                pauseFor(kShortageBackoff);
                return true;
            case EBADF:
            case EINVAL:
            case ENOTSOCK:
            case EFAULT:
                spdlog::error("http: accept: {}; listening anew", textOf(errno));
                reopenListeners();
                return false;
            default: // errors of the one connection that was being accepted, says accept(2)
                continue;
            }
        }
        return true;
    }

    void admit(UniqueFd socket) {
        ++accepted_;
        tuneSocket(socket.get());
        if (isCrowded())
            connections_.shutdownLongestIdle();
        const int fd = socket.get();
        connections_.add(fd);
        const bool isTaken = threads_.tryRun([this, fd] {
            const UniqueFd owned(fd);
            serveConnection(fd, *environment_);
            connections_.remove(fd);
        });
        if (isTaken) {
            // The job owns it now.
            [[maybe_unused]] const int released = socket.release();
            return;
        }
        connections_.remove(fd);
        turnAway(std::move(socket));
    }

    void turnAway(UniqueFd socket) {
        ++refused_;
        const std::string answer = refusalText(
            httpProblem(503, "busy", "Service unavailable", "all connections are taken"),
            Body::Send);
        // An empty send buffer takes it whole.
        [[maybe_unused]] const ssize_t sent =
            ::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        ::shutdown(socket.get(), SHUT_WR);
        if (lingering_.size() == kMaxLingering)
            lingering_.pop_front();
        lingering_.push_back({std::move(socket), Clock::now() + kLingerTime});
    }

    /// @param polled  of lingering_, in its order
    void dropFinishedLingering(std::span<const pollfd> polled) {
        for (std::size_t i = 0; i < polled.size(); ++i) {
            char dropped[4096];
            if (polled[i].revents == 0)
                continue;
            const ssize_t got = ::recv(polled[i].fd, dropped, sizeof dropped, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
                lingering_[i].until = {};
        }
        const auto now = Clock::now();
        std::erase_if(lingering_,
                      [&](const Lingering& lingering) { return now >= lingering.until; });
    }

    void reopenListeners() {
        listeners_.clear();
        for (auto backoff = std::chrono::milliseconds(kFirstReopenBackoff); !stopping_;
             backoff = std::min<std::chrono::milliseconds>(backoff * 2, kLastReopenBackoff)) {
            auto listeners = openListeners(options_.host, port_);
            if (listeners) {
                listeners_ = std::move(listeners->sockets);
                spdlog::info("http: listening again on {}:{}", options_.host, port_.load());
                return;
            }
            spdlog::error("http: {}", listeners.error().message);
            pauseFor(backoff);
        }
    }

    /// Sleeps, unless the server is stopped.
    void pauseFor(std::chrono::milliseconds time) const {
        pollfd poller{wake_.get(), POLLIN, 0};
        ::poll(&poller, 1, static_cast<int>(time.count()));
    }

    const ServerOptions options_;
    Router router_;
    std::optional<HostPolicy> hostPolicy_;
    Connections connections_;
    std::optional<ConnectionEnvironment> environment_;
    ConnectionThreads threads_;

    std::mutex stopMutex_; // one stop() at a time
    std::atomic<bool> stopping_ = false;
    std::atomic<int> port_ = 0;
    UniqueFd wake_;
    std::thread acceptor_;

    // Of the accepting thread.
    std::vector<UniqueFd> listeners_;
    std::deque<Lingering> lingering_;
    bool isShort_ = false; ///< descriptors or memory; logged once

    std::atomic<std::int64_t> accepted_ = 0;
    std::atomic<std::int64_t> refused_ = 0;
    std::atomic<std::int64_t> requests_ = 0;
    std::atomic<std::int64_t> badRequests_ = 0;
};

HttpServer::HttpServer(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

HttpServer::~HttpServer() {
    stop();
}

void HttpServer::route(const std::string& method, const std::string& pattern, Handler handler,
                       BodyTaker takeBody) {
    impl_->router().add(method, pattern, std::move(handler), std::move(takeBody));
}

void HttpServer::fallback(Handler handler) {
    impl_->router().fallback(std::move(handler));
}

Result<int> HttpServer::start() {
    return impl_->start();
}

void HttpServer::stop() {
    impl_->stop();
}

int HttpServer::port() const noexcept {
    return impl_->port();
}

ServerStats HttpServer::stats() const {
    return impl_->stats();
}

} // namespace segue::http
