// Pre-warming: what is asked, what is done, and that a track which was warmed plays without any
// render.
#include "backend/Prewarmer.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <future>
#include <mutex>

#include "backend/PrewarmJobs.h"
#include "backend/ServerNote.h"
#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using test::eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using Phase = PrewarmProgress::Phase;

TEST(PrewarmRequest, SaysTheSameAfterAWayThroughJson) {
    PrewarmRequest request;
    request.selection.kind = PrewarmSelection::Kind::Tracks;
    request.selection.trackIds = {3, 5};
    request.selection.paths = {"/music/a.ogg"};
    request.depth = PrewarmDepth::Full;
    request.presets = {"warm", "gentle"};
    request.intensity = 0.25;
    request.budgetBytes = 12345;
    request.jobs = 3;
    request.dryRun = DryRun::Yes;
    const auto again = parsePrewarmRequest(toJson(request));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(toJson(*again), toJson(request));
    EXPECT_THAT(again->selection.trackIds, ElementsAre(3, 5));
    EXPECT_THAT(again->selection.paths, ElementsAre("/music/a.ogg"));
    EXPECT_THAT(again->presets, ElementsAre("warm", "gentle"));
    EXPECT_EQ(again->intensity, 0.25);
    EXPECT_EQ(again->budgetBytes, 12345);
    EXPECT_EQ(again->jobs, 3);
    EXPECT_EQ(again->depth, PrewarmDepth::Full);
    EXPECT_EQ(again->dryRun, DryRun::Yes);
}

TEST(PrewarmRequest, WhatIsWrongIsNamed) {
    const std::pair<const char*, const char*> bad[] = {
        {"", "object"},
        {"{}", "select"},
        {R"({"select": "some"})", "select"},
        {R"({"select": 1})", "select"},
        {R"({"select": "album"})", "name"},
        {R"({"select": "artist", "name": ""})", "name"},
        {R"({"select": "all", "depth": "deep"})", "depth"},
        {R"({"select": "all", "jobs": 0})", "jobs"},
        {R"({"select": "all", "jobs": 65})", "jobs"},
        {R"({"select": "all", "intensity": 1.5})", "intensity"},
        {R"({"select": "all", "budgetBytes": -1})", "budgetBytes"},
        {R"({"select": "all", "presets": "warm"})", "presets"},
        {R"({"select": "all", "presets": [1]})", "presets"},
        {R"({"select": "recent", "limit": 10001})", "limit"},
        {R"({"select": "tracks", "trackIds": ["x"]})", "trackIds"},
        {R"({"select": "all", "dryRun": 1})", "dryRun"},
        {R"({"select": "all", "force": true})", "force"},
    };
    for (const auto& [text, named] : bad) {
        const auto request = parsePrewarmRequest(text);
        ASSERT_FALSE(request) << text;
        EXPECT_EQ(request.error().code, ErrorCode::InvalidArgument) << text;
        EXPECT_THAT(request.error().message, HasSubstr(named)) << text;
    }
}

TEST(PrewarmSchedule, ATimeOfDayIsReadStrictly) {
    EXPECT_EQ(parseMinuteOfDay("00:00"), 0);
    EXPECT_EQ(parseMinuteOfDay("23:59"), 1439);
    for (const char* text : {"", "3:00", "24:00", "12:60", "12-30", "12:3", "+1:00", "12:300"})
        EXPECT_FALSE(parseMinuteOfDay(text)) << text;
}

TEST(PrewarmSchedule, TheNextTimeIsTodayOrTomorrow) {
    const std::time_t now = 1'700'000'000;
    std::tm local{};
    localtime_r(&now, &local);
    const int minute = local.tm_hour * 60 + local.tm_min;
    const std::int64_t nowMs = std::int64_t{now} * 1000;
    for (const int difference : {0, 1, 60, 1439}) {
        const std::int64_t next = nextTimeOfDay(nowMs, (minute + difference) % 1440);
        EXPECT_GT(next, nowMs);
        EXPECT_LE(next, nowMs + 25 * 3'600'000);
        const std::time_t seconds = next / 1000;
        localtime_r(&seconds, &local);
        EXPECT_EQ(local.tm_hour * 60 + local.tm_min, (minute + difference) % 1440);
        EXPECT_EQ(local.tm_sec, 0);
    }
}

