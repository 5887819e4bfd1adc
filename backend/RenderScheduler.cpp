// The render pool. One mutex guards the queue, the table of jobs and each job's parties; it is held
// for table work only. Workers take the best job, render it through a writer of the store and
// publish it, all without the mutex; what readers wait on is the job's InFlightChunk, which has a
// mutex of its own that is never taken together with this one. Between two pieces a render that
// nobody waits for stands still while the reader of another has nothing yet; only renders that run
// make others stand still, so one that is queued behind them gets its worker. A job that has been
// cancelled while it ran is out of the table at once, so that whoever asks next gets a fresh one.
#include "backend/RenderScheduler.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/ThreadName.h"

namespace segue::backend {

std::string_view nameOf(RenderClass renderClass) noexcept {
    switch (renderClass) {
    case RenderClass::Blocked:
        return "blocked";
    case RenderClass::Ahead:
        return "ahead";
    case RenderClass::Prewarm:
        return "prewarm";
    case RenderClass::Batch:
        break;
    }
    return "batch";
}

struct RenderScheduler::Job {
    enum class Stage { Queued, Running, Done };
    /// What a party lacks.
    enum class Need {
        Nothing,
        More,     ///< it was served before: others need not stand still for it
        Anything, ///< it has been silent since it asked
    };
    struct Party {
        std::uint64_t id;
        RenderClass renderClass;
        Clock::time_point deadline;
        Need need = needOf(renderClass);

        static Need needOf(RenderClass renderClass) {
            return renderClass == RenderClass::Blocked ? Need::Anything : Need::Nothing;
        }
    };

    RenderTask task; ///< const while the job runs
    InFlightChunk chunk;
    std::atomic<bool> cancel{false};
    std::atomic<bool> complete{false}; ///< rendered; only publishing is left

    // GUARDED_BY(Core::mutex_)
    Stage stage = Stage::Queued;
    RenderClass renderClass = RenderClass::Batch; ///< of its most urgent party
    Need need = Need::Nothing;                    ///< the greatest of its parties'
    Clock::time_point deadline;
    std::uint64_t sequence = 0;
    std::vector<Party> parties;
};

namespace {

/// Passes appends on, wakes the readers that wait for them and lets more urgent renders go first.
class NotifyingWriter final : public cache::ChunkWriter {
  public:
    NotifyingWriter(cache::ChunkWriter& inner, InFlightChunk& chunk, std::function<void()> giveWay)
        : inner_(inner), chunk_(chunk), giveWay_(std::move(giveWay)) {}

    Result<void> append(std::span<const std::byte> bytes) override {
        Result<void> appended = inner_.append(bytes);
        if (appended) {
            chunk_.grown();
            giveWay_();
        }
        return appended;
    }
    std::shared_ptr<const cache::ChunkBlob> blob() const override { return inner_.blob(); }
    bool publish() override { return false; } // the scheduler's own task, after the render

  private:
    cache::ChunkWriter& inner_;
    InFlightChunk& chunk_;
    const std::function<void()> giveWay_;
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
        : store_(store), options_(options) {}

    void start() {
        for (int i = 0; i < options_.workers; ++i)
            threads_.emplace_back(
                [this, i] { work("segue-render-" + std::to_string(i), RenderClass::Batch); });
        for (int i = 0; i < options_.workersForBlocked; ++i)
            threads_.emplace_back(
                [this, i] { work("segue-urgent-" + std::to_string(i), RenderClass::Blocked); });
    }

    Result<std::pair<std::shared_ptr<Job>, std::uint64_t>>
    submit(RenderTask task, RenderClass renderClass, Clock::time_point deadline);
    void hurry(Job& job, std::uint64_t party, RenderClass renderClass, Clock::time_point deadline);
    void served(Job& job, std::uint64_t party);
    void leave(const std::shared_ptr<Job>& job, std::uint64_t party) noexcept;
    bool waitForRoom(RenderClass renderClass, Clock::time_point deadline) const;
    JobState stateOf(const cache::ChunkKey& key) const;
    SchedulerStats stats() const;
    void waitWhileReadersAreBlocked(const std::stop_token& stop) const;
    void stop();

