#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/ClientUsage.h"
#include "backend/RenderJob.h"

namespace segue::backend {

/// Which render begins or goes on, and which stands still for others:
/// - while a reader has nothing yet, what nobody waits for stands still, and none of it begins;
/// - a render whose reader has a second of audio in hand lets those go first whose readers have
///   nothing, or run out: many who begin at once are all heard soon;
/// - of readers who have nothing, those go first whose clients had less rendering of late, and a
///   client who had far more stands still for them.
/// @thread under the scheduler's mutex
class RenderPolicy {
  public:
    /// @param workers  renders at once  @param workersForBlocked  besides, of Blocked jobs only
    RenderPolicy(int workers, int workersForBlocked)
        : workers_(workers), workersForBlocked_(workersForBlocked) {}

    /// Sees who has nothing; to be called when anything has changed, before next().
    void look(const RenderJobs& queue, const RenderJobs& begun, Clock::time_point now);
    /// The most urgent of the jobs that are Queued or Still and may run beside `numRunning` others;
    /// null when there is none.
    std::shared_ptr<RenderJob> next(const RenderJobs& queue, const RenderJobs& begun,
                                    int numRunning, Clock::time_point now);
    /// Whether somebody might have to give way.
    bool isContended() const { return leastStarvingUse_ || waiting_; }
    /// Whether a job that runs is to stand still. @param now  of this moment
    bool standsStill(const RenderJob& job, Clock::time_point now) const;
    /// When one that stands still has to go on by itself; nothing: when it is let.
    static std::optional<Clock::time_point> goesOnAt(const RenderJob& job);

    /// Notes what a running job has used since it was charged last.
    void charge(RenderJob& job, Clock::time_point now);

    /// Who is to leave a full queue: the last job of the client that has most in it, if it has two
    /// more than `client`.
    static std::shared_ptr<RenderJob> surplus(const RenderJobs& queue, RenderClass renderClass,
                                              const std::string& client);

  private:
    /// How urgent a job is, most first.
    enum class Rank {
        Short,    ///< a reader who listens may run dry
        Starving, ///< a reader has nothing yet
        Supplied, ///< Blocked, and its reader has audio in hand
        Ahead,
        Prewarm,
        Batch,
    };
    static Rank rankOf(const RenderJob& job, Clock::time_point now);
    bool fits(Rank rank, int numRunning) const;
    /// Whether it should stand still, or not begin, for the sake of readers who have nothing.
    bool isHeldUp(const RenderJob& job, Rank rank, Clock::time_point now) const;

    const int workers_, workersForBlocked_;
    ClientUsage usage_;
    /// The least use of a client who has a starving reader.
    std::optional<double> leastStarvingUse_;
    /// The most urgent job that waits for want of room only.
    std::optional<Rank> waiting_;
};

} // namespace segue::backend