TEST(ServerNote, IsReadAsItWasWritten) {
    const test::TempDir dir;
    const auto file = dir.path() / "server.json";
    EXPECT_FALSE(readServerNote(file));
    writeServerNote(file, {"http://127.0.0.1:1", {"warm", -16.5, std::nullopt}});
    const auto note = readServerNote(file);
    ASSERT_TRUE(note);
    EXPECT_EQ(note->address, "http://127.0.0.1:1");
    EXPECT_EQ(note->defaults.preset, "warm");
    EXPECT_EQ(note->defaults.targetLufs, -16.5);
    EXPECT_EQ(note->defaults.ceilingDbtp, std::nullopt);
    EXPECT_FALSE(parseServerNote("nonsense"));
    EXPECT_EQ(parseServerNote(R"({"preset": 5, "targetLufs": "x"})")->defaults.preset, "adaptive");
    EXPECT_EQ(addressOf("0.0.0.0", 80), "http://127.0.0.1:80");
    EXPECT_EQ(addressOf("::1", 80), "http://[::1]:80");
}

/// Runs that do what a test tells them.
class PrewarmJobsTest : public ::testing::Test {
  protected:
    std::unique_ptr<PrewarmJobs> make(std::optional<PrewarmSchedule> schedule = std::nullopt,
                                      NowMs nowMs = {}) {
        return std::make_unique<PrewarmJobs>(
            [this](const PrewarmRequest& request, const Prewarmer::Report& report,
                   const std::stop_token& stop) {
                PrewarmProgress progress;
                progress.phase = Phase::Rendering;
                progress.fraction = 0.5;
                report(progress);
                std::unique_lock lock(mutex_);
                ran_.push_back(request.selection.limit);
                changed_.wait(lock, stop, [&] { return go_; });
                progress.phase = stop.stop_requested() ? Phase::Cancelled : Phase::Done;
                return progress;
            },
            std::move(schedule), [this](const PrewarmJobs::Status&) { ++told_; }, std::move(nowMs));
    }
    static PrewarmRequest requestOf(int limit) {
        PrewarmRequest request;
        request.selection.limit = limit;
        return request;
    }
    void go() {
        std::lock_guard lock(mutex_);
        go_ = true;
        changed_.notify_all();
    }
    static Phase phaseOf(const PrewarmJobs& jobs, std::int64_t id) {
        return jobs.find(id)->progress.phase;
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool go_ = false;
    std::vector<int> ran_;
    std::atomic<int> told_{0};
};

TEST_F(PrewarmJobsTest, OneRunsAfterTheOther) {
    const auto jobs = make();
    EXPECT_EQ(jobs->begin(requestOf(1))->id, 1);
    EXPECT_EQ(jobs->begin(requestOf(2))->id, 2);
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 1) == Phase::Rendering; }));
    EXPECT_EQ(phaseOf(*jobs, 2), Phase::Waiting);
    EXPECT_EQ(jobs->find(1)->progress.fraction, 0.5);
    go();
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 2) == Phase::Done; }));
    EXPECT_THAT(ran_, ElementsAre(1, 2));
    EXPECT_EQ(jobs->list().front().id, 2);
    EXPECT_GE(told_, 4);
}

TEST_F(PrewarmJobsTest, OneThatRunsOrWaitsCanBeCancelled) {
    const auto jobs = make();
    ASSERT_TRUE(jobs->begin(requestOf(1)));
    ASSERT_TRUE(jobs->begin(requestOf(2)));
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 1) == Phase::Rendering; }));
    EXPECT_TRUE(jobs->cancel(2));
    EXPECT_EQ(phaseOf(*jobs, 2), Phase::Cancelled);
    EXPECT_TRUE(jobs->cancel(1));
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 1) == Phase::Cancelled; }));
    EXPECT_TRUE(jobs->cancel(1));
    EXPECT_FALSE(jobs->cancel(3));
    EXPECT_FALSE(jobs->find(3));
}

TEST_F(PrewarmJobsTest, QueueAndMemoryAreBounded) {
    const auto jobs = make();
    ASSERT_TRUE(jobs->begin(requestOf(1)));
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 1) == Phase::Rendering; }));
    for (std::size_t i = 0; i < PrewarmJobs::kMostWaiting; ++i)
        EXPECT_TRUE(jobs->begin(requestOf(2)));
    const auto refused = jobs->begin(requestOf(3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Busy);
    go();
    for (std::int64_t i = 0; i < 60; ++i)
        EXPECT_TRUE(eventually([&] { return jobs->begin(requestOf(4)).has_value(); }));
    EXPECT_TRUE(eventually([&] { return jobs->list().front().progress.ended(); }));
    EXPECT_LE(jobs->list().size(), PrewarmJobs::kMostEnded + PrewarmJobs::kMostWaiting + 1);
}

TEST_F(PrewarmJobsTest, TheClockBeginsWhatIsScheduled) {
    go();
    const std::int64_t before = nextTimeOfDay(1'700'000'000'000, 240) - 20;
    std::atomic<int> asked{0};
    // The clock stands just before the time when it is asked first, and behind it afterwards.
    const auto jobs = make(PrewarmSchedule{240, {requestOf(7), requestOf(8)}},
                           [&] { return before + (asked++ == 0 ? 0 : 40); });
    EXPECT_TRUE(eventually([&] {
        const auto all = jobs->list();
        return all.size() == 2 && all.front().progress.ended();
    }));
    jobs->stop();
    EXPECT_TRUE(jobs->list().front().scheduled);
    EXPECT_THAT(ran_, ::testing::UnorderedElementsAre(7, 8));
}

