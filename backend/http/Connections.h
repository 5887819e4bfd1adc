#pragma once

#include <chrono>
#include <map>
#include <mutex>

namespace segue::http {

/// The sockets that are open now, so that they can be ended from outside their threads.
///
/// A socket is shut down only while it is in here, under the lock, and is taken out before it is
/// closed: a number that the system has given to another file is never touched.
/// @thread any
class Connections {
  public:
    void add(int fd);
    void remove(int fd);
    /// Whether the connection waits for its next request.
    void setIdle(int fd, bool isIdle);

    /// Ends every connection at once, whatever its thread is doing with it.
    void shutdownAll();
    /// Ends the connection that has waited longest for its next request. @return whether there was
    bool shutdownLongestIdle();

    int count() const;

  private:
    struct Entry {
        bool isIdle = false;
        std::chrono::steady_clock::time_point idleSince;
    };
    mutable std::mutex mutex_;
    std::map<int, Entry> entries_; // GUARDED_BY(mutex_)
};

} // namespace segue::http
