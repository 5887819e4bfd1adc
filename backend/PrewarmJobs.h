#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "backend/PrewarmRequest.h"
#include "backend/Prewarmer.h"
#include "backend/WallClock.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// What is warmed every day, by the clock of the machine.
struct PrewarmSchedule {
    int minuteOfDay = 0; ///< 0 .. 1439, local time
    std::vector<PrewarmRequest> requests;
};
/// @param text  HH:MM  @errors InvalidArgument
Result<int> parseMinuteOfDay(std::string_view text);
/// The next time after `nowMs` when the machine's clock shows that minute, in ms since 1970.
std::int64_t nextTimeOfDay(std::int64_t nowMs, int minuteOfDay);

/// Pre-warmings one after the other on a thread of their own, asked for or by the clock.
/// @thread all members from any thread
class PrewarmJobs {
  public:
    /// More that wait are refused.
    static constexpr std::size_t kMostWaiting = 16;
    /// Ended ones that are remembered.
    static constexpr std::size_t kMostEnded = 32;

    struct Status {
        std::int64_t id = 0; ///< 1, 2, ...
        bool scheduled = false;
        std::int64_t createdMs = 0;
        PrewarmRequest request;
        PrewarmProgress progress;
    };
    using Run = std::function<PrewarmProgress(const PrewarmRequest&, const Prewarmer::Report&,
                                              std::stop_token)>;
    /// Called a few times a second while one runs, and when its state changes; may be empty.
    using OnProgress = std::function<void(const Status&)>;

    /// @param run  Prewarmer::run, or what a test puts in its place  @param nowMs  empty: the
    /// system's clock
    PrewarmJobs(Run run, std::optional<PrewarmSchedule> schedule, OnProgress onProgress,
                NowMs nowMs = {});
    /// As stop().
    ~PrewarmJobs();
    PrewarmJobs(const PrewarmJobs&) = delete;
    PrewarmJobs& operator=(const PrewarmJobs&) = delete;

    /// @errors Busy (too many wait), Cancelled (stopping)
    Result<Status> begin(PrewarmRequest request);
    /// The newest first.
    std::vector<Status> list() const;
    /// @errors NotFound
    Result<Status> find(std::int64_t id) const;
    /// Has it end soon; one that has ended stays as it is. @errors NotFound
    Result<void> cancel(std::int64_t id);

    /// Cancels what runs and waits for its end. May be called twice.
    void stop();

  private:
    struct Job {
        Status status;
        std::stop_source stop;
    };

    void work();
    void runJob(Job& job);
    void beginDueLocked();
    Job& addLocked(PrewarmRequest request, bool scheduled);
    Job* waitingLocked();
    const Job* findLocked(std::int64_t id) const;
    void tell(const Status& status) const;

    const Run run_;
    const std::optional<PrewarmSchedule> schedule_;
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

} // namespace segue::backend
