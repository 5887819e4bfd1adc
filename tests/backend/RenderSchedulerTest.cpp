// The pool's promises, with renders that do nothing but wait at gates and append given bytes.
#include "backend/RenderScheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/backend/Gate.h"
#include "tests/backend/MemoryStore.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using namespace std::chrono_literals;
using Outcome = InFlightChunk::Outcome;
using test::Gate;
using test::MemoryStore;

cache::ChunkKey key(std::uint64_t n) {
    return {.high = 1, .low = n};
}

Clock::time_point soon() {
    return Clock::now() + 20s;
}

/// How the render ended; Reached is not an end.
Outcome endOf(const RenderScheduler::Interest& interest) {
    return interest.chunk().wait(std::numeric_limits<std::int64_t>::max(), soon()).outcome;
}

std::vector<std::byte> bytes(std::size_t count, int value = 7) {
    return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

SchedulerOptions oneWorker() {
    return {.workers = 1, .workersForBlocked = 0};
}

/// Writes the order in which renders began.
class Journal {
  public:
    RenderTask task(std::uint64_t n) {
        return {.key = key(n),
                .payloadBytes = 1,
                .render = [this, n](cache::ChunkWriter& writer, const std::atomic<bool>&) {
                    {
                        std::lock_guard lock(mutex_);
                        order_.push_back(n);
                    }
                    return writer.append(bytes(1));
                }};
    }
    std::vector<std::uint64_t> order() {
        std::lock_guard lock(mutex_);
        return order_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::uint64_t> order_;
};

/// A job that holds its worker until it is let go or cancelled.
struct Blocker {
    Gate started, release;
    std::atomic<bool> sawCancel{false};

    RenderTask task(std::uint64_t n) {
        return {
            .key = key(n),
            .payloadBytes = 1,
            .render = [this](cache::ChunkWriter& writer, const std::atomic<bool>&) -> Result<void> {
                started.open();
                release.pass();
                return writer.append(bytes(1));
            }};
    }
    RenderTask cancellableTask(std::uint64_t n) {
        return {
            .key = key(n),
            .payloadBytes = 1,
            .render = [this](cache::ChunkWriter&, const std::atomic<bool>& cancel) -> Result<void> {
                started.open();
                const auto deadline = soon();
                while (!cancel && Clock::now() < deadline)
                    std::this_thread::yield();
                sawCancel = cancel.load();
                release.open();
                return fail(ErrorCode::Cancelled, "render: cancelled");
            }};
    }
};

/// A job that appends a byte each time a gate is open.
struct Steps {
    Gate started;
    std::array<Gate, 2> gates;

    RenderTask task(std::uint64_t n) {
        return {.key = key(n),
                .payloadBytes = 2,
                .render = [this](cache::ChunkWriter& writer,
                                 const std::atomic<bool>& cancel) -> Result<void> {
                    started.open();
                    for (Gate& gate : gates) {
                        gate.pass();
                        if (cancel)
                            return fail(ErrorCode::Cancelled, "render: cancelled");
                        if (auto done = writer.append(bytes(1)); !done)
                            return done;
                    }
                    return {};
                }};
    }
};

/// Not in time to be certain, but a render of nothing needs a thousandth of it.
Clock::time_point aWhile() {
    return Clock::now() + 50ms;
}

RenderScheduler::Interest submitted(RenderScheduler& scheduler, RenderTask task,
                                    RenderClass renderClass = RenderClass::Ahead,
                                    Clock::time_point deadline = Clock::now()) {
    auto interest = scheduler.submit(std::move(task), renderClass, deadline);
    EXPECT_TRUE(interest.has_value()) << interest.error().message;
    return std::move(*interest);
}

TEST(RenderScheduler, TakesTheMostUrgentClassFirst) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    auto batch = submitted(scheduler, journal.task(4), RenderClass::Batch);
    auto prewarm = submitted(scheduler, journal.task(3), RenderClass::Prewarm);
    auto ahead = submitted(scheduler, journal.task(2), RenderClass::Ahead);
    auto blocked = submitted(scheduler, journal.task(1), RenderClass::Blocked);
    blocker.release.open();
    EXPECT_EQ(endOf(batch), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST(RenderScheduler, TakesTheEarliestDeadlineFirstInsideAClass) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    const auto now = Clock::now();
    auto late = submitted(scheduler, journal.task(3), RenderClass::Ahead, now + 90s);
    auto early = submitted(scheduler, journal.task(1), RenderClass::Ahead, now + 30s);
    auto middle = submitted(scheduler, journal.task(2), RenderClass::Ahead, now + 60s);
    blocker.release.open();
    EXPECT_EQ(endOf(late), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(RenderScheduler, RendersOnceHoweverManyAsk) {
    MemoryStore store(MemoryStore::Keep::No); // so that the bytes stay with the job
    Blocker blocker;
    RenderScheduler scheduler(store, {.workers = 2, .workersForBlocked = 1});
    auto first = submitted(scheduler, blocker.task(1));
    auto second = submitted(scheduler, blocker.task(1), RenderClass::Blocked);
    ASSERT_TRUE(blocker.started.pass());
    auto third = submitted(scheduler, blocker.task(1));
    EXPECT_EQ(&first.chunk(), &second.chunk());
    EXPECT_EQ(&first.chunk(), &third.chunk());
    blocker.release.open();
    for (const auto* interest : {&first, &second, &third})
        EXPECT_EQ(interest->chunk().wait(1, soon()).outcome, Outcome::Reached);
    scheduler.stop();
    EXPECT_EQ(scheduler.stats().rendered, 1);
    EXPECT_EQ(scheduler.stats().joined, 2);
}

TEST(RenderScheduler, JoiningRaisesAQueuedJobAndLeavingLowersItAgain) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    auto a = submitted(scheduler, journal.task(1), RenderClass::Batch);
    auto b = submitted(scheduler, journal.task(2), RenderClass::Ahead);
    auto c = submitted(scheduler, journal.task(3), RenderClass::Prewarm);
    auto raised = submitted(scheduler, journal.task(1), RenderClass::Blocked);
    EXPECT_EQ(scheduler.stats().queued, (std::array<std::int64_t, 4>{1, 1, 1, 0}));
    {
        auto passing = submitted(scheduler, journal.task(3), RenderClass::Blocked);
        EXPECT_EQ(scheduler.stats().queued, (std::array<std::int64_t, 4>{2, 1, 0, 0}));
    }
    EXPECT_EQ(scheduler.stats().queued, (std::array<std::int64_t, 4>{1, 1, 1, 0}));
    blocker.release.open();
    EXPECT_EQ(endOf(c), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(RenderScheduler, HurryChangesThePlaceInTheQueue) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    auto a = submitted(scheduler, journal.task(1), RenderClass::Ahead, Clock::now());
    auto b = submitted(scheduler, journal.task(2), RenderClass::Ahead, Clock::now() + 60s);
    b.hurry(RenderClass::Blocked, Clock::now() + 90s);
    blocker.release.open();
    EXPECT_EQ(endOf(a), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{2, 1}));
}

TEST(RenderScheduler, DropsAQueuedJobWhenTheLastPartyLeaves) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    auto one = submitted(scheduler, journal.task(1));
    auto other = submitted(scheduler, journal.task(1));
    auto last = submitted(scheduler, journal.task(2));
    one.leave();
    EXPECT_EQ(scheduler.stateOf(key(1)), RenderScheduler::JobState::Queued);
    other.leave();
    EXPECT_EQ(scheduler.stateOf(key(1)), RenderScheduler::JobState::None);
    blocker.release.open();
    EXPECT_EQ(endOf(last), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(scheduler.stats().cancelled, 1);
}

TEST(RenderScheduler, CancelsARunningJobWhenTheLastPartyLeaves) {
    MemoryStore store;
    Blocker blocker;
    RenderScheduler scheduler(store, oneWorker());
    auto one = submitted(scheduler, blocker.cancellableTask(1));
    ASSERT_TRUE(blocker.started.pass());
    auto other = submitted(scheduler, blocker.cancellableTask(1));
    one.leave();
    EXPECT_EQ(scheduler.stateOf(key(1)), RenderScheduler::JobState::Running);
    EXPECT_FALSE(blocker.sawCancel);
    other.leave();
    ASSERT_TRUE(blocker.release.pass());
    EXPECT_TRUE(blocker.sawCancel);
}

TEST(RenderScheduler, WhoAsksAfterACancelGetsAFreshRender) {
    MemoryStore store(MemoryStore::Keep::No);
    Gate started, finish;
    Journal journal;
    RenderScheduler scheduler(store, {.workers = 2, .workersForBlocked = 0});
    RenderTask stubborn{
        .key = key(1),
        .payloadBytes = 1,
        .render = [&](cache::ChunkWriter&, const std::atomic<bool>&) -> Result<void> {
            started.open();
            finish.pass(); // long after the cancel
            return fail(ErrorCode::Cancelled, "render: cancelled");
        }};
    auto first = submitted(scheduler, stubborn);
    ASSERT_TRUE(started.pass());
    first.leave();
    auto second = submitted(scheduler, journal.task(1));
    EXPECT_EQ(second.chunk().wait(1, soon()).outcome, Outcome::Reached);
    finish.open();
    scheduler.stop();
    EXPECT_EQ(second.chunk().look(1).outcome, Outcome::Reached);
    EXPECT_EQ(scheduler.stats().cancelled, 1);
}

TEST(RenderScheduler, RefusesWhatDoesNotFitInTheQueue) {
    MemoryStore store;
    SchedulerOptions options = oneWorker();
    options.queueCapacity = {2, 1, 1, 1};
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, options);
    auto hold = submitted(scheduler, blocker.task(100));
    ASSERT_TRUE(blocker.started.pass());
    auto a = submitted(scheduler, journal.task(1), RenderClass::Blocked);
    auto b = submitted(scheduler, journal.task(2), RenderClass::Blocked);
    auto refused = scheduler.submit(journal.task(3), RenderClass::Blocked, Clock::now());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(test::codeOf(refused), ErrorCode::Busy);
    auto joined = submitted(scheduler, journal.task(2), RenderClass::Blocked);
    auto ahead = submitted(scheduler, journal.task(3), RenderClass::Ahead);
    EXPECT_FALSE(scheduler.waitForRoom(RenderClass::Blocked, Clock::now()));
    blocker.release.open();
    EXPECT_TRUE(scheduler.waitForRoom(RenderClass::Blocked, soon()));
    EXPECT_EQ(scheduler.stats().refused, 1);
}

TEST(RenderScheduler, BytesAreReadableWhileTheRenderGoesOn) {
    MemoryStore store;
    Gate more;
    RenderScheduler scheduler(store, oneWorker());
    RenderTask task{
        .key = key(1),
        .payloadBytes = 6,
        .render = [&](cache::ChunkWriter& writer, const std::atomic<bool>&) -> Result<void> {
            if (auto done = writer.append(bytes(4)); !done)
                return done;
            more.pass();
            return writer.append(bytes(2, 9));
        }};
    auto interest = submitted(scheduler, task);
    const auto part = interest.chunk().wait(3, soon());
    ASSERT_EQ(part.outcome, Outcome::Reached);
    EXPECT_EQ(part.blob->watermark(), 4);
    EXPECT_EQ(interest.chunk().wait(5, Clock::now()).outcome, Outcome::Deadline);
    more.open();
    const auto rest = interest.chunk().wait(7, soon());
    EXPECT_EQ(rest.outcome, Outcome::Finished);
    EXPECT_EQ(part.blob->watermark(), 6);
}

TEST(RenderScheduler, NoAppendIsMissedByAnyOfManyReaders) {
    constexpr std::int64_t kBytes = 3000;
    MemoryStore store(MemoryStore::Keep::No);
    RenderScheduler scheduler(store, oneWorker());
    RenderTask task{
        .key = key(1),
        .payloadBytes = kBytes,
        .render = [&](cache::ChunkWriter& writer, const std::atomic<bool>&) -> Result<void> {
            for (std::int64_t i = 0; i < kBytes; ++i)
                if (auto done = writer.append(bytes(1)); !done)
                    return done;
            return {};
        }};
    auto interest = submitted(scheduler, task);
    std::vector<std::thread> readers;
    std::atomic<int> good{0};
    for (int step : {1, 3, 7, 500})
        readers.emplace_back([&, step] {
            for (std::int64_t until = step; until <= kBytes; until += step)
                if (interest.chunk().wait(until, soon()).outcome != Outcome::Reached)
                    return;
            ++good;
        });
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(good, 4);
}

TEST(RenderScheduler, AReaderOfLittleIsNotHeldUpByOneOfMuch) {
    MemoryStore store;
    for (int round = 0; round < 30; ++round) {
        InFlightChunk chunk;
        const auto writer = store.create(key(1), cache::Budget::General, {});
        chunk.begin(writer->blob());
        Gate littleCame, muchCame, littleHas;
        Outcome little = Outcome::Deadline, much = Outcome::Deadline;
        std::thread first([&] {
            littleCame.open();
            little = chunk.wait(10, Clock::now() + 120s).outcome;
            littleHas.open();
        });
        EXPECT_TRUE(littleCame.pass());
        std::thread second([&] {
            std::this_thread::yield();
            muchCame.open();
            much = chunk.wait(1000, soon()).outcome;
        });
        EXPECT_TRUE(muchCame.pass());
        for (int i = 0; i < 100; ++i)
            std::this_thread::yield(); // gives both the time to fall asleep
        EXPECT_TRUE(writer->append(bytes(10)));
        chunk.grown();
        const bool woken = littleHas.pass();
        EXPECT_TRUE(writer->append(bytes(990)));
        chunk.grown();
        first.join();
        second.join();
        ASSERT_TRUE(woken);
        EXPECT_EQ(little, Outcome::Reached);
        EXPECT_EQ(much, Outcome::Reached);
    }
}

TEST(RenderScheduler, ABlockedReaderNeverWaitsForAheadWork) {
    MemoryStore store;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler(store, {.workers = 1, .workersForBlocked = 1});
    auto hold = submitted(scheduler, blocker.task(100), RenderClass::Ahead);
    ASSERT_TRUE(blocker.started.pass());
    auto ahead = submitted(scheduler, journal.task(2), RenderClass::Ahead);
    auto blocked = submitted(scheduler, journal.task(1), RenderClass::Blocked);
    EXPECT_EQ(endOf(blocked), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1}));
    blocker.release.open();
}

