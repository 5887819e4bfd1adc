// Names and priorities of threads, the only place that asks the operating system for them. Each
// function works on the thread that calls it and touches nothing else.
#include "backend/ThreadName.h"

#include <linux/ioprio.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace segue::backend {

void nameThisThread(const std::string& name) noexcept {
    char cut[16] = {};
    name.copy(cut, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}

void lowerThisThread() noexcept {
    // Nice 19 and not SCHED_IDLE: a thread that gets no time at all while it holds the database's
    // lock would hold up everybody.
    constexpr int kLeastNice = 19;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLeastNice);
}

void lowerThisProcess() noexcept {
    // Threads that it makes from now on inherit both from this one.
    lowerThisThread();
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

} // namespace segue::backend
