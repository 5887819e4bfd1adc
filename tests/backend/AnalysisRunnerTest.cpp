// The pool for analyses that somebody waits for.
#include "backend/AnalysisRunner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/backend/Gate.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using namespace std::chrono_literals;
using test::Gate;

Hash128 content(std::uint64_t n) {
    return {.high = 3, .low = n};
}
ReadLimits patient() {
    return {.deadline = Clock::now() + 20s};
}
Result<AnalysisPtr> something(const std::atomic<bool>&) {
    return std::make_shared<const analysis::TrackAnalysis>();
}

TEST(AnalysisRunner, TheSecondAskerJoinsTheFirst) {
    Gate started, joining, go;
    AnalysisRunner runner(2, 8);
    std::atomic<int> made{0};
    const auto work = [&](const std::atomic<bool>& cancel) {
        ++made;
        started.open();
        go.pass();
        return something(cancel);
    };
    std::thread first([&] { EXPECT_TRUE(runner.run(content(1), work, patient()).has_value()); });
    ASSERT_TRUE(started.pass());
    ReadLimits limits = patient();
    limits.stillWanted = [&] {
        joining.open(); // asked only while it waits
        return true;
    };
    std::thread second([&] { EXPECT_TRUE(runner.run(content(1), work, limits).has_value()); });
    ASSERT_TRUE(joining.pass());
    go.open();
    first.join();
    second.join();
    EXPECT_EQ(made, 1);
}

TEST(AnalysisRunner, PassesErrorsOnAndSurvivesThem) {
    AnalysisRunner runner(1, 8);
    const auto failed = runner.run(
        content(1),
        [](const std::atomic<bool>&) -> Result<AnalysisPtr> {
            return fail(ErrorCode::Corrupt, "decode 'x.flac': no audio");
        },
        patient());
    EXPECT_EQ(failed.error().message, "decode 'x.flac': no audio");
    const auto thrown = runner.run(
        content(2),
        [](const std::atomic<bool>&) -> Result<AnalysisPtr> { throw std::runtime_error("boom"); },
        patient());
    EXPECT_EQ(test::codeOf(thrown), ErrorCode::Internal);
    EXPECT_TRUE(runner.run(content(3), something, patient()).has_value());
}

TEST(AnalysisRunner, IsBoundedTimedAndCalledOff) {
    Gate started, go;
    AnalysisRunner runner(1, 1);
    const auto slow = [&](const std::atomic<bool>& cancel) {
        started.open();
        go.pass();
        return something(cancel);
    };
    EXPECT_EQ(test::codeOf(runner.run(content(1), slow, {.deadline = Clock::now()})),
              ErrorCode::Timeout);
    ASSERT_TRUE(started.pass()); // it goes on although nobody waits
    ReadLimits gone = patient();
    gone.stillWanted = [] { return false; };
    EXPECT_EQ(test::codeOf(runner.run(content(2), slow, gone)), ErrorCode::Cancelled);
    EXPECT_EQ(test::codeOf(runner.run(content(3), slow, patient())), ErrorCode::Busy);
    go.open();
    EXPECT_TRUE(runner.run(content(1), slow, patient()).has_value());
}

TEST(AnalysisRunner, StoppingWakesWhoWaitsAndCancelsWhatRuns) {
    Gate started;
    std::atomic<bool> sawCancel{false};
    AnalysisRunner runner(1, 8);
    Result<AnalysisPtr> result = AnalysisPtr{};
    std::thread asker([&] {
        result = runner.run(
            content(1),
            [&](const std::atomic<bool>& cancel) -> Result<AnalysisPtr> {
                started.open();
                const auto deadline = Clock::now() + 20s;
                while (!cancel && Clock::now() < deadline)
                    std::this_thread::yield();
                sawCancel = cancel.load();
                return fail(ErrorCode::Cancelled, "analyse: cancelled");
            },
            patient());
    });
    ASSERT_TRUE(started.pass());
    runner.stop();
    asker.join();
    EXPECT_EQ(test::codeOf(result), ErrorCode::Cancelled);
    EXPECT_TRUE(sawCancel);
    EXPECT_EQ(test::codeOf(runner.run(content(2), something, patient())), ErrorCode::Cancelled);
}

} // namespace
} // namespace segue::backend