/// Ahead work that has appended its first byte while a reader has nothing yet.
class StandingStill : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(ahead.started.pass());
        blocked = submitted(scheduler, urgent.task(1), RenderClass::Blocked);
        ASSERT_TRUE(urgent.started.pass());
        ahead.gates[1].open();
        ahead.gates[0].open();
        ASSERT_EQ(standing.chunk().wait(1, soon()).outcome, Outcome::Reached);
        ASSERT_EQ(standing.chunk().wait(2, aWhile()).outcome, Outcome::Deadline);
    }
    void TearDown() override {
        for (Gate& gate : urgent.gates)
            gate.open();
    }
    bool standingGoesOn() { return standing.chunk().wait(2, soon()).outcome != Outcome::Deadline; }

    MemoryStore store;
    Steps ahead, urgent;
    RenderScheduler scheduler{store, {.workers = 2, .workersForBlocked = 0}};
    RenderScheduler::Interest standing = submitted(scheduler, ahead.task(2));
    RenderScheduler::Interest blocked;
};

TEST_F(StandingStill, EndsWhenTheReaderIsServed) {
    urgent.gates[0].open();
    ASSERT_EQ(blocked.chunk().wait(1, soon()).outcome, Outcome::Reached);
    blocked.served();
    EXPECT_TRUE(standingGoesOn());
    EXPECT_EQ(blocked.chunk().look(2).outcome, Outcome::Deadline) << "its render has not ended";
}

