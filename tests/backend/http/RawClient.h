#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "processing/types/UniqueFd.h"

namespace segue::test {

inline constexpr std::chrono::seconds kPatience{20};

/// Waits until `condition` holds. @return whether it did within the deadline
inline bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // between two looks
    }
    return true;
}

struct RawResponse {
    int status = 0;
    std::multimap<std::string, std::string> headers; ///< names in lower case
    std::string head;                                ///< as it came
    std::string body;
    bool isWhole = false; ///< all of Content-Length, or the end of a body without one

    std::string header(const std::string& name) const {
        const auto it = headers.find(name);
        return it == headers.end() ? std::string{} : it->second;
    }
    bool has(const std::string& name) const { return headers.count(name) != 0; }
};

/// A client that sends exactly the bytes it is told to.
class RawClient {
  public:
    /// @param receiveBufferBytes  small, to make the server's writes stall early; 0: the system's
    explicit RawClient(int port, int receiveBufferBytes = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receiveBufferBytes > 0)
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes,
                         sizeof receiveBufferBytes);
        const int on = 1;
        ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect");
    }

    /// @return  false if the other side has closed before all was taken
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void shutdownWrite() { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }
    /// Closes with a reset instead of an orderly end.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_.reset();
    }
    int fd() const { return fd_.get(); }

    /// Reads one answer. @param method  HEAD has no body
    RawResponse response(std::string_view method = "GET") {
        RawResponse response;
        while (buffer_.find("\r\n\r\n") == std::string::npos)
            if (!receive())
                return response;
        const auto end = buffer_.find("\r\n\r\n") + 4;
        response.head = buffer_.substr(0, end);
        buffer_.erase(0, end);
        parseHead(response);
        if (method == "HEAD" || response.status == 204 || response.status == 304 ||
            response.status / 100 == 1) {
            response.isWhole = true;
            return response;
        }
        if (response.header("transfer-encoding") == "chunked")
            return readChunked(std::move(response));
        if (!response.has("content-length")) {
            while (receive()) {
            }
            response.body = std::move(buffer_);
            response.isWhole = true;
            return response;
        }
        const auto length = std::stoull(response.header("content-length"));
        while (buffer_.size() < length)
            if (!receive())
                break;
        response.body = buffer_.substr(0, length);
        buffer_.erase(0, response.body.size());
        response.isWhole = response.body.size() == length;
        return response;
    }
    RawResponse request(const std::string& bytes) {
        send(bytes);
        return response(bytes.substr(0, bytes.find(' ')));
    }

    /// Everything until the other side closes.
    std::string rest() {
        while (receive()) {
        }
        return std::move(buffer_);
    }
    /// Whether the other side closes without sending anything more.
    bool closesNow() { return buffer_.empty() && !receive(); }
    /// Takes what is there, at least one byte. @return false at the end
    bool receive() {
        pollfd poller{fd_.get(), POLLIN, 0};
        const auto patienceMs =
            std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
        if (::poll(&poller, 1, static_cast<int>(patienceMs)) <= 0)
            throw std::runtime_error("the server neither answers nor closes");
        char bytes[16384];
        const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
        if (got > 0)
            buffer_.append(bytes, static_cast<std::size_t>(got));
        return got > 0;
    }
    const std::string& received() const { return buffer_; }

  private:
    static void parseHead(RawResponse& response) {
        std::string_view rest = response.head;
        response.status = std::stoi(response.head.substr(9, 3));
        rest.remove_prefix(rest.find("\r\n") + 2);
        while (rest != "\r\n") {
            const auto line = rest.substr(0, rest.find("\r\n"));
            rest.remove_prefix(line.size() + 2);
            std::string name(line.substr(0, line.find(':')));
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
            response.headers.emplace(name, line.substr(line.find(':') + 2));
        }
    }
    RawResponse readChunked(RawResponse response) {
        for (;;) {
            while (buffer_.find("\r\n") == std::string::npos)
                if (!receive())
                    return response;
            const auto size = std::stoull(buffer_, nullptr, 16);
            buffer_.erase(0, buffer_.find("\r\n") + 2);
            while (buffer_.size() < size + 2)
                if (!receive())
                    return response;
            response.body += buffer_.substr(0, size);
            buffer_.erase(0, size + 2);
            if (size == 0) {
                response.isWhole = true;
                return response;
            }
        }
    }

    UniqueFd fd_;
    std::string buffer_;
};

/// A request with a Host and nothing else but `headers`, each ending in CRLF.
inline std::string requestOf(const std::string& method, const std::string& target,
                             const std::string& headers = {}, const std::string& body = {}) {
    return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}
inline std::string get(const std::string& target, const std::string& headers = {}) {
    return requestOf("GET", target, headers);
}

} // namespace segue::test
