// A process that is killed while it publishes leaves a store that opens and holds no wrong byte.

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "processing/types/UniqueFd.h"

namespace segue::cache {
namespace {

class ChunkCrashTest : public CacheTest {
  protected:
    /// Starts the publisher, lets it take `steps` steps and kills it wherever it is then.
    void crash(int steps, std::uint64_t firstChunk) {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        UniqueFd out(ends[0]);
        UniqueFd in(ends[1]);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
        std::string program = SEGUE_PUBLISH_FOREVER;
        std::string where = directory().string();
        std::string first = std::to_string(firstChunk);
        char* const arguments[] = {program.data(), where.data(), first.data(), nullptr};
        pid_t child = 0;
        ASSERT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
        posix_spawn_file_actions_destroy(&actions);
        in.reset();
        char byte = 0;
        int seen = 0;
        while (seen < steps && ::read(out.get(), &byte, 1) == 1)
            ++seen;
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the publisher ended by itself: " << status;
        ASSERT_EQ(seen, steps);
    }
};

TEST_F(ChunkCrashTest, KilledPublisherLeavesOnlyWholeChunks) {
    std::mt19937 random(11);
    std::uint64_t first = 0;
    int found = 0;
    for (int round = 0; round < 30; ++round) {
        crash(1 + static_cast<int>(random() % 40), first);
        StoreOptions options = optionsFor(20);
        open(options);
        EXPECT_EQ(numTemporaries(), 0);
        for (std::uint64_t i = first; i < first + 10; ++i)
            found += has(i) ? 1 : 0;
        store_->flush();
        EXPECT_EQ(store_->stats().corrupt, 0);
        EXPECT_LE(store_->stats().bytes, options.budgetBytes);
        store_.reset();
        first += 100;
    }
    EXPECT_GT(found, 30);
}

} // namespace
} // namespace segue::cache