TEST_F(StandingStill, EndsWithTheRenderThatWasWaitedFor) {
    for (Gate& gate : urgent.gates)
        gate.open();
    EXPECT_TRUE(standingGoesOn());
}

TEST_F(StandingStill, EndsWhenTheReaderLeaves) {
    blocked.leave();
    EXPECT_TRUE(standingGoesOn());
}

TEST_F(StandingStill, EndsWhenSomebodyWaitsForItToo) {
    standing.hurry(RenderClass::Blocked, Clock::now());
    EXPECT_TRUE(standingGoesOn());
}

TEST_F(StandingStill, EndsWhenNobodyWantsIt) {
    standing.leave();
    for (Gate& gate : urgent.gates)
        gate.open();
    EXPECT_NE(blocked.chunk().wait(2, soon()).outcome, Outcome::Deadline);
}

TEST_F(StandingStill, EndsWhenTheSchedulerStops) {
    for (Gate& gate : urgent.gates)
        gate.open();
    scheduler.stop();
    EXPECT_NE(standing.chunk().look(2).outcome, Outcome::Deadline);
}

TEST(RenderScheduler, NothingThatCanWaitBeginsWhileAReaderHasNothing) {
    MemoryStore store;
    Steps urgent;
    Journal journal;
    RenderScheduler scheduler(store, {.workers = 2, .workersForBlocked = 0});
    auto blocked = submitted(scheduler, urgent.task(1), RenderClass::Blocked);
    ASSERT_TRUE(urgent.started.pass());
    auto ahead = submitted(scheduler, journal.task(2));
    EXPECT_EQ(ahead.chunk().wait(1, aWhile()).outcome, Outcome::Deadline);
    blocked.served();
    EXPECT_EQ(endOf(ahead), Outcome::Finished);
    for (Gate& gate : urgent.gates)
        gate.open();
}

