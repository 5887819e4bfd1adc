// The render pool. One mutex guards the queue, the table of jobs and each job's parties; it is held
// for table work only. Every change ends in dispatchLocked(), which lets the most urgent jobs begin
// on threads of their own, or go on, as long as there is room. A render runs through a writer of
// the store and publishes without the mutex; after each piece it asks whether it should stand still
// for others (giveWay), and then keeps its thread and its state but no room. What readers wait on
// is the job's InFlightChunk, which has a mutex of its own that is never taken together with this
// one. A job that has been cancelled while it ran is out of the table at once, so that whoever asks
// next gets a fresh one.
#include "backend/RenderScheduler.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/RenderJob.h"
#include "backend/RenderPolicy.h"
#include "backend/http/ConnectionThreads.h"

namespace segue::backend {

namespace {

using JobPtr = std::shared_ptr<RenderJob>;
using Stage = RenderJob::Stage;

/// Renders that stand still keep a thread and some 2 MB each.
constexpr std::size_t kMostStill = 256;
constexpr std::size_t kStackBytes = std::size_t{2} << 20;
constexpr auto kIdleThreadTime = std::chrono::seconds(10);
/// Before there is a measured one.
constexpr double kGuessedRenderSeconds = 0.1;

/// Passes appends on, wakes the readers that wait for them and lets more urgent renders go first.
class NotifyingWriter final : public cache::ChunkWriter {
  public:
    NotifyingWriter(cache::ChunkWriter& inner, std::function<void(std::int64_t)> grown)
        : inner_(inner), grown_(std::move(grown)) {}

    Result<void> append(std::span<const std::byte> bytes) override {
        Result<void> appended = bytes.empty() ? Result<void>() : inner_.append(bytes);
        if (appended)
            grown_(static_cast<std::int64_t>(bytes.size()));
        return appended;
    }
    std::shared_ptr<const cache::ChunkBlob> blob() const override { return inner_.blob(); }
    bool publish() override { return false; } // the scheduler's own task, after the render

  private:
    cache::ChunkWriter& inner_;
    const std::function<void(std::int64_t)> grown_;
};

/// A store that cannot keep a chunk never takes it from its readers.
bool publish(cache::ChunkWriter& writer) noexcept {
    try {
        return writer.publish();
    } catch (...) {
        return false;
    }
}

constexpr std::size_t indexOf(RenderClass renderClass) {
    return static_cast<std::size_t>(renderClass);
}

} // namespace

class RenderScheduler::Core {
  public:
    Core(cache::ChunkStore& store, const SchedulerOptions& options)
        : store_(store), options_(options),
          threads_("segue-render",
                   options.workers + options.workersForBlocked + static_cast<int>(kMostStill),
                   kStackBytes, kIdleThreadTime),
          policy_(options.workers, options.workersForBlocked) {}

    Result<std::pair<JobPtr, std::uint64_t>> submit(RenderTask task, RenderClass renderClass,
                                                    Clock::time_point deadline);
    void hurry(RenderJob& job, std::uint64_t party, RenderClass renderClass,
               Clock::time_point deadline);
    void served(RenderJob& job, std::uint64_t party);
    void leave(const JobPtr& job, std::uint64_t party) noexcept;
    bool waitForRoom(RenderClass renderClass, Clock::time_point deadline) const;
    JobState stateOf(const cache::ChunkKey& key) const;
    SchedulerStats stats() const;
    void waitWhileReadersAreBlocked(const std::stop_token& stop) const;
    void stop();

  private:
    enum class End { Rendered, Failed, Cancelled };

    // On a render thread.
    void work(const JobPtr& job);
    void run(RenderJob& job);
    /// Before anybody hears of the end, so that whoever has heard of it finds it counted.
    void count(RenderJob& job, End end);
    Result<void> render(RenderJob& job, cache::ChunkWriter& writer);
    /// Between two pieces of a render: returns when it may go on.
    void giveWay(RenderJob& job);

