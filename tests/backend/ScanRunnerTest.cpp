// Scans as clients see them: how far, how they ended, and that they can be ended.
#include "backend/ScanRunner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/backend/ApplicationFixture.h"
#include "tests/backend/Gate.h"
#include "tests/backend/WavFile.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using library::ScanDepth;
using test::eventually;
using Json = nlohmann::json;

class ScanRunnerTest : public ::testing::Test {
  protected:
    static constexpr int kFiles = 3;

    ScanRunnerTest() {
        std::filesystem::create_directory(dir.path() / "music");
        for (int i = 0; i < kFiles; ++i)
            test::writeWav(dir.path() / "music" / (std::to_string(i) + ".wav"),
                           test::noise(1, 100, 0.3, static_cast<unsigned>(i)), 8000);
        library = *library::Library::open(dir.path() / "library.db", {dir.path() / "music"});
    }
    std::unique_ptr<ScanRunner> runner(ScanRunner::OnProgress onProgress = {}) {
        return std::make_unique<ScanRunner>(
            *library, [this] { ++done; }, std::move(onProgress));
    }

    test::TempDir dir;
    std::unique_ptr<library::Library> library;
    std::atomic<int> done{0};
};

TEST_F(ScanRunnerTest, TellsHowTheLastOneEnded) {
    const auto scans = runner();
    EXPECT_EQ(scans->status().startedMs, 0);
    ASSERT_TRUE(scans->start(ScanDepth::Folders, ScanCause::Asked));
    ASSERT_TRUE(eventually([&] { return done == 1; }));
    const Json status = Json::parse(toJson(scans->status()));
    EXPECT_EQ(status["running"], false);
    EXPECT_EQ(status["cancelled"], false);
    EXPECT_EQ(status["error"], nullptr);
    EXPECT_EQ(status["depth"], "folders");
    EXPECT_EQ(status["cause"], "asked");
    EXPECT_EQ(status["added"], kFiles);
    EXPECT_GT(status["startedMs"], 0);
    EXPECT_GE(status["endedMs"], status["startedMs"]);
}

TEST_F(ScanRunnerTest, ACancelledScanEndsAndTheNextOneFindsTheRest) {
    test::Gate begun, goOn;
    const auto scans = runner([&](const ScanRunner::Status& scan) {
        if (scan.running && !begun.isOpen()) {
            begun.open();
            goOn.pass();
        }
    });
    ASSERT_TRUE(scans->start(ScanDepth::Files, ScanCause::Start));
    ASSERT_TRUE(begun.pass());
    const auto second = scans->start(ScanDepth::Files, ScanCause::Asked);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Busy);
    EXPECT_TRUE(scans->cancel().cancelling);
    goOn.open();
    ASSERT_TRUE(eventually([&] { return done == 1; }));
    EXPECT_TRUE(scans->status().cancelled);
    EXPECT_FALSE(scans->status().running);
    EXPECT_FALSE(scans->status().cancelling);
    EXPECT_LT(library->trackCount().value(), kFiles);

    EXPECT_FALSE(scans->cancel().cancelling); // there is none
    ASSERT_TRUE(scans->start(ScanDepth::Files, ScanCause::Asked));
    ASSERT_TRUE(eventually([&] { return done == 2; }));
    EXPECT_FALSE(scans->status().cancelled);
    EXPECT_EQ(library->trackCount().value(), kFiles);
}

TEST_F(ScanRunnerTest, AFailedScanSaysWhy) {
    std::filesystem::create_directory(dir.path() / "library.db-scan"); // where its lock should be
    const auto scans = runner();
    ASSERT_TRUE(scans->start(ScanDepth::Files, ScanCause::Asked));
    ASSERT_TRUE(eventually([&] { return done == 1; }));
    EXPECT_TRUE(scans->status().failed);
    EXPECT_NE(Json::parse(toJson(scans->status()))["error"].get<std::string>().find("library.db"),
              std::string::npos);
}