TEST(RenderScheduler, AReaderWhoWaitsForMoreHoldsNobodyUp) {
    MemoryStore store;
    Steps urgent;
    Journal journal;
    RenderScheduler scheduler(store, {.workers = 2, .workersForBlocked = 0});
    auto blocked = submitted(scheduler, urgent.task(1), RenderClass::Blocked);
    ASSERT_TRUE(urgent.started.pass());
    blocked.served();
    blocked.hurry(RenderClass::Blocked, Clock::now());
    auto ahead = submitted(scheduler, journal.task(2));
    EXPECT_EQ(endOf(ahead), Outcome::Finished);
    for (Gate& gate : urgent.gates)
        gate.open();
}

/// A clock that moves when a test says so.
class FakeClock {
  public:
    Clock::time_point now() const { return Clock::time_point(Clock::duration(ticks_)); }
    void advance(Clock::duration time) { ticks_ += time.count(); }
    SchedulerOptions with(SchedulerOptions options) {
        options.now = [this] { return now(); };
        return options;
    }

  private:
    std::atomic<Clock::rep> ticks_ = Clock::now().time_since_epoch().count();
};

RenderTask of(const std::string& client, RenderTask task) {
    task.client = client;
    return task;
}

/// Takes so long by `clock`.
RenderTask lasting(Clock::duration time, FakeClock& clock, RenderTask task) {
    task.render = [&clock, time, render = std::move(task.render)](cache::ChunkWriter& writer,
                                                                  const std::atomic<bool>& cancel) {
        clock.advance(time);
        return render(writer, cancel);
    };
    return task;
}