    /// Lets begin or go on what may. To be called after every change.
    void dispatchLocked();
    bool startLocked(const JobPtr& job);

    void enqueueLocked(const JobPtr& job);
    void dequeueLocked(const RenderJob& job);
    /// Goes by the most urgent of the parties.
    void followPartiesLocked(RenderJob& job);
    void forgetLocked(const RenderJob& job);
    void blockedChangedLocked(int difference);
    JobPtr dropLocked(const JobPtr& job);
    int retryAfterLocked(RenderClass renderClass) const;

    cache::ChunkStore& store_;
    const SchedulerOptions options_;
    http::ConnectionThreads threads_; ///< its lock is taken under this one

    mutable std::mutex mutex_;
    mutable std::condition_variable room_;          ///< a queue became shorter
    mutable std::condition_variable_any unblocked_; ///< blocked_ fell to 0
    // GUARDED_BY(mutex_)
    bool stopping_ = false;
    std::vector<JobPtr> queue_;   ///< Queued, in no order
    std::vector<JobPtr> running_; ///< Running and Still
    std::unordered_map<cache::ChunkKey, JobPtr, Hash128Hasher> jobs_;
    RenderPolicy policy_;
    int numRunning_ = 0;
    std::uint64_t nextSequence_ = 0, nextParty_ = 0;
    int blocked_ = 0; ///< Blocked jobs, queued or running
    SchedulerStats stats_;

