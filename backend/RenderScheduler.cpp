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
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/ClientUsage.h"
#include "backend/http/ConnectionThreads.h"

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
    enum class Stage {
        Queued,
        Running,
        Still, ///< it has begun, and waits until it may go on
        Done,
    };
    /// What a party lacks.
    enum class Need {
        Nothing,
        More,     ///< it was served before
        Anything, ///< it has been silent since it asked
    };
    struct Party {
        std::uint64_t id;
        RenderClass renderClass;
        Clock::time_point deadline;
        std::string client;
        Need need = needOf(renderClass);

        static Need needOf(RenderClass renderClass) {
            return renderClass == RenderClass::Blocked ? Need::Anything : Need::Nothing;
        }
    };

    RenderTask task; ///< const while the job runs
    InFlightChunk chunk;
    std::atomic<bool> cancel{false};
    std::atomic<bool> complete{false};    ///< rendered; only publishing is left
    std::atomic<std::int64_t> written{0}; ///< payload bytes

    // GUARDED_BY(Core::mutex_)
    Stage stage = Stage::Queued;
    RenderClass renderClass = RenderClass::Batch; ///< of its most urgent party
    Need need = Need::Nothing;                    ///< the greatest of its parties'
    Clock::time_point deadline;
    std::string client; ///< of its most urgent party
    std::uint64_t sequence = 0;
    std::vector<Party> parties;
    std::condition_variable mayGoOn;
    Clock::time_point chargedUntil; ///< while it runs
    double seconds = 0;             ///< that it has run
    std::int64_t servedBytes = -1;  ///< written when a reader last had its first bytes
    Clock::time_point servedAt;

    /// Until when who began to listen then has audio.
    Clock::time_point suppliedUntil() const {
        if (servedBytes < 0 || task.payloadBytes <= 0)
            return servedAt;
        const double part =
            static_cast<double>(written - servedBytes) / static_cast<double>(task.payloadBytes);
        return servedAt + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(part * task.audioSeconds));
    }
};

namespace {

/// How urgent a job is, most first.
enum class Rank {
    Short,    ///< a reader who listens may run dry
    Starving, ///< a reader has nothing yet
    Supplied, ///< Blocked, and its reader has audio in hand
    Ahead,
    Prewarm,
    Batch,
};

/// Audio in hand with which a render that runs lets others go first, and with which it has to go
/// on. Between the two lie a few milliseconds of rendering, so that renders do not change places
/// for nothing.
constexpr auto kAmplySupplied = std::chrono::milliseconds(1500);
constexpr auto kRunningShort = std::chrono::milliseconds(500);
/// Seconds of rendering by which a client must be ahead of another to stand still for it; a few
/// chunks, so that clients who do the same do not take turns.
constexpr double kFarMore = 0.25;
/// Clients whose use differs by less are served by deadline.
constexpr double kUsageStep = 0.1;
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
        Result<void> appended = inner_.append(bytes);
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
                   kStackBytes, kIdleThreadTime) {}

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
    using JobPtr = std::shared_ptr<Job>;
    enum class End { Rendered, Failed, Cancelled };

    // On a render thread.
    void work(const JobPtr& job);
    void run(Job& job);
    /// Before anybody hears of the end, so that whoever has heard of it finds it counted.
    void count(Job& job, End end);
    Result<void> render(Job& job, cache::ChunkWriter& writer);
    /// Between two pieces of a render: returns when it may go on.
    void giveWay(Job& job);

    // What is urgent.
    Rank rankLocked(const Job& job, Clock::time_point now) const;
    bool fitsLocked(Rank rank) const;
    /// Whether it should stand still, or not begin, for the sake of readers who have nothing.
    bool isHeldUpLocked(const Job& job, Rank rank, Clock::time_point now) const;
    void lookForStarvingLocked(Clock::time_point now);
    JobPtr mostUrgentLocked(Clock::time_point now);
    /// Lets begin or go on what may. To be called after every change.
    void dispatchLocked();
    bool startLocked(const JobPtr& job);

    void chargeLocked(Job& job, Clock::time_point now);
    void enqueueLocked(const JobPtr& job);
    void dequeueLocked(const Job& job);
    /// Goes by the most urgent of the parties.
    void followPartiesLocked(Job& job);
    void forgetLocked(const Job& job);
    void blockedChangedLocked(int difference);
    /// The last queued job of the client that has most of them, if it has two more than `client`.
    JobPtr surplusLocked(RenderClass renderClass, const std::string& client) const;
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
    ClientUsage usage_;
    int numRunning_ = 0;
    std::uint64_t nextSequence_ = 0, nextParty_ = 0;
    int blocked_ = 0; ///< Blocked jobs, queued or running
    /// The least use of a client who has a starving reader.
    std::optional<double> leastStarvingUse_;
    /// The most urgent job that waits for want of room only.
    std::optional<Rank> waiting_;
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

