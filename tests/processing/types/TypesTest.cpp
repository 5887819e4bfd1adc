// Behaviour of the shared types: hashes, stamps, aligned buffers.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "processing/types/Audio.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"
#include "processing/types/JsonMembers.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue {
namespace {

TEST(Hash, HexRoundTrips) {
    const Hash128 hash = Hasher().text("abc").number(7).finish();
    EXPECT_EQ(Hash128::fromHex(hash.hex()), hash);
    EXPECT_EQ(hash.hex().size(), 32u);
    EXPECT_FALSE(Hash128::fromHex("xyz"));
    EXPECT_FALSE(Hash128::fromHex(std::string(31, '0') + "g"));
}

TEST(Hash, TextIsLengthPrefixed) {
    EXPECT_NE(Hasher().text("ab").text("c").finish(), Hasher().text("a").text("bc").finish());
}

TEST(ContentHash, DependsOnBytesOnly) {
    const test::TempDir dir;
    std::ofstream(dir.path() / "a") << "music";
    std::ofstream(dir.path() / "b") << "music";
    std::ofstream(dir.path() / "c") << "muzak";
    const auto a = contentHashOf(dir.path() / "a");
    ASSERT_TRUE(a);
    EXPECT_EQ(*a, contentHashOf(dir.path() / "b"));
    EXPECT_NE(*a, contentHashOf(dir.path() / "c"));
}

TEST(ContentHash, NamesTheFileThatIsMissing) {
    const auto hash = contentHashOf("/nowhere/at all.flac");
    ASSERT_FALSE(hash);
    EXPECT_EQ(test::codeOf(hash), ErrorCode::NotFound);
    EXPECT_NE(hash.error().message.find("at all.flac"), std::string::npos);
}

TEST(FileStamp, NoticesAnEditThatKeepsSizeAndModificationTime) {
    const test::TempDir dir;
    const auto path = dir.path() / "a";
    std::ofstream(path) << "music";
    const auto time = std::filesystem::last_write_time(path);
    const auto before = stampOf(path);
    // The kernel's clock ticks every few milliseconds: write until the change time has moved.
    for (int i = 0; i < 1000 && stampOf(path)->changedNs == before->changedNs; ++i) {
        std::ofstream(path) << "muzak";
        std::filesystem::last_write_time(path, time);
    }
    const auto after = stampOf(path);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->sizeBytes, before->sizeBytes);
    EXPECT_EQ(after->modifiedNs, before->modifiedNs);
    EXPECT_NE(*after, *before);
}

TEST(FileStamp, RefusesADirectory) {
    EXPECT_EQ(test::codeOf(stampOf("/")), ErrorCode::Unsupported);
}

TEST(JsonMembers, TellsWhatIsGivenTwice) {
    EXPECT_EQ(memberGivenTwice(R"({"a": 1, "b": 2, "a": 3})"), "a");
    EXPECT_EQ(memberGivenTwice(R"([{"a": {"b": 1, "b": 1}}])"), "b");
    EXPECT_EQ(memberGivenTwice('{' + ('"' + std::string(80, 'x') + "\": 1,") + '"' +
                               std::string(80, 'x') + "\": 2}"),
              std::string(64, 'x'));
    for (const char* once : {R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]})", "[1, 1]", "7", "",
                             "{", R"({"a": 1, "a")"})
        EXPECT_EQ(memberGivenTwice(once), std::nullopt) << once;
}

TEST(AudioBuffer, ChannelsAreAlignedAndSeparate) {
    AudioBuffer buffer(3, 1025);
    for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.channel(c)) % 64, 0u);
        for (int i = 0; i < 1025; ++i)
            buffer.channel(c)[i] = static_cast<float>(c);
    }
    const AudioBuffer moved = std::move(buffer);
    for (int c = 0; c < 3; ++c)
        EXPECT_EQ(moved.channel(c)[1024], static_cast<float>(c));
}

} // namespace
} // namespace segue