/// One worker, held by nobody's job until let go.
struct Fairness : public ::testing::Test {
    void SetUp() override {
        hold = submitted(scheduler, blocker.task(100), RenderClass::Blocked);
        ASSERT_TRUE(blocker.started.pass());
    }
    RenderScheduler::Interest queued(const std::string& client, std::uint64_t n) {
        return submitted(scheduler, of(client, lasting(1s, clock, journal.task(n))),
                         RenderClass::Blocked, clock.now());
    }

    MemoryStore store;
    FakeClock clock;
    Blocker blocker;
    Journal journal;
    RenderScheduler scheduler{
        store, clock.with({.workers = 1, .workersForBlocked = 0, .queueCapacity = {4, 1, 1, 1}})};
    RenderScheduler::Interest hold;
};

TEST_F(Fairness, WhoHadLittleGoesBeforeWhoHadMuch) {
    const auto first = queued("greedy", 1), second = queued("greedy", 2),
               third = queued("greedy", 3), modest = queued("modest", 4);
    blocker.release.open();
    EXPECT_EQ(endOf(third), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1, 4, 2, 3}));
}

TEST_F(Fairness, WhatWasUsedIsForgotten) {
    auto before = queued("greedy", 1);
    blocker.release.open();
    EXPECT_EQ(endOf(before), Outcome::Finished);
    before.leave();
    Blocker another;
    auto holdAgain = submitted(scheduler, another.task(101), RenderClass::Blocked);
    ASSERT_TRUE(another.started.pass());
    clock.advance(60s);
    const auto old = queued("greedy", 2), fresh = queued("modest", 3);
    another.release.open();
    EXPECT_EQ(endOf(fresh), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(Fairness, AQueueFullOfOneClientsJobsLetsGoOfTheLastForAnother) {
    const auto a = queued("greedy", 1), b = queued("greedy", 2), c = queued("greedy", 3);
    const auto d = queued("greedy", 4);
    auto refused =
        scheduler.submit(of("greedy", journal.task(5)), RenderClass::Blocked, clock.now());
    EXPECT_EQ(test::codeOf(refused), ErrorCode::Busy);
    const auto modest = queued("modest", 6);
    const auto end = d.chunk().wait(1, soon());
    EXPECT_EQ(end.outcome, Outcome::Failed);
    EXPECT_EQ(end.error.code, ErrorCode::Busy);
    const auto more = queued("modest", 7); // two and two now
    refused = scheduler.submit(of("modest", journal.task(8)), RenderClass::Blocked, clock.now());
    EXPECT_EQ(test::codeOf(refused), ErrorCode::Busy);
    EXPECT_EQ(c.chunk().look(1).outcome, Outcome::Failed);
    blocker.release.open();
    EXPECT_EQ(endOf(b), Outcome::Finished);
    EXPECT_EQ(endOf(more), Outcome::Finished);
    scheduler.stop();
    EXPECT_EQ(scheduler.stats().rendered, 5);
}

TEST_F(Fairness, ARefusalSaysWhenTheQueueWillBeShorter) {
    blocker.release.open();
    auto measured = submitted(scheduler, of("a", lasting(9s, clock, journal.task(1))));
    EXPECT_EQ(endOf(measured), Outcome::Finished);
    Blocker another;
    auto holdAgain = submitted(scheduler, another.task(101), RenderClass::Blocked);
    ASSERT_TRUE(another.started.pass());
    const auto a = queued("a", 2), b = queued("a", 3), c = queued("a", 4), d = queued("a", 5);
    const auto refused =
        scheduler.submit(of("a", journal.task(6)), RenderClass::Blocked, clock.now());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().retryAfterSeconds, 18); // four jobs of (0 s + 9 s) / 2
    another.release.open();
}

/// A job that appends a byte of `seconds` of audio at each of three gates.
struct Pieces {
    Gate started;
    std::array<Gate, 3> gates;

    RenderTask task(std::uint64_t n, double seconds) {
        return {
            .key = key(n),
            .payloadBytes = 3,
            .audioSeconds = 3 * seconds,
            .render = [this](cache::ChunkWriter& writer, const std::atomic<bool>&) -> Result<void> {
                started.open();
                for (Gate& gate : gates) {
                    gate.pass();
                    if (auto done = writer.append(bytes(1)); !done)
                        return done;
                }
                return {};
            }};
    }
};

TEST(RenderScheduler, AReaderWithAudioInHandLetsOneGoFirstWhoHasNothing) {
    MemoryStore store;
    FakeClock clock;
    Pieces pieces;
    RenderScheduler scheduler(store, clock.with(oneWorker()));
    auto first = submitted(scheduler, of("a", pieces.task(1, 10)), RenderClass::Blocked);
    ASSERT_TRUE(pieces.started.pass());
    pieces.gates[0].open();
    ASSERT_EQ(first.chunk().wait(1, soon()).outcome, Outcome::Reached);
    first.served();
    first.hurry(RenderClass::Blocked, clock.now());
    bool stoodStill = false;
    auto second = submitted(scheduler,
                            {.key = key(2),
                             .payloadBytes = 1,
                             .render =
                                 [&](cache::ChunkWriter& writer, const std::atomic<bool>&) {
                                     stoodStill =
                                         first.chunk().look(2).outcome == Outcome::Reached &&
                                         first.chunk().look(3).outcome == Outcome::Deadline;
                                     return writer.append(bytes(1));
                                 },
                             .client = "b"},
                            RenderClass::Blocked);
    pieces.gates[2].open();
    pieces.gates[1].open();
    EXPECT_EQ(endOf(second), Outcome::Finished);
    EXPECT_NE(first.chunk().wait(3, soon()).outcome, Outcome::Deadline);
    EXPECT_TRUE(stoodStill);
}

TEST(RenderScheduler, AReaderWhoRunsShortLetsNobodyGoFirst) {
    MemoryStore store;
    FakeClock clock;
    Pieces pieces;
    Journal journal;
    RenderScheduler scheduler(store, clock.with(oneWorker()));
    auto first = submitted(scheduler, of("a", pieces.task(1, 0.1)), RenderClass::Blocked);
    ASSERT_TRUE(pieces.started.pass());
    pieces.gates[0].open();
    ASSERT_EQ(first.chunk().wait(1, soon()).outcome, Outcome::Reached);
    first.served();
    first.hurry(RenderClass::Blocked, clock.now());
    auto second = submitted(scheduler, of("b", journal.task(2)), RenderClass::Blocked);
    pieces.gates[1].open();
    ASSERT_EQ(first.chunk().wait(2, soon()).outcome, Outcome::Reached);
    EXPECT_EQ(second.chunk().wait(1, aWhile()).outcome, Outcome::Deadline);
    pieces.gates[2].open();
    EXPECT_EQ(endOf(second), Outcome::Finished);
}

TEST(RenderScheduler, AClientWhoHadFarMoreStandsStillForAnother) {
    MemoryStore store;
    FakeClock clock;
    Pieces greedy, modest;
    Journal journal;
    RenderScheduler scheduler(store, clock.with({.workers = 2, .workersForBlocked = 0}));
    auto before = submitted(scheduler, of("greedy", lasting(5s, clock, journal.task(1))));
    EXPECT_EQ(endOf(before), Outcome::Finished);
    auto much = submitted(scheduler, of("greedy", greedy.task(2, 1)), RenderClass::Blocked);
    ASSERT_TRUE(greedy.started.pass());
    auto little = submitted(scheduler, of("modest", modest.task(3, 1)), RenderClass::Blocked);
    ASSERT_TRUE(modest.started.pass());
    for (Gate& gate : greedy.gates)
        gate.open();
    ASSERT_EQ(much.chunk().wait(1, soon()).outcome, Outcome::Reached);
    EXPECT_EQ(much.chunk().wait(2, aWhile()).outcome, Outcome::Deadline);
    modest.gates[0].open();
    ASSERT_EQ(little.chunk().wait(1, soon()).outcome, Outcome::Reached);
    little.served();
    EXPECT_NE(much.chunk().wait(3, soon()).outcome, Outcome::Deadline);
    for (Gate& gate : modest.gates)
        gate.open();
}

TEST(RenderScheduler, AThrowingRenderFailsAndItsWorkerGoesOn) {
    MemoryStore store;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    RenderTask bad{.key = key(1),
                   .payloadBytes = 1,
                   .render = [](cache::ChunkWriter&, const std::atomic<bool>&) -> Result<void> {
                       throw std::runtime_error("boom");
                   }};
    auto broken = submitted(scheduler, bad);
    const auto end = broken.chunk().wait(1, soon());
    EXPECT_EQ(end.outcome, Outcome::Failed);
    EXPECT_EQ(end.error.code, ErrorCode::Internal);
    auto next = submitted(scheduler, journal.task(2));
    EXPECT_EQ(endOf(next), Outcome::Finished);
    EXPECT_EQ(journal.order(), (std::vector<std::uint64_t>{2}));
}

TEST(RenderScheduler, ARenderOfAnotherLengthIsNotPublished) {
    MemoryStore store;
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    RenderTask task = journal.task(1);
    task.payloadBytes = 2;
    auto interest = submitted(scheduler, task);
    const auto end = interest.chunk().wait(2, soon());
    EXPECT_EQ(end.outcome, Outcome::Failed);
    EXPECT_EQ(interest.chunk().look(1).outcome, Outcome::Reached); // what came is still readable
    scheduler.stop();
    EXPECT_FALSE(store.contains(key(1)));
}

TEST(RenderScheduler, AFailureReachesEveryWaiter) {
    MemoryStore store;
    Blocker blocker;
    RenderScheduler scheduler(store, oneWorker());
    RenderTask task = blocker.task(1);
    task.payloadBytes = 50; // it gives one byte
    auto interest = submitted(scheduler, task);
    ASSERT_TRUE(blocker.started.pass());
    std::vector<std::thread> readers;
    std::atomic<int> failed{0};
    for (int i = 0; i < 4; ++i)
        readers.emplace_back(
            [&] { failed += interest.chunk().wait(50, soon()).outcome == Outcome::Failed; });
    blocker.release.open();
    for (auto& reader : readers)
        reader.join();
    EXPECT_EQ(failed, 4);
}

TEST(RenderScheduler, FindsInTheStoreWhatWasPublishedMeanwhile) {
    MemoryStore store;
    auto writer = store.create(key(1), cache::Budget::General, {});
    ASSERT_TRUE(writer->append(bytes(1)));
    ASSERT_TRUE(writer->publish());
    Journal journal;
    RenderScheduler scheduler(store, oneWorker());
    auto interest = submitted(scheduler, journal.task(1));
    EXPECT_EQ(interest.chunk().wait(1, soon()).outcome, Outcome::Finished);
    EXPECT_TRUE(journal.order().empty());
}

TEST(RenderScheduler, StoppingWakesEveryoneAndCancelsWhatRuns) {
    MemoryStore store;
    Blocker running;
    Journal journal;
    Gate waiting;
    auto scheduler = std::make_unique<RenderScheduler>(store, oneWorker());
    auto first = submitted(*scheduler, running.cancellableTask(1));
    ASSERT_TRUE(running.started.pass());
    auto queued = submitted(*scheduler, journal.task(2));
    Outcome seen = Outcome::Deadline;
    std::thread waiter([&] {
        waiting.open();
        seen = queued.chunk().wait(1, soon()).outcome;
    });
    ASSERT_TRUE(waiting.pass());
    scheduler->stop();
    waiter.join();
    EXPECT_EQ(seen, Outcome::Cancelled);
    EXPECT_TRUE(running.sawCancel);
    EXPECT_EQ(first.chunk().look(1).outcome, Outcome::Cancelled);
    EXPECT_EQ(test::codeOf(scheduler->submit(journal.task(3), RenderClass::Ahead, Clock::now())),
              ErrorCode::Cancelled);
    scheduler.reset();
    first.leave(); // interests may outlive it
    queued.hurry(RenderClass::Blocked, Clock::now());
}

TEST(RenderScheduler, BackgroundWorkWaitsForBlockedReaders) {
    MemoryStore store;
    Blocker blocker;
    std::atomic<bool> released{false};
    std::atomic<bool> early{false};
    RenderScheduler scheduler(store, oneWorker());
    scheduler.waitWhileReadersAreBlocked({}); // nobody is
    auto blocked = submitted(scheduler, blocker.task(1), RenderClass::Blocked);
    ASSERT_TRUE(blocker.started.pass());
    std::thread background([&] {
        scheduler.waitWhileReadersAreBlocked({});
        early = !released;
    });
    std::stop_source stop;
    std::thread stopped([&, token = stop.get_token()] {
        scheduler.waitWhileReadersAreBlocked(token); // a stop ends the wait too
    });
    stop.request_stop();
    stopped.join();
    released = true;
    blocker.release.open();
    background.join();
    EXPECT_FALSE(early);
}

} // namespace
} // namespace segue::backend