TEST_F(ScanRunnerTest, WhatIsWantedMeanwhileWaitsAndBecomesOneScan) {
    test::Gate begun, goOn;
    std::atomic<int> started{0};
    const auto scans = runner([&](const ScanRunner::Status& scan) {
        if (scan.running && ++started == 1) {
            begun.open();
            goOn.pass();
        }
    });
    const std::string music = dir.path() / "music";
    scans->want({.depth = ScanDepth::Files, .folders = {{music}}}, ScanCause::Watch);
    ASSERT_TRUE(begun.pass());
    EXPECT_EQ(scans->status().cause, ScanCause::Watch);
    EXPECT_EQ(scans->status().folders, 1u);
    for (const char* name : {"/a", "/b", "/a"})
        scans->want({.depth = ScanDepth::Files, .folders = {{music + name}}}, ScanCause::Watch);
    // Nobody asked for the running one: who does is not sent away, and gets all that waits in one.
    ASSERT_TRUE(scans->start(ScanDepth::Files, ScanCause::Asked));
    EXPECT_EQ(scans->start(ScanDepth::Files, ScanCause::Asked).error().code, ErrorCode::Busy);
    goOn.open();
    ASSERT_TRUE(eventually([&] { return done == 2; }));
    EXPECT_EQ(started, 2);
    EXPECT_EQ(scans->status().cause, ScanCause::Asked);
    EXPECT_EQ(scans->status().folders, 0u);
    EXPECT_EQ(library->trackCount().value(), kFiles);
}

TEST_F(ScanRunnerTest, WhatNobodyAskedForIsTriedAgainWhenItFails) {
    std::filesystem::create_directory(dir.path() / "library.db-scan");
    std::atomic<bool> failed{false};
    const auto scans = runner([&](const ScanRunner::Status& scan) { failed = scan.failed; });
    scans->want({.depth = ScanDepth::Files, .folders = {{dir.path() / "music"}}}, ScanCause::Watch);
    ASSERT_TRUE(eventually([&] { return failed.load(); }));
    EXPECT_EQ(done, 0);
    std::filesystem::remove(dir.path() / "library.db-scan");
    ASSERT_TRUE(eventually([&] { return done == 1; }));
    EXPECT_EQ(library->trackCount().value(), kFiles);
}

TEST_F(ScanRunnerTest, WhatNobodyAskedForAndChangesNothingIsNoNews) {
    const auto scans = runner();
    ASSERT_TRUE(scans->start(ScanDepth::Files, ScanCause::Start));
    ASSERT_TRUE(eventually([&] { return done == 1; }));
    scans->want({.depth = ScanDepth::Folders, .folders = {}}, ScanCause::Timer);
    ASSERT_TRUE(eventually(
        [&] { return scans->status().cause == ScanCause::Timer && !scans->status().running; }));
    scans->stop();
    EXPECT_EQ(done, 1);
}

using ScanApiTest = test::ApplicationFixture;

TEST_F(ScanApiTest, AScanIsAskedForSeenAndCancelled) {
    start();
    const Json first = json("/api/library/scan");
    EXPECT_EQ(first["cause"], "start");
    EXPECT_EQ(first["added"], 2);
    EXPECT_EQ(first, json("/api/health")["scan"]);
    const test::RawResponse idle = ask(test::requestOf("DELETE", "/api/library/scan"));
    EXPECT_EQ(idle.status, 200);
    EXPECT_EQ(Json::parse(idle.body), first);
    EXPECT_EQ(ask(test::requestOf("POST", "/api/library/scan?depth=folders")).status, 202);
    ASSERT_TRUE(eventually([&] { return !json("/api/library/scan")["running"]; }));
    EXPECT_EQ(json("/api/library/scan")["cause"], "asked");
    EXPECT_EQ(json("/api/library/scan")["depth"], "folders");
}

TEST_F(ScanApiTest, AFileThatComesIsThereWithoutAScanThatWasAskedFor) {
    watch_ = library::Watcher::Watching::Yes;
    start();
    ASSERT_TRUE(eventually([&] { return json("/api/health")["watch"]["folders"] == 1; }));
    std::filesystem::create_directory(music() / "album");
    test::writeWav(music() / "album" / "new.wav", test::noise(1, kRateHz, 0.2), kRateHz);
    ASSERT_TRUE(eventually([&] { return json("/api/tracks")["total"] == 3; }));
    EXPECT_EQ(json("/api/library/scan")["cause"], "watch");
    EXPECT_EQ(json("/api/health")["watch"]["folders"], 2);
}

} // namespace
} // namespace segue::backend