TEST_F(PrewarmJobsTest, StoppingEndsWhatRuns) {
    const auto jobs = make();
    ASSERT_TRUE(jobs->begin(requestOf(1)));
    EXPECT_TRUE(eventually([&] { return phaseOf(*jobs, 1) == Phase::Rendering; }));
    jobs->stop();
    EXPECT_EQ(phaseOf(*jobs, 1), Phase::Cancelled);
    EXPECT_FALSE(jobs->begin(requestOf(2)));
}

class PrewarmApiTest : public test::ApplicationFixture {
  protected:
    /// Waits for the end of a pre-warming. @return its last state
    Json warm(const Json& request) {
        const auto begun = send("POST", "/api/prewarm", request.dump());
        EXPECT_EQ(begun.status, 202) << begun.body;
        const std::string address = begun.header("location");
        EXPECT_TRUE(eventually([&] {
            const std::string phase = json(address)["progress"]["phase"];
            return phase == "done" || phase == "failed" || phase == "cancelled";
        }));
        return json(address)["progress"];
    }
    /// Renders that this server has begun.
    std::int64_t renders() const {
        const std::string text = fetch("/metrics").body;
        std::int64_t sum = 0;
        const std::string name = "segue_renders_total{";
        for (std::size_t at = text.find("\n" + name); at != std::string::npos;
             at = text.find("\n" + name, at + 1))
            sum += std::atoll(text.c_str() + text.find(' ', at + name.size()));
        return sum;
    }
};

TEST_F(PrewarmApiTest, AWarmedTrackPlaysWithoutAnyRender) {
    start();
    const Json warmed = warm({{"select", "all"}, {"depth", "full"}});
    EXPECT_EQ(warmed["phase"], "done");
    EXPECT_EQ(warmed["limit"], "none");
    EXPECT_EQ(warmed["fraction"], 1.0);
    EXPECT_EQ(warmed["tracks"], 2);
    EXPECT_EQ(warmed["chunksRendered"], 4); // 65 s and half a second
    EXPECT_EQ(warmed["chunksThere"], 0);
    EXPECT_GT(warmed["bytes"], 65 * kRateHz * 4);
    const std::int64_t before = renders();
    EXPECT_EQ(fetch(stream(long_)).status, 200);
    EXPECT_EQ(fetch(stream(short_)).status, 200);
    EXPECT_EQ(fetch(stream(long_, "preset=adaptive&intensity=1.00&format=wav&bits=16")).status,
              200); // as the web player asks
    EXPECT_EQ(renders(), before);
    EXPECT_EQ(fetch(stream(long_, "preset=warm")).status, 200);
    EXPECT_GT(renders(), before); // the counter does count
}

TEST_F(PrewarmApiTest, FirstChunksAreEnoughToStart) {
    defaults_.preset = "warm";
    defaults_.targetLufs = -18;
    start();
    const Json warmed = warm({{"select", "all"}});
    EXPECT_EQ(warmed["chunksRendered"], 2);
    const std::int64_t before = renders();
    EXPECT_EQ(fetch(stream(long_), "Range: bytes=0-999\r\n").status, 206); // of the default voice
    EXPECT_EQ(fetch(stream(short_), "Range: bytes=0-999\r\n").status, 206);
    EXPECT_EQ(renders(), before);
}

TEST_F(PrewarmApiTest, WhatIsThereIsLeftAlone) {
    start();
    EXPECT_EQ(warm({{"select", "all"}, {"depth", "full"}})["chunksRendered"], 4);
    const std::int64_t before = renders();
    const Json again = warm({{"select", "all"}, {"depth", "full"}});
    EXPECT_EQ(again["chunksRendered"], 0);
    EXPECT_EQ(again["chunksThere"], 4);
    EXPECT_EQ(again["bytes"], 0);
    EXPECT_EQ(renders(), before);
    stop();
    start();
    EXPECT_EQ(warm({{"select", "all"}, {"depth", "full"}})["chunksRendered"], 0);
    EXPECT_EQ(fetch(stream(long_)).status, 200);
    EXPECT_EQ(renders(), 0);
}

TEST_F(PrewarmApiTest, TheCorridorThatItTeachesIsTheOneThatIsWarmed) {
    for (int i = 0; i < 22; ++i)
        test::writeWav(music() / ("n" + std::to_string(i) + ".wav"),
                       test::noise(1, kRateHz * 2, 0.1 + 0.01 * i), kRateHz);
    start();
    EXPECT_EQ(warm({{"select", "all"}})["phase"], "done");
    EXPECT_EQ(json("/api/library/corridor")["version"], 1);
    const std::int64_t before = renders();
    const Json page = json("/api/tracks");
    for (const Json& track : page["tracks"])
        EXPECT_EQ(fetch(stream(track["id"]), "Range: bytes=0-99\r\n").status, 206);
    EXPECT_EQ(renders(), before);
}

