// The threads of connections. A thread takes one job at a time, handed to it directly; an idle one
// waits on its own condition, and the one that worked last is used first, so that those which a
// burst made die again. Who ends joins those who ended before him: no thread stays unjoined for
// longer than the pool lives.

#include "backend/http/ConnectionThreads.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <spdlog/spdlog.h>

namespace segue::http {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackFactor = 4; // instrumented frames are larger
#else
constexpr std::size_t kStackFactor = 1;
#endif

} // namespace

ConnectionThreads::ConnectionThreads(const char* name, int maxThreads, std::size_t stackBytes,
                                     std::chrono::milliseconds idleTime)
    : name_(name), maxThreads_(maxThreads), stackBytes_(stackBytes * kStackFactor),
      idleTime_(idleTime) {}

ConnectionThreads::~ConnectionThreads() {
    assert(workers_.empty() && ended_.empty());
}

bool ConnectionThreads::tryRun(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (stopping_)
        return false;
    if (!idle_.empty()) {
        Worker& worker = *idle_.back();
        idle_.pop_back();
        worker.job = std::move(job);
        worker.wake.notify_one();
        return true;
    }
    if (static_cast<int>(workers_.size()) >= maxThreads_)
        return false;
    Worker& worker = workers_.emplace_back();
    worker.owner = this;
    worker.job = std::move(job);
    worker.self = std::prev(workers_.end());
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int failure = pthread_attr_setstacksize(&attributes, stackBytes_);
    if (failure == 0)
        failure = pthread_create(
            &worker.thread, &attributes,
            [](void* argument) -> void* {
                auto* me = static_cast<Worker*>(argument);
                pthread_setname_np(pthread_self(), me->owner->name_);
                me->owner->work(*me);
                return nullptr;
            },
            &worker);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        spdlog::error("{}: no further thread: error {}", name_, failure);
        workers_.pop_back();
        return false;
    }
    return true;
}

void ConnectionThreads::work(Worker& worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (worker.job) {
            auto job = std::exchange(worker.job, nullptr);
            lock.unlock();
            job();
            job = nullptr;
            lock.lock();
        }
        if (stopping_)
            break;
        idle_.push_back(&worker);
        worker.wake.wait_for(lock, idleTime_, [&] { return worker.job || stopping_; });
        if (!worker.job) {
            idle_.erase(std::find(idle_.begin(), idle_.end(), &worker));
            break;
        }
    }
    std::list<Worker> before;
    before.swap(ended_);
    ended_.splice(ended_.end(), workers_, worker.self);
    workerEnded_.notify_all();
    lock.unlock();
    for (const Worker& other : before)
        pthread_join(other.thread, nullptr);
}

void ConnectionThreads::join() {
    std::list<Worker> last;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        for (Worker* worker : idle_)
            worker->wake.notify_one();
        workerEnded_.wait(lock, [&] { return workers_.empty(); });
        last.swap(ended_);
    }
    for (const Worker& worker : last)
        pthread_join(worker.thread, nullptr);
}

int ConnectionThreads::threads() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(workers_.size());
}

int ConnectionThreads::busy() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(workers_.size() - idle_.size());
}

} // namespace segue::http
