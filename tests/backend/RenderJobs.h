#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "backend/RenderScheduler.h"
#include "tests/backend/Gate.h"

/// Renders that do nothing but wait at gates and append given bytes.
namespace segue::test {

using namespace std::chrono_literals;
using backend::Clock;
using backend::InFlightChunk;
using backend::RenderClass;
using backend::RenderScheduler;
using backend::RenderTask;
using backend::SchedulerOptions;

inline cache::ChunkKey key(std::uint64_t n) {
    return {.high = 1, .low = n};
}

inline Clock::time_point soon() {
    return Clock::now() + 20s;
}

/// How the render ended; Reached is not an end.
inline InFlightChunk::Outcome endOf(const RenderScheduler::Interest& interest) {
    return interest.chunk().wait(std::numeric_limits<std::int64_t>::max(), soon()).outcome;
}

inline std::vector<std::byte> bytes(std::size_t count, int value = 7) {
    return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

inline SchedulerOptions oneWorker() {
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
inline Clock::time_point aWhile() {
    return Clock::now() + 50ms;
}

inline RenderScheduler::Interest submitted(RenderScheduler& scheduler, RenderTask task,
                                           RenderClass renderClass = RenderClass::Ahead,
                                           Clock::time_point deadline = Clock::now()) {
    auto interest = scheduler.submit(std::move(task), renderClass, deadline);
    EXPECT_TRUE(interest.has_value()) << interest.error().message;
    return std::move(*interest);
}

} // namespace segue::test
