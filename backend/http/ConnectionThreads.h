#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

#include <pthread.h>

namespace segue::http {

/// Threads with small stacks, made when a connection needs one and ended after a while without
/// work: thousands of slow streams cost little, and an idle server has none.
/// @thread any
class ConnectionThreads {
  public:
    /// @param name  of every thread, at most 15 characters
    ConnectionThreads(const char* name, int maxThreads, std::size_t stackBytes,
                      std::chrono::milliseconds idleTime);
    /// join() must have been called.
    ~ConnectionThreads();
    ConnectionThreads(const ConnectionThreads&) = delete;
    ConnectionThreads& operator=(const ConnectionThreads&) = delete;

    /// Starts `job` at once on a thread of its own. `job` must not throw.
    /// @return  false, and `job` is not run, when all threads are taken or no more can be made
    bool tryRun(std::function<void()> job);

    /// Waits until all jobs have ended, then ends all threads; tryRun refuses from its start on.
    void join();

    int threads() const;
    int busy() const;

  private:
    struct Worker {
        ConnectionThreads* owner = nullptr;
        pthread_t thread{};
        std::condition_variable wake;
        std::function<void()> job; // GUARDED_BY(owner->mutex_)
        std::list<Worker>::iterator self;
    };

    void work(Worker& worker);

    const char* const name_;
    const int maxThreads_;
    const std::size_t stackBytes_;
    const std::chrono::milliseconds idleTime_;

    mutable std::mutex mutex_;
    std::condition_variable workerEnded_;
    std::list<Worker> workers_; // GUARDED_BY(mutex_): those that run
    std::list<Worker> ended_;   // GUARDED_BY(mutex_): at most a few, to be joined by the next
    std::vector<Worker*> idle_; // GUARDED_BY(mutex_): used from the back, so that the rest age
    bool stopping_ = false;     // GUARDED_BY(mutex_)
};

} // namespace segue::http
