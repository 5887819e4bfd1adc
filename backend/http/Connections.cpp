// The registry of live sockets. Called by the accepting thread, by connection threads and by
// whoever stops the server; holds its mutex only for shutdown(2), which does not block.

#include "backend/http/Connections.h"

#include <sys/socket.h>

namespace segue::http {

void Connections::add(int fd) {
    const std::lock_guard lock(mutex_);
    entries_[fd] = Entry{};
}

void Connections::remove(int fd) {
    const std::lock_guard lock(mutex_);
    entries_.erase(fd);
}

void Connections::setIdle(int fd, bool isIdle) {
    const std::lock_guard lock(mutex_);
    entries_[fd] = Entry{isIdle, std::chrono::steady_clock::now()};
}

void Connections::shutdownAll() {
    const std::lock_guard lock(mutex_);
    for (const auto& [fd, entry] : entries_)
        ::shutdown(fd, SHUT_RDWR);
}

bool Connections::shutdownLongestIdle() {
    const std::lock_guard lock(mutex_);
    auto longest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it)
        if (it->second.isIdle &&
            (longest == entries_.end() || it->second.idleSince < longest->second.idleSince))
            longest = it;
    if (longest == entries_.end())
        return false;
    longest->second.isIdle = false;
    ::shutdown(longest->first, SHUT_RDWR);
    return true;
}

int Connections::count() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(entries_.size());
}

} // namespace segue::http