void RenderScheduler::Core::dequeueLocked(const Job& job) {
    std::erase_if(queue_, [&](const JobPtr& queued) { return queued.get() == &job; });
    --stats_.queued[indexOf(job.renderClass)];
    room_.notify_all();
}

void RenderScheduler::Core::followPartiesLocked(Job& job) {
    const bool starved = job.need == Job::Need::Anything;
    const RenderClass classBefore = job.renderClass;
    job.need = Job::Need::Nothing;
    for (const Job::Party& party : job.parties)
        job.need = std::max(job.need, party.need);
    const auto best = std::min_element(
        job.parties.begin(), job.parties.end(), [](const Job::Party& a, const Job::Party& b) {
            return std::tie(a.renderClass, a.deadline) < std::tie(b.renderClass, b.deadline);
        });
    if (best != job.parties.end()) {
        if (job.stage == Job::Stage::Queued && best->renderClass != job.renderClass) {
            --stats_.queued[indexOf(job.renderClass)];
            ++stats_.queued[indexOf(best->renderClass)];
            room_.notify_all();
        }
        if (job.stage != Job::Stage::Done)
            blockedChangedLocked(int{best->renderClass == RenderClass::Blocked} -
                                 int{job.renderClass == RenderClass::Blocked});
        job.renderClass = best->renderClass;
        job.deadline = best->deadline;
        job.client = best->client;
    }
    if (job.stage == Job::Stage::Still)
        job.mayGoOn.notify_one(); // it may run short sooner
    // A reader asks and is served some hundred times a second; what runs sees that for itself.
    if (job.stage != Job::Stage::Running || job.renderClass != classBefore ||
        starved != (job.need == Job::Need::Anything))
        dispatchLocked();
}

void RenderScheduler::Core::forgetLocked(const Job& job) {
    const auto it = jobs_.find(job.task.key);
    if (it != jobs_.end() && it->second.get() == &job)
        jobs_.erase(it);
}

Rank RenderScheduler::Core::rankLocked(const Job& job, Clock::time_point now) const {
    switch (job.renderClass) {
    case RenderClass::Blocked: {
        if (job.need == Job::Need::Anything)
            return Rank::Starving;
        const auto enough = job.stage == Job::Stage::Running ? kAmplySupplied : kRunningShort;
        const bool waits = job.need == Job::Need::More;
        return waits && job.suppliedUntil() < now + enough ? Rank::Short : Rank::Supplied;
    }
    case RenderClass::Ahead:
        return Rank::Ahead;
    case RenderClass::Prewarm:
        return Rank::Prewarm;
    case RenderClass::Batch:
        break;
    }
    return Rank::Batch;
}

bool RenderScheduler::Core::fitsLocked(Rank rank) const {
    const int room = options_.workers + (rank <= Rank::Supplied ? options_.workersForBlocked : 0);
    return numRunning_ < room;
}

