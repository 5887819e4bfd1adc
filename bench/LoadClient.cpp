// A listener for bench/load, one of thousands on the generator's only thread. Its player is a
// buffer of two seconds: it reads until that is full, plays at a constant rate, and reads again
// what was played, four times a second. Body bytes are dropped in the kernel (MSG_TRUNC), so that a
// generator on the server's machine costs little; what they are is bench/ranges' concern.
#include "bench/LoadClient.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace segue::bench {

namespace {

constexpr auto kTick = std::chrono::milliseconds(250);
constexpr std::int64_t kWavHeaderBytes = 44;
/// What the kernel keeps for a listener besides. Left to itself it grows to a megabyte for each,
/// and both sides' sockets share this machine's TCP memory: with 2000 of them that is full, the
/// kernel drops what arrives, and a stall is measured that no listener elsewhere would meet.
constexpr int kKernelBufferBytes = 128 << 10;

Clock::duration seconds(double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

double secondsBetween(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

sockaddr_in addressOf(const std::string& ip, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1)
        throw std::invalid_argument("'" + ip + "' is no IPv4 address");
    return address;
}

/// The value of a header of the answer, "" when it has none. @param name  in lower case
std::string headerOf(const std::string& head, const std::string& name) {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto at = lower.find("\r\n" + name + ": ");
    if (at == std::string::npos)
        return {};
    const auto from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
}

} // namespace

LoadClient::LoadClient(const ClientPlan& plan, GroupFigures& figures, int poller,
                       std::uint16_t port, std::uint64_t number, Clock::time_point begin)
    : plan_(plan), figures_(figures), poller_(poller), port_(port), number_(number),
      due_(begin + plan.start) {}

Clock::time_point LoadClient::step(Clock::time_point now) {
    if (stage_ == Stage::Waiting && now >= due_)
        ask(now);
    else if (stage_ == Stage::Connecting)
        sendRequest();
    if (stage_ == Stage::Head)
        readHead(now);
    if (stage_ == Stage::Playing)
        lookAtBuffer(now);
    if (stage_ == Stage::Buffering || stage_ == Stage::Playing)
        readBody(now);
    if (stage_ == Stage::Done)
        return Clock::time_point::max();
    if (stage_ == Stage::Waiting)
        return due_;
    if (awaitsFirstByte() && now - asked_ > kPatience) {
        ++figures_.silent;
        endRequest(now);
        return due_;
    }
    return now + kTick;
}

void LoadClient::ask(Clock::time_point now) {
    asked_ = now;
    received_ = length_ = 0;
    heardBefore_ = 0;
    hasPlayed_ = false;
    head_.clear();
    skipped_ = plan_.requests[next_].offset == 0 ? kWavHeaderBytes : 0;
    ++figures_.requests;
    socket_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_)
        throw std::system_error(errno, std::generic_category(), "socket");
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &kKernelBufferBytes,
                 sizeof kKernelBufferBytes);
    const sockaddr_in own = addressOf(plan_.address, 0);
    const sockaddr_in server = addressOf("127.0.0.1", port_);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
        throw std::system_error(errno, std::generic_category(), "bind to " + plan_.address);
    epoll_event event{};
    event.events = events_ = EPOLLOUT;
    event.data.u64 = number_;
    ::epoll_ctl(poller_, EPOLL_CTL_ADD, socket_.get(), &event);
    stage_ = Stage::Connecting;
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0)
        sendRequest();
    else if (errno != EINPROGRESS)
        throw std::system_error(errno, std::generic_category(), "connect");
}

void LoadClient::sendRequest() {
    const LoadRequest& request = plan_.requests[next_];
    std::string text = "GET " + request.path +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) +
                       "\r\nConnection: close\r\n";
    if (request.offset > 0)
        text += "Range: bytes=" + std::to_string(request.offset) + "-\r\n";
    text += "\r\n";
    const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN))
        return;           // still connecting
    stage_ = Stage::Head; // a refused connection shows when its answer is read
    listen(EPOLLIN);
}

void LoadClient::listen(std::uint32_t events) {
    if (events == events_)
        return;
    epoll_event event{};
    event.events = events_ = events;
    event.data.u64 = number_;
    ::epoll_ctl(poller_, EPOLL_CTL_MOD, socket_.get(), &event);
}