TEST_F(PrewarmApiTest, ADryRunSaysWhatItWouldCostAndDoesNothing) {
    start();
    const Json dry = warm({{"select", "all"}, {"depth", "full"}, {"dryRun", true}});
    EXPECT_EQ(dry["phase"], "done");
    EXPECT_EQ(dry["chunksRendered"], 4);
    EXPECT_GT(dry["seconds"], 0.0);
    EXPECT_EQ(renders(), 0);
    const Json real = warm({{"select", "all"}, {"depth", "full"}});
    EXPECT_EQ(real["bytes"], dry["bytes"]);
    EXPECT_EQ(warm({{"select", "all"}, {"depth", "full"}, {"dryRun", true}})["chunksThere"], 4);
}

TEST_F(PrewarmApiTest, ABudgetIsKept) {
    start();
    const std::int64_t all =
        warm({{"select", "all"}, {"depth", "full"}, {"dryRun", true}})["bytes"];
    const Json part = warm({{"select", "all"}, {"depth", "full"}, {"budgetBytes", all - 1}});
    EXPECT_EQ(part["phase"], "done");
    EXPECT_EQ(part["limit"], "budget");
    EXPECT_LT(part["chunksRendered"], 4);
    EXPECT_LT(part["bytes"], all);
    const Json rest = warm({{"select", "all"}, {"depth", "full"}, {"budgetBytes", all}});
    EXPECT_EQ(rest["limit"], "none");
    EXPECT_EQ(rest["chunksRendered"].get<int>() + part["chunksRendered"].get<int>(), 4);
}

TEST_F(PrewarmApiTest, EveryPresetIsWarmed) {
    start();
    EXPECT_EQ(warm({{"select", "tracks"},
                    {"trackIds", {short_}},
                    {"presets", {"warm", "gentle"}},
                    {"intensity", 0.5}})["chunksRendered"],
              2);
    const std::int64_t before = renders();
    EXPECT_EQ(fetch(stream(short_, "preset=warm&intensity=0.5")).status, 200);
    EXPECT_EQ(fetch(stream(short_, "preset=gentle&intensity=0.50")).status, 200);
    EXPECT_EQ(renders(), before);
}

TEST_F(PrewarmApiTest, TracksAreChosenByPathPlaysAndAge) {
    start();
    const Json byPath = warm(
        {{"select", "tracks"}, {"paths", {(music() / "short.wav").string(), "/nowhere/x.wav"}}});
    EXPECT_EQ(byPath["tracks"], 1);
    EXPECT_EQ(byPath["tracksFailed"], 1);
    EXPECT_THAT(byPath["problems"][0].get<std::string>(), HasSubstr("/nowhere/x.wav"));
    EXPECT_EQ(warm({{"select", "most-played"}})["tracks"], 0);
    send("POST", "/api/plays", Json{{"trackId", long_}, {"secondsHeard", 60}}.dump());
    EXPECT_EQ(warm({{"select", "most-played"}})["tracks"], 1);
    EXPECT_EQ(warm({{"select", "recent"}, {"limit", 1}})["tracks"], 1);
}

TEST_F(PrewarmApiTest, AFileThatIsGoneFailsAlone) {
    start();
    std::filesystem::remove(music() / "short.wav");
    const Json warmed = warm({{"select", "all"}});
    EXPECT_EQ(warmed["phase"], "done");
    EXPECT_EQ(warmed["tracksFailed"], 1);
    EXPECT_EQ(warmed["chunksRendered"], 1);
    EXPECT_EQ(warmed["problems"].size(), 1u);
}

TEST_F(PrewarmApiTest, NonsenseIsRefusedAtOnce) {
    start();
    const auto post = [&](const Json& request) {
        return send("POST", "/api/prewarm", request.dump());
    };
    expectProblem(post({{"select", "album"}, {"name", "None"}}), 404, "not-found", "None");
    expectProblem(post({{"select", "all"}, {"presets", {"loudest"}}}), 400, "invalid-argument",
                  "loudest");
    expectProblem(post({{"select", "tracks"}, {"trackIds", {"99"}}}), 404, "not-found", "99");
    expectProblem(fetch("/api/prewarm/1"), 404, "not-found");
    expectProblem(ask(test::requestOf("DELETE", "/api/prewarm/x")), 404, "not-found");
    EXPECT_TRUE(json("/api/prewarm")["jobs"].empty());
}

} // namespace
} // namespace segue::backend