bool RenderScheduler::Core::isHeldUpLocked(const Job& job, Rank rank, Clock::time_point now) const {
    if (!leastStarvingUse_)
        return false;
    if (job.need == Job::Need::Nothing)
        return true;
    const double use = usage_.of(job.client, now);
    if (rank == Rank::Supplied) // for everybody but those who had far more than its own client
        return *leastStarvingUse_ <= use + kFarMore;
    return *leastStarvingUse_ + kFarMore < use;
}

void RenderScheduler::Core::lookForStarvingLocked(Clock::time_point now) {
    leastStarvingUse_.reset();
    const auto consider = [&](const JobPtr& job) {
        if (job->need != Job::Need::Anything || job->cancel)
            return;
        const double use = usage_.of(job->client, now);
        leastStarvingUse_ = std::min(leastStarvingUse_.value_or(use), use);
    };
    std::for_each(queue_.begin(), queue_.end(), consider);
    std::for_each(running_.begin(), running_.end(), consider);
}

RenderScheduler::Core::JobPtr RenderScheduler::Core::mostUrgentLocked(Clock::time_point now) {
    using Place = std::tuple<Rank, double, Clock::time_point, std::uint64_t>;
    JobPtr best;
    Place first;
    waiting_.reset();
    const auto consider = [&](const JobPtr& job) {
        if (job->stage != Job::Stage::Queued && job->stage != Job::Stage::Still)
            return;
        const Rank rank = rankLocked(*job, now);
        if (isHeldUpLocked(*job, rank, now))
            return;
        if (!fitsLocked(rank)) {
            waiting_ = std::min(waiting_.value_or(rank), rank);
            return;
        }
        const double use =
            rank == Rank::Starving ? std::floor(usage_.of(job->client, now) / kUsageStep) : 0;
        const Place place{rank, use, job->deadline, job->sequence};
        if (!best || place < first) {
            best = job;
            first = place;
        }
    };
    std::for_each(queue_.begin(), queue_.end(), consider);
    std::for_each(running_.begin(), running_.end(), consider);
    return best;
}

void RenderScheduler::Core::dispatchLocked() {
    if (stopping_)
        return;
    const auto now = options_.now();
    lookForStarvingLocked(now);
    while (const JobPtr job = mostUrgentLocked(now))
        if (!startLocked(job))
            break;
    isContended_ = leastStarvingUse_ || waiting_;
}

/// @return  false when there is no thread for it
bool RenderScheduler::Core::startLocked(const JobPtr& job) {
    job->chargedUntil = options_.now(); // before its thread can look at the clock
    if (job->stage == Job::Stage::Queued) {
        if (!threads_.tryRun([this, job] { work(job); }))
            return false;
        dequeueLocked(*job);
        running_.push_back(job);
    }
    job->stage = Job::Stage::Running;
    ++numRunning_;
    job->mayGoOn.notify_one();
    return true;
}

void RenderScheduler::Core::chargeLocked(Job& job, Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - job.chargedUntil).count();
    job.seconds += seconds;
    job.chargedUntil = now;
    usage_.charge(job.client, seconds, now);
}

RenderScheduler::Core::JobPtr
RenderScheduler::Core::surplusLocked(RenderClass renderClass, const std::string& client) const {
    std::unordered_map<std::string, std::int64_t> counts;
    counts[client] = 0;
    for (const JobPtr& job : queue_)
        counts[job->client] += job->renderClass == renderClass;
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->second < counts.at(client) + 2)
        return nullptr;
    JobPtr last;
    for (const JobPtr& job : queue_)
        if (job->renderClass == renderClass && job->client == most->first &&
            (!last ||
             std::tie(last->deadline, last->sequence) < std::tie(job->deadline, job->sequence)))
            last = job;
    return last;
}

