// The queue of pre-warmings. Its thread sleeps until one is asked for or the clock says so, and
// runs them one at a time without the mutex; who asks for their state gets a copy.
#include "backend/PrewarmJobs.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/ThreadName.h"

namespace segue::backend {

namespace {

using Phase = PrewarmProgress::Phase;

constexpr int kMinutesPerHour = 60, kHoursPerDay = 24;
/// A clock that was set is noticed within this.
constexpr std::int64_t kLongestSleepMs = 60'000;

std::optional<int> twoDigits(std::string_view text) {
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !isDigit(text[0]) || !isDigit(text[1]))
        return std::nullopt;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

} // namespace

Result<int> parseMinuteOfDay(std::string_view text) {
    const auto hour = twoDigits(text.substr(0, 2));
    const auto minute =
        text.size() == 5 && text[2] == ':' ? twoDigits(text.substr(3)) : std::nullopt;
    if (!hour || !minute || *hour >= kHoursPerDay || *minute >= kMinutesPerHour)
        return fail(ErrorCode::InvalidArgument,
                    "'" + std::string(text) + "' is not a time of day, 00:00 to 23:59");
    return *hour * kMinutesPerHour + *minute;
}

std::int64_t nextTimeOfDay(std::int64_t nowMs, int minuteOfDay) {
    const std::time_t now = nowMs / 1000;
    std::tm local{};
    localtime_r(&now, &local);
    for (int day = 0;; ++day) { // mktime() understands the 32nd, and summer time
        std::tm at = local;
        at.tm_mday += day;
        at.tm_hour = minuteOfDay / kMinutesPerHour;
        at.tm_min = minuteOfDay % kMinutesPerHour;
        at.tm_sec = 0;
        at.tm_isdst = -1;
        const std::int64_t atMs = std::int64_t{mktime(&at)} * 1000;
        if (atMs > nowMs || day > 2)
            return atMs;
    }
}

PrewarmJobs::PrewarmJobs(Run run, std::optional<PrewarmSchedule> schedule, OnProgress onProgress,
                         NowMs nowMs)
    : run_(std::move(run)), schedule_(std::move(schedule)), onProgress_(std::move(onProgress)),
      nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {
    if (schedule_)
        dueMs_ = nextTimeOfDay(nowMs_(), schedule_->minuteOfDay);
    thread_ = std::thread([this] { work(); });
}

PrewarmJobs::~PrewarmJobs() {
    stop();
}

Result<PrewarmJobs::Status> PrewarmJobs::begin(PrewarmRequest request) {
    Status status;
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            return fail(ErrorCode::Cancelled, "prewarm: Segue is stopping");
        const auto waiting = std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) {
            return job.status.progress.phase == Phase::Waiting;
        });
        if (static_cast<std::size_t>(waiting) >= kMostWaiting)
            return fail(ErrorCode::Busy,
                        "prewarm: " + std::to_string(kMostWaiting) + " wait already");
        status = addLocked(std::move(request), false).status;
    }
    changed_.notify_all();
    tell(status);
    return status;
}

std::vector<PrewarmJobs::Status> PrewarmJobs::list() const {
    std::lock_guard lock(mutex_);
    std::vector<Status> all;
    for (const Job& job : jobs_)
        all.push_back(job.status);
    return all;
}

Result<PrewarmJobs::Status> PrewarmJobs::find(std::int64_t id) const {
    std::lock_guard lock(mutex_);
    const Job* job = findLocked(id);
    if (!job)
        return fail(ErrorCode::NotFound, "no pre-warming " + std::to_string(id));
    return job->status;
}

Result<void> PrewarmJobs::cancel(std::int64_t id) {
    Status status;
    {
        std::lock_guard lock(mutex_);
        const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                      [&](const Job& one) { return one.status.id == id; });
        if (job == jobs_.end())
            return fail(ErrorCode::NotFound, "no pre-warming " + std::to_string(id));
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

void PrewarmJobs::stop() {
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

PrewarmJobs::Job& PrewarmJobs::addLocked(PrewarmRequest request, bool scheduled) {
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

PrewarmJobs::Job* PrewarmJobs::waitingLocked() {
    const auto oldest = std::find_if(jobs_.rbegin(), jobs_.rend(), [](const Job& job) {
        return job.status.progress.phase == Phase::Waiting;
    });
    return oldest == jobs_.rend() ? nullptr : &*oldest;
}

const PrewarmJobs::Job* PrewarmJobs::findLocked(std::int64_t id) const {
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const Job& one) { return one.status.id == id; });
    return job == jobs_.end() ? nullptr : &*job;
}

void PrewarmJobs::tell(const Status& status) const {
    if (onProgress_)
        onProgress_(status);
}

void PrewarmJobs::beginDueLocked() {
    if (!schedule_ || nowMs_() < dueMs_)
        return;
    dueMs_ = nextTimeOfDay(nowMs_(), schedule_->minuteOfDay);
    for (const PrewarmRequest& request : schedule_->requests)
        addLocked(request, true);
}

void PrewarmJobs::work() {
    nameThisThread("segue-prewarm");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        beginDueLocked();
        if (Job* job = waitingLocked()) {
            job->status.progress.phase = Phase::Analysing;
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
void PrewarmJobs::runJob(Job& job) {
    const auto keep = [&](const PrewarmProgress& progress) {
        Status status;
        {
            std::lock_guard lock(mutex_);
            job.status.progress = progress;
            status = job.status;
        }
        tell(status);
    };
    PrewarmProgress ended;
    try {
        // One that is over stays over for who looks at it, so its end is told once, below.
        ended = run_(
            job.status.request,
            [&](const PrewarmProgress& progress) {
                if (!progress.ended())
                    keep(progress);
            },
            job.stop.get_token());
    } catch (const std::exception& exception) {
        ended.phase = Phase::Failed;
        ended.error = exception.what();
    }
    spdlog::info("prewarm: {}: {} chunks rendered, {} were there, {} tracks failed, {:.0f} s{}{}",
                 nameOf(ended.phase), ended.chunksRendered, ended.chunksThere, ended.tracksFailed,
                 ended.seconds, ended.error.empty() ? "" : ": ", ended.error);
    keep(ended);
}

} // namespace segue::backend
