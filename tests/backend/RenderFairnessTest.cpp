// Who goes first, and who stands still for whom.
#include "backend/RenderScheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "tests/backend/Gate.h"
#include "tests/backend/MemoryStore.h"
#include "tests/backend/RenderJobs.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Outcome = InFlightChunk::Outcome;

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

TEST(RenderScheduler, ARenderThatHasNothingToAppendYetStandsStillToo) {
    MemoryStore store;
    Steps urgent;
    Gate started, goOn, past;
    RenderScheduler scheduler(store, {.workers = 2, .workersForBlocked = 0});
    auto ahead = submitted(scheduler, {.key = key(2),
                                       .payloadBytes = 1,
                                       .render = [&](cache::ChunkWriter& writer,
                                                     const std::atomic<bool>&) -> Result<void> {
                                           started.open();
                                           goOn.pass();
                                           if (auto nothing = writer.append({}); !nothing)
                                               return nothing;
                                           past.open();
                                           return writer.append(bytes(1));
                                       }});
    ASSERT_TRUE(started.pass());
    auto blocked = submitted(scheduler, urgent.task(1), RenderClass::Blocked);
    ASSERT_TRUE(urgent.started.pass());
    goOn.open();
    EXPECT_EQ(ahead.chunk().wait(1, aWhile()).outcome, Outcome::Deadline);
    for (Gate& gate : urgent.gates)
        gate.open();
    EXPECT_TRUE(past.pass());
    EXPECT_EQ(endOf(ahead), Outcome::Finished);
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
    EXPECT_EQ(endOf(holdAgain),
              Outcome::Finished); // its task lives no longer than this test's body
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

} // namespace
} // namespace segue::backend