RenderScheduler::Core::JobPtr RenderScheduler::Core::dropLocked(const JobPtr& job) {
    dequeueLocked(*job);
    job->stage = Job::Stage::Done;
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

Result<std::pair<std::shared_ptr<RenderScheduler::Job>, std::uint64_t>>
RenderScheduler::Core::submit(RenderTask task, RenderClass renderClass,
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
            const JobPtr surplus = surplusLocked(renderClass, task.client);
            if (!surplus)
                return fail(std::move(busy));
            dropped = dropLocked(surplus);
        }
        job = std::make_shared<Job>();
        job->task = std::move(task);
        job->renderClass = renderClass;
        job->deadline = deadline;
        job->client = job->task.client;
        job->sequence = ++nextSequence_;
        job->parties.push_back({party, renderClass, deadline, job->client});
        job->need = job->parties.back().need;
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
    followPartiesLocked(job);
}

void RenderScheduler::Core::served(Job& job, std::uint64_t party) {
    std::lock_guard lock(mutex_);
    for (Job::Party& p : job.parties) {
        if (p.id != party)
            continue;
        if (p.need == Job::Need::Anything) {
            job.servedBytes = job.written;
            job.servedAt = options_.now();
        }
        p.need = Job::Need::Nothing;
    }
    followPartiesLocked(job);
}

void RenderScheduler::Core::giveWay(Job& job) {
    if (!isContended_.load(std::memory_order_relaxed))
        return;
    std::unique_lock lock(mutex_);
    auto now = options_.now();
    chargeLocked(job, now);
    const Rank rank = rankLocked(job, now);
    const bool isOutranked = waiting_ && *waiting_ < Rank::Supplied && rank >= Rank::Supplied;
    if (!isOutranked && !isHeldUpLocked(job, rank, now))
        return;
    if (running_.size() - static_cast<std::size_t>(numRunning_) >= kMostStill)
        return;
    job.stage = Job::Stage::Still;
    --numRunning_;
    dispatchLocked();
    while (job.stage == Job::Stage::Still && !stopping_ && !job.cancel) {
        const auto runsShort = job.suppliedUntil() - kRunningShort;
        if (job.need != Job::Need::More || runsShort <= options_.now()) {
            job.mayGoOn.wait(lock);
        } else if (job.mayGoOn.wait_for(lock, runsShort - options_.now()) ==
                   std::cv_status::timeout) {
            dispatchLocked();
        }
    }
    if (job.stage == Job::Stage::Still) { // to end it
        job.stage = Job::Stage::Running;
        job.chargedUntil = options_.now();
        ++numRunning_;
    }
}

void RenderScheduler::Core::leave(const std::shared_ptr<Job>& job, std::uint64_t party) noexcept {
    bool dropped = false;
    // A reader that has all bytes may leave before the render has returned.
    const bool whole =
        job->chunk.look(job->task.payloadBytes).outcome == InFlightChunk::Outcome::Reached;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(job->parties, [&](const Job::Party& p) { return p.id == party; });
        if (job->parties.empty()) {
            if (job->stage == Job::Stage::Queued) {
                dropped = true;
                dropLocked(job);
                ++stats_.cancelled;
            } else if (job->stage != Job::Stage::Done && !job->complete && !whole) {
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
    chargeLocked(*job, options_.now());
    job->stage = Job::Stage::Done;
    job->need = Job::Need::Nothing;
    --numRunning_;
    std::erase(running_, job); // the caller holds it: what it owns is freed outside of the lock
    forgetLocked(*job);
    if (job->renderClass == RenderClass::Blocked)
        blockedChangedLocked(-1);
    dispatchLocked();
}

void RenderScheduler::Core::count(Job& job, End end) {
    std::lock_guard lock(mutex_);
    chargeLocked(job, options_.now());
    if (end == End::Rendered) {
        ++stats_.rendered;
        stats_.renderSeconds += job.seconds;
        stats_.audioSeconds += job.task.audioSeconds;
    }
    stats_.failed += end == End::Failed;
    stats_.cancelled += end == End::Cancelled;
}

Result<void> RenderScheduler::Core::render(Job& job, cache::ChunkWriter& writer) {
    NotifyingWriter notifying(writer, [&](std::int64_t bytes) {
        job.written += bytes;
        job.chunk.grown();
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

void RenderScheduler::Core::run(Job& job) {
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