    /// Whether anybody might have to give way; written under the mutex.
    std::atomic<bool> isContended_ = false;
};

void RenderScheduler::Core::blockedChangedLocked(int difference) {
    blocked_ += difference;
    if (blocked_ == 0)
        unblocked_.notify_all();
}

void RenderScheduler::Core::enqueueLocked(const JobPtr& job) {
    queue_.push_back(job);
    ++stats_.queued[indexOf(job->renderClass)];
}

void RenderScheduler::Core::dequeueLocked(const RenderJob& job) {
    std::erase_if(queue_, [&](const JobPtr& queued) { return queued.get() == &job; });
    --stats_.queued[indexOf(job.renderClass)];
    room_.notify_all();
}

void RenderScheduler::Core::followPartiesLocked(RenderJob& job) {
    const bool starved = job.need == RenderJob::Need::Anything;
    const RenderClass classBefore = job.renderClass;
    job.followParties();
    if (job.renderClass != classBefore) {
        if (job.stage == Stage::Queued) {
            --stats_.queued[indexOf(classBefore)];
            ++stats_.queued[indexOf(job.renderClass)];
            room_.notify_all();
        }
        if (job.stage != Stage::Done)
            blockedChangedLocked(int{job.renderClass == RenderClass::Blocked} -
                                 int{classBefore == RenderClass::Blocked});
    }
    if (job.stage == Stage::Still)
        job.mayGoOn.notify_one(); // it may run short sooner
    // A reader asks and is served some hundred times a second; what runs sees that for itself.
    if (job.stage != Stage::Running || job.renderClass != classBefore ||
        starved != (job.need == RenderJob::Need::Anything))
        dispatchLocked();
}

void RenderScheduler::Core::forgetLocked(const RenderJob& job) {
    const auto it = jobs_.find(job.task.key);
    if (it != jobs_.end() && it->second.get() == &job)
        jobs_.erase(it);
}

void RenderScheduler::Core::dispatchLocked() {
    if (stopping_)
        return;
    const auto now = options_.now();
    policy_.look(queue_, running_, now);
    while (const JobPtr job = policy_.next(queue_, running_, numRunning_, now))
        if (!startLocked(job))
            break;
    isContended_ = policy_.isContended();
}

/// @return  false when there is no thread for it
bool RenderScheduler::Core::startLocked(const JobPtr& job) {
    job->chargedUntil = options_.now(); // before its thread can look at the clock
    if (job->stage == Stage::Queued) {
        if (!threads_.tryRun([this, job] { work(job); }))
            return false;
        dequeueLocked(*job);
        running_.push_back(job);
    }
    job->stage = Stage::Running;
    ++numRunning_;
    job->mayGoOn.notify_one();
    return true;
}

JobPtr RenderScheduler::Core::dropLocked(const JobPtr& job) {
    dequeueLocked(*job);
    job->stage = Stage::Done;
    forgetLocked(*job);
    if (job->renderClass == RenderClass::Blocked)
        blockedChangedLocked(-1);
    return job;
}

int RenderScheduler::Core::retryAfterLocked(RenderClass renderClass) const {
    std::int64_t before = 0;
    for (std::size_t i = 0; i <= indexOf(renderClass); ++i)
        before += stats_.queued[i];
    const double each = stats_.rendered > 0
                            ? stats_.renderSeconds / static_cast<double>(stats_.rendered)
                            : kGuessedRenderSeconds;
    constexpr double kMost = 60;
    return static_cast<int>(
        std::clamp(std::ceil(static_cast<double>(before) * each / options_.workers), 1.0, kMost));
}

Result<std::pair<JobPtr, std::uint64_t>> RenderScheduler::Core::submit(RenderTask task,
                                                                       RenderClass renderClass,
                                                                       Clock::time_point deadline) {
    JobPtr dropped;
    Error busy;
    JobPtr job;
    std::uint64_t party = 0;
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            return fail(ErrorCode::Cancelled, "render: Segue is stopping");
        party = ++nextParty_;
        if (const auto it = jobs_.find(task.key); it != jobs_.end()) {
            it->second->parties.push_back({party, renderClass, deadline, std::move(task.client)});
            ++stats_.joined;
            JobPtr joined = it->second;
            followPartiesLocked(*joined);
            return std::pair(std::move(joined), party);
        }
        if (static_cast<std::size_t>(stats_.queued[indexOf(renderClass)]) >=
            options_.queueCapacity[indexOf(renderClass)]) {
            busy = {ErrorCode::Busy,
                    "render: the queue of class '" + std::string(nameOf(renderClass)) +
                        "' is full; try again in a few seconds",
                    retryAfterLocked(renderClass)};
            ++stats_.refused;
            const JobPtr surplus = RenderPolicy::surplus(queue_, renderClass, task.client);
            if (!surplus)
                return fail(std::move(busy));
            dropped = dropLocked(surplus);
        }
        RenderJob::Party first{party, renderClass, deadline, task.client};
        job = std::make_shared<RenderJob>(std::move(task), std::move(first), ++nextSequence_);
        jobs_.emplace(job->task.key, job);
        enqueueLocked(job);
        if (renderClass == RenderClass::Blocked)
            blockedChangedLocked(1);
        dispatchLocked();
    }
    if (dropped)
        dropped->chunk.fail(std::move(busy));
    return std::pair(std::move(job), party);
}

void RenderScheduler::Core::hurry(RenderJob& job, std::uint64_t party, RenderClass renderClass,
                                  Clock::time_point deadline) {
    std::lock_guard lock(mutex_);
    for (RenderJob::Party& p : job.parties)
        if (p.id == party)
            p.hurry(renderClass, deadline);
    followPartiesLocked(job);
}

void RenderScheduler::Core::served(RenderJob& job, std::uint64_t party) {
    std::lock_guard lock(mutex_);
    job.served(party, options_.now());
    followPartiesLocked(job);
}

void RenderScheduler::Core::giveWay(RenderJob& job) {
    if (!isContended_.load(std::memory_order_relaxed))
        return;
    std::unique_lock lock(mutex_);
    const auto now = options_.now();
    policy_.charge(job, now);
    if (!policy_.standsStill(job, now))
        return;
    if (running_.size() - static_cast<std::size_t>(numRunning_) >= kMostStill)
        return;
    job.stage = Stage::Still;
    --numRunning_;
    dispatchLocked();
    while (job.stage == Stage::Still && !stopping_ && !job.cancel) {
        const auto goesOnAt = RenderPolicy::goesOnAt(job);
        if (!goesOnAt || *goesOnAt <= options_.now()) {
            job.mayGoOn.wait(lock);
        } else if (job.mayGoOn.wait_for(lock, *goesOnAt - options_.now()) ==
                   std::cv_status::timeout) {
            dispatchLocked();
        }
    }
    if (job.stage == Stage::Still) { // to end it
        job.stage = Stage::Running;
        job.chargedUntil = options_.now();
        ++numRunning_;
    }
}