  private:
    struct ByUrgency {
        bool operator()(const Job* a, const Job* b) const {
            return std::tie(a->renderClass, a->deadline, a->sequence) <
                   std::tie(b->renderClass, b->deadline, b->sequence);
        }
    };
    enum class End { Rendered, Found, Failed, Cancelled };

    void work(const std::string& name, RenderClass lowest);
    End run(Job& job, double& seconds);
    Result<void> render(Job& job, cache::ChunkWriter& writer);
    /// Called by a render between two pieces: returns when it may go on.
    void giveWay(const Job& job);
    bool mayRunLocked(const Job& job) const {
        return starving_ == 0 || job.need != Job::Need::Nothing;
    }
    void setNeedLocked(Job& job, Job::Need need);
    void enqueueLocked(Job& job);
    void dequeueLocked(Job& job);
    /// Goes by the most urgent of the parties; a queued job changes its place.
    void rankLocked(Job& job);
    void forgetLocked(const Job& job);
    void blockedChangedLocked(int difference);

    cache::ChunkStore& store_;
    const SchedulerOptions options_;
    std::vector<std::thread> threads_; ///< touched by start() and stop() only

    mutable std::mutex mutex_;
    std::condition_variable work_;                  ///< there may be a job to take
    std::condition_variable goOn_;                  ///< a render that stood still may go on
    mutable std::condition_variable room_;          ///< a queue became shorter
    mutable std::condition_variable_any unblocked_; ///< blocked_ fell to 0
    // GUARDED_BY(mutex_)
    bool stopping_ = false;
    std::set<Job*, ByUrgency> queue_;
    std::unordered_map<cache::ChunkKey, std::shared_ptr<Job>, Hash128Hasher> jobs_;
    std::vector<std::shared_ptr<Job>> running_;
    std::uint64_t nextSequence_ = 0, nextParty_ = 0;
    int blocked_ = 0; ///< Blocked jobs, queued or running
    /// Running jobs that somebody has nothing of yet. Written under the mutex, read anywhere.
    std::atomic<int> starving_ = 0;
    SchedulerStats stats_;
};

void RenderScheduler::Core::blockedChangedLocked(int difference) {
    blocked_ += difference;
    if (blocked_ == 0)
        unblocked_.notify_all();
}

void RenderScheduler::Core::setNeedLocked(Job& job, Job::Need need) {
    if (job.need == need)
        return;
    const int before = starving_;
    if (job.stage == Job::Stage::Running)
        starving_ += int{need == Job::Need::Anything} - int{job.need == Job::Need::Anything};
    job.need = need;
    if (before > 0)
        goOn_.notify_all();
    if (before > 0 && starving_ == 0)
        work_.notify_all();
}

void RenderScheduler::Core::enqueueLocked(Job& job) {
    queue_.insert(&job);
    ++stats_.queued[indexOf(job.renderClass)];
}

void RenderScheduler::Core::dequeueLocked(Job& job) {
    queue_.erase(&job);
    --stats_.queued[indexOf(job.renderClass)];
    room_.notify_all();
}

void RenderScheduler::Core::rankLocked(Job& job) {
    Job::Need need = Job::Need::Nothing;
    for (const Job::Party& party : job.parties)
        need = std::max(need, party.need);
    setNeedLocked(job, need);
    const auto best = std::min_element(
        job.parties.begin(), job.parties.end(), [](const Job::Party& a, const Job::Party& b) {
            return std::tie(a.renderClass, a.deadline) < std::tie(b.renderClass, b.deadline);
        });
    if (best == job.parties.end() ||
        (best->renderClass == job.renderClass && best->deadline == job.deadline))
        return;
    const bool queued = job.stage == Job::Stage::Queued;
    if (queued)
        dequeueLocked(job);
    if (job.stage != Job::Stage::Done)
        blockedChangedLocked(int{best->renderClass == RenderClass::Blocked} -
                             int{job.renderClass == RenderClass::Blocked});
    job.renderClass = best->renderClass;
    job.deadline = best->deadline;
    if (queued) {
        enqueueLocked(job);
        work_.notify_all();
    }
}

void RenderScheduler::Core::forgetLocked(const Job& job) {
    const auto it = jobs_.find(job.task.key);
    if (it != jobs_.end() && it->second.get() == &job)
        jobs_.erase(it);
}

Result<std::pair<std::shared_ptr<RenderScheduler::Job>, std::uint64_t>>
RenderScheduler::Core::submit(RenderTask task, RenderClass renderClass,
                              Clock::time_point deadline) {
    std::lock_guard lock(mutex_);
    if (stopping_)
        return fail(ErrorCode::Cancelled, "render: Segue is stopping");
    const std::uint64_t party = ++nextParty_;
    if (const auto it = jobs_.find(task.key); it != jobs_.end()) {
        it->second->parties.push_back({party, renderClass, deadline});
        rankLocked(*it->second);
        ++stats_.joined;
        return std::pair(it->second, party);
    }
    if (static_cast<std::size_t>(stats_.queued[indexOf(renderClass)]) >=
        options_.queueCapacity[indexOf(renderClass)]) {
        ++stats_.refused;
        return fail(ErrorCode::Busy, "render: the queue of class '" +
                                         std::string(nameOf(renderClass)) +
                                         "' is full; try again in a few seconds");
    }
    auto job = std::make_shared<Job>();
    job->task = std::move(task);
    job->renderClass = renderClass;
    job->need = Job::Party::needOf(renderClass);
    job->deadline = deadline;
    job->sequence = ++nextSequence_;
    job->parties.push_back({party, renderClass, deadline});
    jobs_.emplace(job->task.key, job);
    enqueueLocked(*job);
    if (renderClass == RenderClass::Blocked)
        blockedChangedLocked(1);
    work_.notify_all();
    return std::pair(std::move(job), party);
}

void RenderScheduler::Core::hurry(Job& job, std::uint64_t party, RenderClass renderClass,
                                  Clock::time_point deadline) {
    std::lock_guard lock(mutex_);
    for (Job::Party& p : job.parties) {
        if (p.id == party) {
            const bool wasBlocked = p.renderClass == RenderClass::Blocked;
            const Job::Need need = Job::Party::needOf(renderClass);
            p.need =
                wasBlocked && need != Job::Need::Nothing ? std::max(p.need, Job::Need::More) : need;
            p.renderClass = renderClass;
            p.deadline = deadline;
        }
    }
    rankLocked(job);
}

void RenderScheduler::Core::served(Job& job, std::uint64_t party) {
    std::lock_guard lock(mutex_);
    for (Job::Party& p : job.parties)
        if (p.id == party)
            p.need = Job::Need::Nothing;
    rankLocked(job);
}

void RenderScheduler::Core::giveWay(const Job& job) {
    if (starving_.load(std::memory_order_relaxed) == 0)
        return;
    std::unique_lock lock(mutex_);
    goOn_.wait(lock, [&] { return stopping_ || job.cancel || mayRunLocked(job); });
}

void RenderScheduler::Core::leave(const std::shared_ptr<Job>& job, std::uint64_t party) noexcept {
    bool dropped = false;
    // A reader that has all bytes may leave before the render has returned.
    const bool whole =
        job->chunk.look(job->task.payloadBytes).outcome == InFlightChunk::Outcome::Reached;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(job->parties, [&](const Job::Party& p) { return p.id == party; });
        rankLocked(*job);
        if (!job->parties.empty())
            return;
        if (job->stage == Job::Stage::Running && !job->complete && !whole) {
            job->cancel = true;
            goOn_.notify_all();
            forgetLocked(*job); // it may already have seen the flag: nobody may join it now
        } else if (job->stage == Job::Stage::Queued) {
            dropped = true;
            job->stage = Job::Stage::Done;
            dequeueLocked(*job);
            forgetLocked(*job);
            ++stats_.cancelled;
            if (job->renderClass == RenderClass::Blocked)
                blockedChangedLocked(-1);
        }
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
    return it->second->stage == Job::Stage::Queued ? JobState::Queued : JobState::Running;
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
    std::vector<std::shared_ptr<Job>> dropped;
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        for (Job* job : queue_) {
            job->stage = Job::Stage::Done;
            --stats_.queued[indexOf(job->renderClass)];
            ++stats_.cancelled;
            if (job->renderClass == RenderClass::Blocked)
                blockedChangedLocked(-1);
            dropped.push_back(jobs_.at(job->task.key));
        }
        queue_.clear();
        jobs_.clear();
        for (const auto& job : running_)
            job->cancel = true;
        work_.notify_all();
        goOn_.notify_all();
        room_.notify_all();
    }
    for (const auto& job : dropped)
        job->chunk.cancel();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void RenderScheduler::Core::work(const std::string& name, RenderClass lowest) {
    nameThisThread(name);
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [&] {
            return stopping_ || (!queue_.empty() && (*queue_.begin())->renderClass <= lowest &&
                                 mayRunLocked(**queue_.begin()));
        });
        if (stopping_)
            return;
        std::shared_ptr<Job> job = jobs_.at((*queue_.begin())->task.key);
        dequeueLocked(*job);
        job->stage = Job::Stage::Running;
        starving_ += int{job->need == Job::Need::Anything};
        running_.push_back(job);
        lock.unlock();