void LoadClient::readHead(Clock::time_point now) {
    std::array<char, 2048> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        ++figures_.cutShort;
        return endRequest(now, 0.05);
    }
    head_.append(bytes.data(), static_cast<std::size_t>(got));
    if (const auto end = head_.find("\r\n\r\n"); end != std::string::npos)
        takeHead(now, end + 4);
}

void LoadClient::takeHead(Clock::time_point now, std::size_t headBytes) {
    const auto extra = static_cast<std::int64_t>(head_.size() - headBytes);
    const std::string head = head_.substr(0, headBytes);
    const int status = std::atoi(head.c_str() + std::min<std::size_t>(head.size(), 9));
    ++figures_.statuses[status];
    if (status != 200 && status != 206)
        return refused(now, head);
    length_ = std::atoll(headerOf(head, "content-length").c_str());
    stage_ = Stage::Buffering;
    gotAudio(now, extra);
}

void LoadClient::refused(Clock::time_point now, const std::string& head) {
    figures_.refusal.push_back(secondsBetween(asked_, now));
    const std::string retryAfter = headerOf(head, "retry-after");
    if (retryAfter.empty())
        ++figures_.refusedWithoutRetryAfter;
    endRequest(now, plan_.minds ? std::max(1.0, std::atof(retryAfter.c_str())) : 0);
}

void LoadClient::gotAudio(Clock::time_point now, std::int64_t bytes) {
    const bool awaited = awaitsFirstByte();
    received_ += bytes;
    figures_.bytes += bytes;
    if (awaited && !awaitsFirstByte()) {
        figures_.firstByte.push_back(secondsBetween(asked_, now));
        if (plan_.playSeconds == 0)
            return endRequest(now);
    }
    if (stage_ != Stage::Buffering || awaitsFirstByte())
        return;
    const double enough = std::min(heardBefore_ + bufferBytes(), static_cast<double>(length_));
    if (static_cast<double>(received_) < enough)
        return;
    if (hasPlayed_)
        figures_.stalledSeconds += secondsBetween(stalledSince_, now);
    else
        figures_.playing.push_back(secondsBetween(asked_, now));
    hasPlayed_ = true;
    playsOn_ = now;
    stage_ = Stage::Playing;
    listen(0);
}

double LoadClient::heardBytes(Clock::time_point now) const {
    if (stage_ != Stage::Playing)
        return heardBefore_;
    return std::min(heardBefore_ + secondsBetween(playsOn_, now) * plan_.bytesPerSecond,
                    static_cast<double>(length_));
}

void LoadClient::lookAtBuffer(Clock::time_point now) {
    const double left = static_cast<double>(received_) - heardBytes(now);
    if (received_ < length_)
        figures_.leastBufferSeconds =
            std::min(figures_.leastBufferSeconds, std::max(0.0, left / plan_.bytesPerSecond));
    if (left < 0 && received_ < length_) {
        ++figures_.underruns;
        stalledSince_ = now - seconds(-left / plan_.bytesPerSecond);
        heardBefore_ = static_cast<double>(received_);
        stage_ = Stage::Buffering;
        listen(EPOLLIN);
    } else if (secondsBetween(asked_, now) > plan_.playSeconds ||
               (received_ == length_ && left <= 0)) {
        endRequest(now);
    }
}

void LoadClient::readBody(Clock::time_point now) {
    while (stage_ == Stage::Buffering || stage_ == Stage::Playing) {
        const double wanted =
            std::min(heardBytes(now) + bufferBytes() + 1, static_cast<double>(length_)) -
            static_cast<double>(received_);
        if (wanted < 1)
            return;
        const ssize_t got =
            ::recv(socket_.get(), nullptr, static_cast<std::size_t>(wanted), MSG_TRUNC);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            ++figures_.cutShort;
            return endRequest(now, 0.05);
        }
        gotAudio(now, got);
    }
}

void LoadClient::endRequest(Clock::time_point now, double pauseSeconds) {
    socket_.reset(); // leaves the epoll set with it
    next_ = (next_ + 1) % plan_.requests.size();
    stage_ = next_ == 0 && !plan_.repeats ? Stage::Done : Stage::Waiting;
    due_ = now + seconds(pauseSeconds);
}

} // namespace segue::bench
