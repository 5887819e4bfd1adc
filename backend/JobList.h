#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend/ThreadName.h"
#include "backend/TimeOfDay.h"
#include "backend/WallClock.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// How the jobs of a list are called.
struct JobNames {
    const char* shortName; ///< of the thread, and in messages
    const char* noun;      ///< of one job
};

/// A line of the log.
void logJobEnd(const std::string& line);

/// Long work that clients ask for, one job after the other on a thread of their own, asked for or
/// by the clock. The thread sleeps until there is a job and runs it without the mutex; who asks for
/// its state gets a copy.
///
/// A Progress says where a job is: `phase` (a Phase with Waiting, Failed and Cancelled, besides the
/// ones it has of its own), ended(), `error` (of Failed), the Phase kBegun, the JobNames kNames,
/// and summaryOf(progress) for the log.
/// @thread all members from any thread
template <typename RequestType, typename ProgressType>
class JobList {
  public:
    using Request = RequestType;
    using Progress = ProgressType;
    using Phase = typename Progress::Phase;

    /// More that wait are refused.
    static constexpr std::size_t kMostWaiting = 16;
    /// Ended ones that are remembered.
    static constexpr std::size_t kMostEnded = 32;

    struct Status {
        std::int64_t id = 0; ///< 1, 2, ...
        bool scheduled = false;
        std::int64_t createdMs = 0;
        Request request;
        Progress progress;
    };
    /// What is begun every day, by the clock of the machine.
    struct Schedule {
        int minuteOfDay = 0; ///< 0 .. 1439, local time
        std::vector<Request> requests;
    };
    using Report = std::function<void(const Progress&)>;
    /// Does what is asked and says how it ended; on the list's thread.
    using Run = std::function<Progress(const Request&, const Report&, std::stop_token)>;
    /// Called whenever a job reports, and when its state changes; may be empty.
    using OnProgress = std::function<void(const Status&)>;

    /// @param nowMs  empty: the system's clock
    JobList(Run run, std::optional<Schedule> schedule, OnProgress onProgress, NowMs nowMs = {})
        : run_(std::move(run)), schedule_(std::move(schedule)), onProgress_(std::move(onProgress)),
          nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {
        if (schedule_)
            dueMs_ = nextTimeOfDay(nowMs_(), schedule_->minuteOfDay);
        thread_ = std::thread([this] { work(); });
    }
    /// As stop().
    ~JobList() { stop(); }
    JobList(const JobList&) = delete;
    JobList& operator=(const JobList&) = delete;

    /// @errors Busy (too many wait), Cancelled (stopping)
    Result<Status> begin(Request request);
    /// The newest first.
    std::vector<Status> list() const;
    /// @errors NotFound
    Result<Status> find(std::int64_t id) const;
    /// Has it end soon; one that has ended stays as it is. @errors NotFound
    Result<void> cancel(std::int64_t id);

    /// Cancels what runs and waits for its end. May be called twice.
    void stop();

  private:
    /// A clock that was set is noticed within this.
    static constexpr std::int64_t kLongestSleepMs = 60'000;

    struct Job {
        Status status;
        std::stop_source stop;
    };

    void work();
    void runJob(Job& job);
    void beginDueLocked();
    Job& addLocked(Request request, bool scheduled);
    Job* waitingLocked();
    /// A const or a plain Job, as the list is; null when there is none.
    template <typename Jobs>
    static auto findIn(Jobs& jobs, std::int64_t id) -> decltype(&jobs.front()) {
        const auto job = std::find_if(jobs.begin(), jobs.end(),
                                      [&](const Job& one) { return one.status.id == id; });
        return job == jobs.end() ? nullptr : &*job;
    }
    static tl::unexpected<Error> unknown(std::int64_t id) {
        return fail(ErrorCode::NotFound,
                    "no " + std::string(Progress::kNames.noun) + " " + std::to_string(id));
    }
    static std::string message(const std::string& what) {
        return std::string(Progress::kNames.shortName) + ": " + what;
    }
    void tell(const Status& status) const {
        if (onProgress_)
            onProgress_(status);
    }

    const Run run_;
    const std::optional<Schedule> schedule_;
    const OnProgress onProgress_;
    const NowMs nowMs_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    std::list<Job> jobs_; ///< the newest first
    std::int64_t lastId_ = 0;
    std::int64_t dueMs_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

template <typename RequestType, typename ProgressType>
auto JobList<RequestType, ProgressType>::begin(Request request) -> Result<Status> {
    Status status;
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            return fail(ErrorCode::Cancelled, message("Segue is stopping"));
        const auto waiting = std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) {
            return job.status.progress.phase == Phase::Waiting;
        });
        if (static_cast<std::size_t>(waiting) >= kMostWaiting)
            return fail(ErrorCode::Busy, message(std::to_string(kMostWaiting) + " wait already"));
        status = addLocked(std::move(request), false).status;
    }
    changed_.notify_all();
    tell(status);
    return status;
}

