// The pool's promises: the queue, joining, cancelling, failing, stopping.
#include "backend/RenderScheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
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

TEST(InFlightChunk, IsCompleteForReadersBeforeItIsKnownWhetherItIsKept) {
    InFlightChunk chunk;
    chunk.complete();
    EXPECT_EQ(chunk.look(1).outcome, Outcome::Finished);
    EXPECT_EQ(chunk.waitForEnd(Clock::now()).outcome, Outcome::Deadline);
    chunk.finish(false);
    const auto end = chunk.waitForEnd(Clock::now());
    EXPECT_EQ(end.outcome, Outcome::Finished);
    EXPECT_TRUE(end.unkept);
}

} // namespace
} // namespace segue::backend
