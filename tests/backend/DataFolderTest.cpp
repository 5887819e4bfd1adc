// One server per data folder, commands beside it, and what they know of each other.

#include <fstream>

#include <gtest/gtest.h>

#include "backend/DataFolder.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

const Served kServed{.roots = {"/music", "/more \n music"}, .cacheBytes = 4096};

TEST(DataFolder, CommandsBesideAServerGoByWhatItWasGiven) {
    const test::TempDir dir;
    const auto server = DataFolder::open(dir.path() / "data", kServed);
    ASSERT_TRUE(server) << server.error().message;
    const auto first = DataFolder::beside(dir.path() / "data");
    const auto second = DataFolder::beside(dir.path() / "data");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->served(), kServed);
    EXPECT_EQ(first->storeOptions().budgetBytes, 4096);
    EXPECT_EQ(first->storeOptions().firstChunkBudgetBytes, 1024);
    EXPECT_EQ(first->cache(), server->cache());
}

TEST(DataFolder, CommandsDoNotKeepAServerOut) {
    const test::TempDir dir;
    const auto command = DataFolder::beside(dir.path());
    ASSERT_TRUE(command);
    EXPECT_FALSE(command->served()); // there never was a server
    EXPECT_GT(command->storeOptions().budgetBytes, 0);
    const auto server = DataFolder::open(dir.path(), kServed);
    EXPECT_TRUE(server);
    EXPECT_EQ(test::codeOf(DataFolder::open(dir.path(), kServed)), ErrorCode::Busy);
}

TEST(DataFolder, TheLastServerIsRememberedAndTheNextOneReplacesIt) {
    const test::TempDir dir;
    ASSERT_TRUE(DataFolder::open(dir.path(), kServed));
    EXPECT_EQ(DataFolder::beside(dir.path())->served(), kServed);
    const Served other{.roots = {}, .cacheBytes = 0};
    ASSERT_TRUE(DataFolder::open(dir.path(), other));
    EXPECT_EQ(DataFolder::beside(dir.path())->served(), other);
}

TEST(DataFolder, ACommandMakesNoFolder) {
    const test::TempDir dir;
    EXPECT_EQ(test::codeOf(DataFolder::beside(dir.path() / "none")), ErrorCode::NotFound);
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "none"));
}

TEST(DataFolder, DamagedSettingsAreToldNotGuessed) {
    const test::TempDir dir;
    ASSERT_TRUE(DataFolder::open(dir.path(), kServed));
    std::ifstream file(dir.path() / "serving", std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const auto withContent = [&](const std::string& text) {
        std::ofstream(dir.path() / "serving", std::ios::binary | std::ios::trunc) << text;
        return DataFolder::beside(dir.path());
    };
    ASSERT_TRUE(withContent(good));
    for (const std::string& bad :
         {std::string(), good.substr(0, good.size() - 1), "x" + good,
          std::string("segue-serving-1\0-1\0", 19), std::string("segue-serving-1\0 12\0", 20)})
        EXPECT_EQ(test::codeOf(withContent(bad)), ErrorCode::Corrupt) << bad;
}

} // namespace
} // namespace segue::backend