template <typename RequestType, typename ProgressType>
auto JobList<RequestType, ProgressType>::list() const -> std::vector<Status> {
    std::lock_guard lock(mutex_);
    std::vector<Status> all;
    for (const Job& job : jobs_)
        all.push_back(job.status);
    return all;
}

template <typename RequestType, typename ProgressType>
auto JobList<RequestType, ProgressType>::find(std::int64_t id) const -> Result<Status> {
    std::lock_guard lock(mutex_);
    const Job* job = findIn(jobs_, id);
    if (!job)
        return unknown(id);
    return job->status;
}

template <typename RequestType, typename ProgressType>
Result<void> JobList<RequestType, ProgressType>::cancel(std::int64_t id) {
    Status status;
    {
        std::lock_guard lock(mutex_);
        Job* job = findIn(jobs_, id);
        if (!job)
            return unknown(id);
        if (job->status.progress.ended())
            return {};
        job->stop.request_stop();
        if (job->status.progress.phase == Phase::Waiting)
            job->status.progress.phase = Phase::Cancelled;
        status = job->status;
    }
    tell(status);
    return {};
}

template <typename RequestType, typename ProgressType>
void JobList<RequestType, ProgressType>::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        for (Job& job : jobs_)
            job.stop.request_stop();
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

template <typename RequestType, typename ProgressType>
auto JobList<RequestType, ProgressType>::addLocked(Request request, bool scheduled) -> Job& {
    Job& job = jobs_.emplace_front();
    job.status.id = ++lastId_;
    job.status.scheduled = scheduled;
    job.status.createdMs = nowMs_();
    job.status.request = std::move(request);
    std::size_t ended = 0;
    for (auto it = jobs_.begin(); it != jobs_.end();)
        it = it->status.progress.ended() && ++ended > kMostEnded ? jobs_.erase(it) : std::next(it);
    return job;
}

template <typename RequestType, typename ProgressType>
auto JobList<RequestType, ProgressType>::waitingLocked() -> Job* {
    const auto oldest = std::find_if(jobs_.rbegin(), jobs_.rend(), [](const Job& job) {
        return job.status.progress.phase == Phase::Waiting;
    });
    return oldest == jobs_.rend() ? nullptr : &*oldest;
}

template <typename RequestType, typename ProgressType>
void JobList<RequestType, ProgressType>::beginDueLocked() {
    if (!schedule_ || nowMs_() < dueMs_)
        return;
    dueMs_ = nextTimeOfDay(nowMs_(), schedule_->minuteOfDay);
    for (const Request& request : schedule_->requests)
        addLocked(request, true);
}

template <typename RequestType, typename ProgressType>
void JobList<RequestType, ProgressType>::work() {
    nameThisThread(std::string("segue-") + Progress::kNames.shortName);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        beginDueLocked();
        if (Job* job = waitingLocked()) {
            job->status.progress.phase = Progress::kBegun;
            lock.unlock();
            runJob(*job);
            lock.lock();
            continue;
        }
        const auto wanted = [this] { return stopping_ || waitingLocked(); };
        if (schedule_)
            changed_.wait_for(lock,
                              std::chrono::milliseconds(
                                  std::clamp<std::int64_t>(dueMs_ - nowMs_(), 1, kLongestSleepMs)),
                              wanted);
        else
            changed_.wait(lock, wanted);
    }
}

/// The job stays in its place meanwhile: only jobs that have ended are taken away.
template <typename RequestType, typename ProgressType>
void JobList<RequestType, ProgressType>::runJob(Job& job) {
    const auto keep = [&](const Progress& progress) {
        Status status;
        {
            std::lock_guard lock(mutex_);
            job.status.progress = progress;
            status = job.status;
        }
        tell(status);
    };
    Progress ended;
    try {
        // One that is over stays over for who looks at it, so its end is told once, below.
        ended = run_(
            job.status.request,
            [&](const Progress& progress) {
                if (!progress.ended())
                    keep(progress);
            },
            job.stop.get_token());
    } catch (const std::exception& exception) {
        ended.phase = Phase::Failed;
        ended.error = exception.what();
    }
    logJobEnd(message(summaryOf(ended)));
    keep(ended);
}

} // namespace segue::backend
