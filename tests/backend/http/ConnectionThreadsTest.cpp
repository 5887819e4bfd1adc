#include "backend/http/ConnectionThreads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iterator>

#include "tests/backend/http/RawClient.h"

namespace segue::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;

constexpr std::size_t kStack = 256 << 10;

TEST(ConnectionThreads, RefusesBeyondItsLimitAndTakesAgainAfterwards) {
    ConnectionThreads threads("test", 2, kStack, 10s);
    std::promise<void> open;
    const auto gate = open.get_future().share();
    EXPECT_TRUE(threads.tryRun([gate] { gate.wait(); }));
    EXPECT_TRUE(threads.tryRun([gate] { gate.wait(); }));
    EXPECT_FALSE(threads.tryRun([] {}));
    EXPECT_EQ(threads.busy(), 2);
    open.set_value();
    EXPECT_TRUE(eventually([&] { return threads.busy() == 0; }));
    std::promise<void> ran;
    EXPECT_TRUE(threads.tryRun([&] { ran.set_value(); }));
    EXPECT_EQ(ran.get_future().wait_for(test::kPatience), std::future_status::ready);
    EXPECT_EQ(threads.threads(), 2); // used again, not made anew
    threads.join();
    EXPECT_EQ(threads.threads(), 0);
}

TEST(ConnectionThreads, ThreadsWithoutWorkEnd) {
    ConnectionThreads threads("test", 100, kStack, 1ms);
    std::atomic<int> ran = 0;
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(eventually([&] { return threads.tryRun([&] { ++ran; }); }));
    EXPECT_TRUE(eventually([&] { return threads.threads() == 0; }));
    EXPECT_EQ(ran, 300);
    threads.join();
}

TEST(ConnectionThreads, EndedThreadsGiveTheirStacksBack) {
    const auto mappings = [] {
        std::ifstream maps("/proc/self/maps");
        return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
    };
    ConnectionThreads threads("test", 1, kStack, 0ms);
    const auto before = mappings();
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(threads.tryRun([] {}));
        ASSERT_TRUE(eventually([&] { return threads.threads() == 0; }));
    }
    EXPECT_LT(mappings() - before, 100); // two for each stack that was not
    threads.join();
}

TEST(ConnectionThreads, JoinWaitsForJobsAndRefusesNewOnes) {
    ConnectionThreads threads("test", 4, kStack, 10s);
    std::atomic<bool> hasEnded = false;
    std::promise<void> begun;
    ASSERT_TRUE(threads.tryRun([&] {
        begun.set_value();
        EXPECT_TRUE(eventually([&] { return !threads.tryRun([] {}); }));
        hasEnded = true;
    }));
    begun.get_future().wait();
    threads.join();
    EXPECT_TRUE(hasEnded);
    EXPECT_FALSE(threads.tryRun([] {}));
}

} // namespace
} // namespace segue::http