void RenderScheduler::Core::leave(const JobPtr& job, std::uint64_t party) noexcept {
    bool dropped = false;
    // A reader that has all bytes may leave before the render has returned.
    const bool whole =
        job->chunk.look(job->task.payloadBytes).outcome == InFlightChunk::Outcome::Reached;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(job->parties, [&](const RenderJob::Party& p) { return p.id == party; });
        if (job->parties.empty()) {
            if (job->stage == Stage::Queued) {
                dropped = true;
                dropLocked(job);
                ++stats_.cancelled;
            } else if (job->stage != Stage::Done && !job->complete && !whole) {
                job->cancel = true;
                job->mayGoOn.notify_one();
                forgetLocked(*job); // it may already have seen the flag: nobody may join it now
            }
        }
        followPartiesLocked(*job);
    }
    if (dropped)
        job->chunk.cancel();
}

bool RenderScheduler::Core::waitForRoom(RenderClass renderClass, Clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    return room_.wait_until(lock, deadline, [&] {
        return stopping_ || static_cast<std::size_t>(stats_.queued[indexOf(renderClass)]) <
                                options_.queueCapacity[indexOf(renderClass)];
    }) && !stopping_;
}

RenderScheduler::JobState RenderScheduler::Core::stateOf(const cache::ChunkKey& key) const {
    std::lock_guard lock(mutex_);
    const auto it = jobs_.find(key);
    if (it == jobs_.end())
        return JobState::None;
    return it->second->stage == Stage::Queued ? JobState::Queued : JobState::Running;
}

SchedulerStats RenderScheduler::Core::stats() const {
    std::lock_guard lock(mutex_);
    SchedulerStats stats = stats_;
    stats.running = static_cast<std::int64_t>(running_.size());
    return stats;
}

void RenderScheduler::Core::waitWhileReadersAreBlocked(const std::stop_token& stop) const {
    std::unique_lock lock(mutex_);
    unblocked_.wait(lock, stop, [&] { return blocked_ == 0; });
}

void RenderScheduler::Core::stop() {
    std::vector<JobPtr> dropped;
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        while (!queue_.empty()) {
            dropped.push_back(dropLocked(JobPtr(queue_.back())));
            ++stats_.cancelled;
        }
        jobs_.clear();
        for (const JobPtr& job : running_) {
            job->cancel = true;
            job->mayGoOn.notify_one();
        }
        room_.notify_all();
    }
    for (const JobPtr& job : dropped)
        job->chunk.cancel();
    threads_.join();
}

void RenderScheduler::Core::work(const JobPtr& job) {
    run(*job);

    std::lock_guard lock(mutex_);
    policy_.charge(*job, options_.now());
    job->stage = Stage::Done;
    job->need = RenderJob::Need::Nothing;
    --numRunning_;
    std::erase(running_, job); // the caller holds it: what it owns is freed outside of the lock
    forgetLocked(*job);
    if (job->renderClass == RenderClass::Blocked)
        blockedChangedLocked(-1);
    dispatchLocked();
}

void RenderScheduler::Core::count(RenderJob& job, End end) {
    std::lock_guard lock(mutex_);
    policy_.charge(job, options_.now());
    if (end == End::Rendered) {
        ++stats_.rendered;
        stats_.renderSeconds += job.seconds;
        stats_.audioSeconds += job.task.audioSeconds;
    }
    stats_.failed += end == End::Failed;
    stats_.cancelled += end == End::Cancelled;
}

