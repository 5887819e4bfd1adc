#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace segue::http {

using Deadline = std::chrono::steady_clock::time_point;

/// Reads and writes of one connected socket that wait no longer than they are told. Does not own
/// the socket. A shutdown(2) from another thread ends every wait. Never raises SIGPIPE.
/// @thread one at a time, isGone() any
class Socket {
  public:
    enum class Outcome { Ok, Closed, TimedOut };

    explicit Socket(int fd) : fd_(fd) {}

    /// Waits for bytes. @param count  set to the bytes read, >= 1 if Ok
    Outcome receive(std::span<char> into, Deadline deadline, std::size_t& count) const;
    /// Appends what is there to `input`, waiting for at least one byte.
    Outcome receive(std::string& input, Deadline deadline) const;
    /// Waits until there is something to read, or the other side has closed.
    Outcome waitReadable(Deadline deadline) const;

    /// Sends both, whole.
    /// @param stallTimeout  how long the other side may take nothing at all
    Outcome send(std::string_view first, std::string_view second,
                 std::chrono::milliseconds stallTimeout) const;

    /// Whether the other side has closed or reset the connection.
    bool isGone() const noexcept;

    /// Sends the end of the stream, then reads and drops what still arrives until the other side
    /// closes: a close with unread bytes would reset the connection and could take the answer with
    /// it. Bounded in bytes and time.
    void lingeringShutdown(std::chrono::milliseconds atMost) const;

    int fd() const noexcept { return fd_; }

  private:
    int fd_;
};

/// What is set on every connection: no delay, keep-alive probes that notice a vanished client in
/// about two minutes, and a bound on what the kernel keeps unsent for a client that has paused.
void tuneSocket(int fd);

} // namespace segue::http
