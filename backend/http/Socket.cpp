// Waiting reads and writes on a connected socket. Every call is one non-blocking attempt and, where
// needed, poll(2) with a deadline, so that the limits hold however few bytes trickle in.

#include "backend/http/Socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace segue::http {
namespace {

using Clock = std::chrono::steady_clock;

/// On the stack, which is small.
constexpr std::size_t kReadBytes = 8192;
/// Most of an upload that was refused is not worth reading.
constexpr std::size_t kMaxLingerBytes = std::size_t{4} << 20;
/// Unsent bytes in the kernel per connection, beyond which it takes no more; a block may go over
/// it. The wire never runs dry, and a thousand paused clients hold 128 MiB instead of 4 GiB of the
/// memory that all sockets share: when that is full, the kernel drops what arrives.
constexpr int kMaxUnsentBytes = 64 << 10;

int millisecondsUntil(Deadline deadline) {
    using namespace std::chrono;
    const auto left = ceil<milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

Socket::Outcome waitFor(int fd, short events, Deadline deadline) {
    for (;;) {
        pollfd poller{fd, events, 0};
        const int ready = ::poll(&poller, 1, millisecondsUntil(deadline));
        if (ready > 0)
            return Socket::Outcome::Ok;
        if (ready < 0 && errno != EINTR)
            return Socket::Outcome::Closed;
        if (ready == 0 && Clock::now() >= deadline)
            return Socket::Outcome::TimedOut;
    }
}

bool wouldBlock() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

void setOption(int fd, int level, int name, int value) {
    // Each is an improvement only, and a socket that is no TCP socket has none of them.
    ::setsockopt(fd, level, name, &value, sizeof value);
}

} // namespace

Socket::Outcome Socket::receive(std::span<char> into, Deadline deadline, std::size_t& count) const {
    for (;;) {
        const ssize_t got = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
        if (got > 0) {
            count = static_cast<std::size_t>(got);
            return Outcome::Ok;
        }
        if (got == 0)
            return Outcome::Closed;
        if (errno == EINTR)
            continue;
        if (!wouldBlock())
            return Outcome::Closed;
        if (const Outcome ready = waitReadable(deadline); ready != Outcome::Ok)
            return ready;
    }
}

Socket::Outcome Socket::receive(std::string& input, Deadline deadline) const {
    std::array<char, kReadBytes> bytes;
    std::size_t count = 0;
    const Outcome outcome = receive(bytes, deadline, count);
    if (outcome == Outcome::Ok)
        input.append(bytes.data(), count);
    return outcome;
}

Socket::Outcome Socket::waitReadable(Deadline deadline) const {
    return waitFor(fd_, POLLIN, deadline);
}

Socket::Outcome Socket::send(std::string_view first, std::string_view second,
                             std::chrono::milliseconds stallTimeout) const {
    while (!first.empty() || !second.empty()) {
        // The casts only undo iovec's missing const; sendmsg does not write.
        std::array<iovec, 2> parts = {
            iovec{const_cast<char*>(first.data()), first.size()},
            iovec{const_cast<char*>(second.data()), second.size()},
        };
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t sent = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR)
                continue;
            if (!wouldBlock())
                return Outcome::Closed;
            if (const Outcome ready = waitFor(fd_, POLLOUT, Clock::now() + stallTimeout);
                ready != Outcome::Ok)
                return ready;
            continue;
        }
        const auto fromFirst = std::min(first.size(), static_cast<std::size_t>(sent));
        first.remove_prefix(fromFirst);
        second.remove_prefix(static_cast<std::size_t>(sent) - fromFirst);
    }
    return Outcome::Ok;
}

bool Socket::isGone() const noexcept {
    pollfd poller{fd_, POLLRDHUP, 0};
    return ::poll(&poller, 1, 0) > 0 &&
           (poller.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Socket::lingeringShutdown(std::chrono::milliseconds atMost) const {
    ::shutdown(fd_, SHUT_WR);
    const Deadline deadline = Clock::now() + atMost;
    std::array<char, 4096> dropped{};
    std::size_t total = 0;
    std::size_t count = 0;
    while (total < kMaxLingerBytes && receive(dropped, deadline, count) == Outcome::Ok)
        total += count;
}

void tuneSocket(int fd) {
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    setOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    setOption(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMaxUnsentBytes);
}

} // namespace segue::http