        double seconds = 0;
        const End end = run(*job, seconds);

        lock.lock();
        setNeedLocked(*job, Job::Need::Nothing);
        job->stage = Job::Stage::Done;
        std::erase(running_, job);
        forgetLocked(*job);
        if (job->renderClass == RenderClass::Blocked)
            blockedChangedLocked(-1);
        if (end == End::Rendered) {
            ++stats_.rendered;
            stats_.renderSeconds += seconds;
            stats_.audioSeconds += job->task.audioSeconds;
        }
        stats_.failed += end == End::Failed;
        stats_.cancelled += end == End::Cancelled;
        lock.unlock();
        job.reset(); // may close a file and free a plan
        lock.lock();
    }
}

Result<void> RenderScheduler::Core::render(Job& job, cache::ChunkWriter& writer) {
    NotifyingWriter notifying(writer, job.chunk, [&] { giveWay(job); });
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

RenderScheduler::Core::End RenderScheduler::Core::run(Job& job, double& seconds) {
    const auto started = Clock::now();
    Error error;
    try {
        // Whoever asked may have looked just before somebody else published it.
        if (store_.contains(job.task.key)) {
            const auto blob = store_.find(job.task.key);
            if (blob && blob->watermark() == job.task.payloadBytes) {
                job.chunk.finish(true);
                return End::Found;
            }
        }
        const std::unique_ptr<cache::ChunkWriter> writer =
            store_.create(job.task.key, job.task.budget, job.task.about);
        job.chunk.begin(writer->blob());
        const Result<void> rendered = render(job, *writer);
        job.task.render = nullptr; // what it holds is not needed while interests linger
        if (rendered) {
            job.complete = true;
            job.chunk.complete();
            seconds = std::chrono::duration<double>(Clock::now() - started).count();
            job.chunk.finish(publish(*writer));
            return End::Rendered;
        }
        error = rendered.error();
    } catch (const std::exception& exception) {
        error = {ErrorCode::Internal,
                 "render chunk " + job.task.key.hex() + ": " + exception.what()};
    } catch (...) {
        error = {ErrorCode::Internal, "render chunk " + job.task.key.hex() + ": unknown exception"};
    }
    if (job.cancel) {
        job.chunk.cancel();
        return End::Cancelled;
    }
    job.chunk.fail(std::move(error));
    return End::Failed;
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
    : core_(std::make_shared<Core>(store, options)) {
    core_->start();
}

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