Result<void> RenderScheduler::Core::render(RenderJob& job, cache::ChunkWriter& writer) {
    NotifyingWriter notifying(writer, [&](std::int64_t bytes) {
        if (bytes > 0) {
            job.written += bytes;
            job.chunk.grown();
        }
        giveWay(job);
    });
    Result<void> rendered = job.task.render(notifying, job.cancel);
    if (!rendered)
        return rendered;
    const std::int64_t got = writer.blob()->watermark();
    if (got != job.task.payloadBytes)
        return fail(ErrorCode::Internal, "render chunk " + job.task.key.hex() + ": got " +
                                             std::to_string(got) + " bytes instead of " +
                                             std::to_string(job.task.payloadBytes));
    return {};
}

void RenderScheduler::Core::run(RenderJob& job) {
    Error error;
    try {
        // Whoever asked may have looked just before somebody else published it.
        if (store_.contains(job.task.key)) {
            const auto blob = store_.find(job.task.key);
            if (blob && blob->watermark() == job.task.payloadBytes) {
                job.chunk.finish(true);
                return;
            }
        }
        const std::unique_ptr<cache::ChunkWriter> writer =
            store_.create(job.task.key, job.task.budget, job.task.about);
        job.chunk.begin(writer->blob());
        const Result<void> rendered = render(job, *writer);
        job.task.render = nullptr; // what it holds is not needed while interests linger
        if (rendered) {
            job.complete = true;
            count(job, End::Rendered);
            job.chunk.complete();
            job.chunk.finish(publish(*writer));
            return;
        }
        error = rendered.error();
    } catch (const std::exception& exception) {
        error = {ErrorCode::Internal,
                 "render chunk " + job.task.key.hex() + ": " + exception.what()};
    } catch (...) {
        error = {ErrorCode::Internal, "render chunk " + job.task.key.hex() + ": unknown exception"};
    }
    if (job.cancel) {
        count(job, End::Cancelled);
        job.chunk.cancel();
        return;
    }
    count(job, End::Failed);
    job.chunk.fail(std::move(error));
}

RenderScheduler::Interest& RenderScheduler::Interest::operator=(Interest&& other) noexcept {
    if (this != &other) {
        leave();
        core_ = std::move(other.core_);
        job_ = std::move(other.job_);
        party_ = other.party_;
    }
    return *this;
}

RenderScheduler::Interest::~Interest() {
    leave();
}

const InFlightChunk& RenderScheduler::Interest::chunk() const noexcept {
    return job_->chunk;
}

void RenderScheduler::Interest::hurry(RenderClass renderClass, Clock::time_point deadline) {
    core_->hurry(*job_, party_, renderClass, deadline);
}

void RenderScheduler::Interest::served() {
    core_->served(*job_, party_);
}

void RenderScheduler::Interest::leave() noexcept {
    if (!job_)
        return;
    core_->leave(job_, party_);
    job_.reset();
    core_.reset();
}

RenderScheduler::RenderScheduler(cache::ChunkStore& store, const SchedulerOptions& options)
    : core_(std::make_shared<Core>(store, options)) {}

RenderScheduler::~RenderScheduler() {
    stop();
}

Result<RenderScheduler::Interest> RenderScheduler::submit(RenderTask task, RenderClass renderClass,
                                                          Clock::time_point deadline) {
    auto joined = core_->submit(std::move(task), renderClass, deadline);
    if (!joined)
        return fail(joined.error());
    Interest interest;
    interest.core_ = core_;
    interest.job_ = std::move(joined->first);
    interest.party_ = joined->second;
    return interest;
}

bool RenderScheduler::waitForRoom(RenderClass renderClass, Clock::time_point deadline) const {
    return core_->waitForRoom(renderClass, deadline);
}

RenderScheduler::JobState RenderScheduler::stateOf(const cache::ChunkKey& key) const {
    return core_->stateOf(key);
}

SchedulerStats RenderScheduler::stats() const {
    return core_->stats();
}

void RenderScheduler::waitWhileReadersAreBlocked(const std::stop_token& stop) const {
    core_->waitWhileReadersAreBlocked(stop);
}

void RenderScheduler::stop() {
    core_->stop();
}

} // namespace segue::backend
