// `segue cache` as people run it, beside a server that is playing.

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/backend/ApplicationFixture.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using test::contentOf;
using test::Ended;
using test::eventually;
using test::runSegue;

class CacheCommand : public test::ApplicationFixture {
  protected:
    std::string data() const { return (dir_.path() / "data").string(); }
    Ended cache(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "cache");
        arguments.insert(arguments.end(), {"--data", data()});
        return runSegue(arguments);
    }
    Json cacheJson(std::vector<std::string> arguments) const {
        arguments.push_back("--json");
        const Ended ended = cache(arguments);
        EXPECT_EQ(ended.exitCode, 0) << ended.err;
        return Json::parse(ended.out);
    }
    std::string play(const std::string& id, const std::string& query, int chunks) const {
        std::string body = fetch(stream(id, query)).body;
        EXPECT_TRUE(eventually([&] { return json("/api/cache")["all"]["chunks"] == chunks; }));
        return body;
    }
    std::vector<fs::path> chunkFiles() const {
        std::vector<fs::path> files;
        for (const auto& entry :
             fs::recursive_directory_iterator(fs::path(data()) / "cache/chunks"))
            if (entry.is_regular_file())
                files.push_back(entry.path());
        return files;
    }
};

TEST_F(CacheCommand, StatsSeeWhatTheRunningServerHas) {
    start();
    play(long_, "preset=warm", 3);
    play(short_, "preset=live", 4);
    const Json stats = cacheJson({"stats"});
    EXPECT_EQ(stats["all"]["chunks"], 4);
    EXPECT_EQ(stats["generalBudgetBytes"], options().cacheBytes);
    EXPECT_EQ(stats["tracks"][0]["title"], "long");
    const Ended text = cache({"stats"});
    EXPECT_EQ(text.exitCode, 0);
    EXPECT_NE(text.out.find("in 4 chunks"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("long"), std::string::npos) << text.out;
    stop();
    EXPECT_EQ(cacheJson({"stats"})["all"]["chunks"], 4); // and without it
}

TEST_F(CacheCommand, VerifyFindsAWrongByteAndRemovesItsChunk) {
    start();
    play(long_, "", 3);
    EXPECT_EQ(cache({"verify"}).exitCode, 0);
    const fs::path victim = chunkFiles().at(1);
    std::fstream(victim, std::ios::in | std::ios::out | std::ios::binary).seekp(5000) << "wrong";
    const Ended dry = cache({"verify", "--dry-run"});
    EXPECT_EQ(dry.exitCode, 1);
    EXPECT_NE(dry.out.find("1 wrong"), std::string::npos) << dry.out;
    EXPECT_TRUE(fs::exists(victim));
    EXPECT_EQ(cache({"verify", "--json"}).exitCode, 1);
    EXPECT_FALSE(fs::exists(victim));
    EXPECT_EQ(cache({"verify"}).exitCode, 0);
    EXPECT_EQ(fetch(stream(long_)).status, 200);
}

TEST_F(CacheCommand, ClearRemovesWhatIsChosenBesideTheServer) {
    start();
    const std::string warm = play(long_, "preset=warm", 3);
    play(short_, "preset=warm", 4);
    EXPECT_EQ(cacheJson({"clear", "--older-than", "1h"})["chunks"], 0);
    EXPECT_EQ(cacheJson({"clear", "--preset", "live"})["chunks"], 0);
    const Json dry = cacheJson({"clear", "--track", "long", "--preset", "warm", "--dry-run"});
    EXPECT_EQ(dry["chunks"], 3);
    EXPECT_EQ(chunkFiles().size(), 4U);
    EXPECT_EQ(cacheJson({"clear", "--track", long_})["bytes"], dry["bytes"]);
    EXPECT_EQ(chunkFiles().size(), 1U);
    EXPECT_EQ(fetch(stream(long_, "preset=warm")).body, warm);
    EXPECT_TRUE(eventually([&] { return chunkFiles().size() == 4; }));
    EXPECT_EQ(cache({"clear", "--track", "no such song"}).exitCode, 2);
    EXPECT_EQ(cache({"clear", "--older-than", "soon"}).exitCode, 2);
    EXPECT_GE(cacheJson({"clear"})["chunks"], 1);
    EXPECT_TRUE(chunkFiles().empty());
}

TEST_F(CacheCommand, ExportWritesTheBytesThatWereStreamed) {
    start();
    const std::string warm = play(long_, "preset=warm", 3);
    const std::string deep = play(long_, "preset=live&intensity=0.5&bits=24", 6);
    const std::string plain = play(short_, "intensity=0", 7);
    const std::string out = (dir_.path() / "out").string();
    const Ended first = cache({"export", "-o", out});
    EXPECT_EQ(first.exitCode, 0) << first.err;
    EXPECT_TRUE(contentOf(out + "/long (warm).wav") == warm);
    EXPECT_TRUE(contentOf(out + "/long (live 50, 24 bit).wav") == deep);
    EXPECT_TRUE(contentOf(out + "/short (adaptive 0).wav") == plain);
    const Json again = cacheJson({"export", "-o", out});
    EXPECT_TRUE(again["exported"].empty());
    EXPECT_EQ(again["thereAlready"].size(), 3U);
    EXPECT_EQ(cacheJson({"export", "-o", out, "--overwrite"})["exported"].size(), 3U);
}

TEST_F(CacheCommand, ExportListsWhatIsNotWhole) {
    start();
    play(long_, "preset=warm", 3);
    fs::remove(chunkFiles().at(0));
    const Json exported =
        cacheJson({"export", "--preset", "warm", "-o", (dir_.path() / "out").string()});
    EXPECT_TRUE(exported["exported"].empty());
    ASSERT_EQ(exported["incomplete"].size(), 1U);
    EXPECT_EQ(exported["incomplete"][0]["chunks"], 2);
    EXPECT_EQ(exported["incomplete"][0]["of"], 3);
    EXPECT_TRUE(fs::is_empty(dir_.path() / "out"));
}

TEST_F(CacheCommand, AWrongFolderIsAClearError) {
    const Ended ended = cache({"stats"});
    EXPECT_EQ(ended.exitCode, 1);
    EXPECT_NE(ended.err.find("--data"), std::string::npos) << ended.err;
    EXPECT_FALSE(fs::exists(data()));
}

} // namespace
} // namespace segue::tools
