#include "processing/encode/WavFileWriter.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "processing/encode/WavHeader.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::encode {
namespace {

namespace fs = std::filesystem;

constexpr StreamFormat kMono24{44100, 1, PcmFormat::Int24};

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entriesOf(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string asText(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class WavFileWriterTest : public testing::Test {
  protected:
    fs::path path() const { return dir_.path() / "out.wav"; }
    Result<void> writeOneFrame(Overwrite overwrite) const {
        auto writer = WavFileWriter::create(path(), kMono24, 1, overwrite);
        if (!writer)
            return fail(writer.error());
        const std::vector<std::byte> frame{std::byte{1}, std::byte{2}, std::byte{3}};
        if (auto written = (*writer)->append(frame); !written)
            return written;
        return (*writer)->commit();
    }

    test::TempDir dir_;
};

TEST_F(WavFileWriterTest, WritesHeaderFramesAndPadding) {
    ASSERT_TRUE(writeOneFrame(Overwrite::No));
    EXPECT_EQ(contentOf(path()), asText(wavHeader(kMono24, 1)) + std::string("\1\2\3\0", 4));
    EXPECT_EQ(entriesOf(dir_.path()), 1u);
}

TEST_F(WavFileWriterTest, PiecesOfAnyLengthBecomeOneStream) {
    constexpr std::int64_t kFrames = 400'001;
    std::vector<std::byte> bytes(3 * kFrames);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i * 2654435761U >> 13);
    auto writer = WavFileWriter::create(path(), kMono24, kFrames, Overwrite::No);
    ASSERT_TRUE(writer);
    std::size_t length = 3;
    for (std::span<const std::byte> rest(bytes); !rest.empty(); length = length * 7 % 600'011) {
        const auto piece = rest.first(std::min(length, rest.size()));
        ASSERT_TRUE((*writer)->append(piece));
        rest = rest.subspan(piece.size());
    }
    ASSERT_TRUE((*writer)->commit());
    EXPECT_EQ(contentOf(path()),
              asText(wavHeader(kMono24, kFrames)) + asText(bytes) + std::string(1, '\0'));
}

TEST_F(WavFileWriterTest, ObeysTheUmask) {
    const mode_t before = ::umask(027);
    ASSERT_TRUE(writeOneFrame(Overwrite::No));
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(WavFileWriterTest, HasItsNameOnlyWhenItIsWhole) {
    {
        auto writer = WavFileWriter::create(path(), kMono24, 1, Overwrite::No);
        ASSERT_TRUE(writer);
        EXPECT_FALSE(fs::exists(path()));
    }
    EXPECT_EQ(entriesOf(dir_.path()), 0u) << "an abandoned file stays";
}

TEST_F(WavFileWriterTest, ReplacesOnlyWhenAllowed) {
    std::ofstream(path()) << "precious";
    EXPECT_EQ(test::codeOf(writeOneFrame(Overwrite::No)), ErrorCode::InvalidArgument);
    EXPECT_EQ(contentOf(path()), "precious");
    EXPECT_TRUE(writeOneFrame(Overwrite::Yes));
    EXPECT_EQ(contentOf(path()).substr(0, 4), "RIFF");
}

TEST_F(WavFileWriterTest, AFileThatComesMeanwhileIsNotReplaced) {
    auto writer = WavFileWriter::create(path(), kMono24, 0, Overwrite::No);
    ASSERT_TRUE(writer);
    std::ofstream(path()) << "precious";
    EXPECT_EQ(test::codeOf((*writer)->commit()), ErrorCode::InvalidArgument);
    EXPECT_EQ(contentOf(path()), "precious");
}

TEST_F(WavFileWriterTest, RefusesWhatIsNoFile) {
    fs::create_directory(path());
    EXPECT_EQ(test::codeOf(writeOneFrame(Overwrite::Yes)), ErrorCode::InvalidArgument);
    const auto nowhere =
        WavFileWriter::create(dir_.path() / "missing" / "out.wav", kMono24, 0, Overwrite::No);
    EXPECT_EQ(test::codeOf(nowhere), ErrorCode::NotFound);
}

} // namespace
} // namespace segue::encode
