// Files that are there whole or not at all, also after a kill. What WavFileWriterTest shows of them
// is not repeated here.
#include "processing/encode/NewFile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::encode {
namespace {

namespace fs = std::filesystem;

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::span<const std::byte> bytesOf(const std::string& text) {
    return std::as_bytes(std::span(text));
}

class NewFileTest : public testing::Test {
  protected:
    fs::path path(const std::string& name = "song.flac") const { return dir_.path() / name; }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()));
    }
    /// Runs `work`, which kills its process.
    template <typename Work>
    void inAKilledProcess(const Work& work) const {
        const pid_t child = ::fork();
        if (child == 0) {
            work();
            ::_exit(0); // not reached
        }
        ASSERT_GT(child, 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
    }

    test::TempDir dir_;
};

TEST_F(NewFileTest, AKilledWriterLeavesNothingAfterTheNext) {
    inAKilledProcess([&] {
        auto file = NewFile::create(path(), Overwrite::No);
        (void)file->write(bytesOf("the first half of something long"));
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(entries(), 1u);
    EXPECT_FALSE(fs::exists(path()));
    auto file = NewFile::create(path(), Overwrite::No);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->write(bytesOf("all")));
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(contentOf(path()), "all");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(NewFileTest, TwoWritersNoticeEachOther) {
    auto first = NewFile::create(path(), Overwrite::No);
    ASSERT_TRUE(first);
    EXPECT_EQ(test::codeOf(NewFile::create(path(), Overwrite::No)), ErrorCode::Busy);
    ASSERT_TRUE(first->write(bytesOf("mine")));
    ASSERT_TRUE(first->commit());
    EXPECT_EQ(contentOf(path()), "mine");
    EXPECT_TRUE(NewFile::create(path(), Overwrite::Yes)) << "the lock outlives its file";
}

TEST_F(NewFileTest, TheHiddenFileCanBeEditedByItsName) {
    auto file = NewFile::create(path(), Overwrite::No);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write(bytesOf("audio")));
    std::ofstream(file->temporary(), std::ios::app) << " and tags";
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(contentOf(path()), "audio and tags");
}

TEST_F(NewFileTest, NamesOfEveryLengthWork) {
    for (const std::size_t length : {1u, 240u, 241u, 255u}) {
        const std::string name(length, 'n');
        auto file = NewFile::create(path(name), Overwrite::No);
        ASSERT_TRUE(file) << length << ": " << file.error().message;
        ASSERT_TRUE(file->commit());
        EXPECT_TRUE(fs::exists(path(name)));
    }
    EXPECT_FALSE(NewFile::create(path(std::string(256, 'n')), Overwrite::No)->commit());
}

} // namespace
} // namespace segue::encode
