// Real processes that share a directory, some of them killed: no wrong byte, one budget.

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "HammerStore.h"
#include "cache/VerifyChunks.h"
#include "processing/types/UniqueFd.h"

extern char** environ; // NOLINT: of the C library

namespace segue::cache {
namespace {

class ChunkProcessesTest : public CacheTest {
  protected:
    static constexpr int kBudgetChunks = 10;
    static constexpr int kChildren = 2;

    struct Child {
        pid_t pid = -1;
        UniqueFd out;
    };

    void start(Child& child, int seed) {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        child.out = UniqueFd(ends[0]);
        const UniqueFd in(ends[1]);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
        std::array<std::string, 4> arguments{SEGUE_HAMMER_STORE, directory().string(),
                                             std::to_string(seed),
                                             std::to_string(kBudgetChunks * kChunkFile)};
        std::array<char*, 5> argv{};
        for (std::size_t i = 0; i < arguments.size(); ++i)
            argv[i] = arguments[i].data();
        ASSERT_EQ(::posix_spawn(&child.pid, argv[0], &actions, nullptr, argv.data(), environ), 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    static void kill(Child& child) {
        ::kill(child.pid, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child.pid, &status, 0), child.pid);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    }
    std::int64_t bytesOnDisk() const {
        std::int64_t bytes = 0;
        std::error_code error;
        for (std::filesystem::recursive_directory_iterator entry(directory() / "chunks", error),
             end;
             !error && entry != end; entry.increment(error)) {
            const auto size = entry->is_regular_file(error) ? entry->file_size(error) : 0;
            bytes += error ? 0 : static_cast<std::int64_t>(size);
            error.clear(); // it has gone meanwhile
        }
        return bytes;
    }
};

TEST_F(ChunkProcessesTest, ProcessesThatShareADirectoryKeepToTheBudgetAndServeNoWrongByte) {
    // Each child is at most so many chunks beyond what its background thread has looked at; and
    // while the files are listed, files come and go.
    constexpr std::int64_t kSlackBytes = kChildren * (hammer::kUnflushed + 2) * kChunkFile;
    std::array<Child, kChildren> children;
    for (int i = 0; i < kChildren; ++i)
        start(children[static_cast<std::size_t>(i)], i + 1);
    std::mt19937 random(5);
    int steps = 0;
    int kills = 0;
    std::int64_t most = 0;
    while (steps < 600 || kills < 12) {
        std::array<pollfd, kChildren> polled{};
        for (std::size_t i = 0; i < kChildren; ++i)
            polled[i] = {children[i].out.get(), POLLIN, 0};
        ASSERT_GT(::poll(polled.data(), polled.size(), 60'000), 0) << "nobody gets on";
        for (std::size_t i = 0; i < kChildren; ++i) {
            if (polled[i].revents == 0)
                continue;
            std::array<char, 64> told{};
            const ssize_t count = ::read(children[i].out.get(), told.data(), told.size());
            ASSERT_GT(count, 0) << "a child has ended";
            ASSERT_EQ(std::count(told.begin(), told.begin() + count, 'X'), 0) << "a wrong byte";
            steps += static_cast<int>(count);
            if (random() % 25 != 0)
                continue;
            kill(children[i]);
            start(children[i], 100 + kills++);
        }
        most = std::max(most, bytesOnDisk());
        ASSERT_LE(most, kBudgetChunks * kChunkFile + kSlackBytes);
    }
    for (Child& child : children)
        kill(child);
    RecordProperty("kills", kills);
    RecordProperty("mostBytes", std::to_string(most));

    open(kBudgetChunks, 0);
    store_->flush();
    EXPECT_LE(bytesOnDisk(), kBudgetChunks * kChunkFile);
    EXPECT_EQ(store_->stats().bytes, bytesOnDisk());
    EXPECT_EQ(store_->stats().corrupt, 0);
    EXPECT_EQ(numTemporaries(), 0);
    const std::atomic<bool> cancel{false};
    const Verification all = verifyChunks(directory(), BadChunks::Keep, {}, cancel);
    EXPECT_GT(all.chunks, 0);
    EXPECT_TRUE(all.bad.empty());
    for (std::uint64_t number = 0; number < hammer::kKeys; ++number)
        (void)has(number); // right bytes if there at all
}

} // namespace
} // namespace segue::cache
