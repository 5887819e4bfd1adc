// The whole server on a real port, with real small files: every route, what it refuses, and that it
// ends whatever its clients do.
#include "backend/Application.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "backend/StatusRoutes.h"
#include "tests/backend/ApplicationFixture.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using Json = nlohmann::json;
using test::eventually;
using test::get;
using test::RawClient;
using test::RawResponse;
using test::requestOf;

using ApplicationTest = test::ApplicationFixture;

TEST_F(ApplicationTest, TheDescriptionAndTheRoutesAgree) {
    start();
    const Json document = json("/api/openapi.json");
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::set<std::string> described, published;
    for (const auto& [path, item] : document["paths"].items())
        for (const auto& [method, operation] : item.items())
            described.insert(method + " " + path);
    for (const auto& [method, pattern] : application_->methodsAndPatterns()) {
        std::string lower = method;
        for (char& c : lower)
            c = static_cast<char>(std::tolower(c));
        published.insert(lower + " " + pattern);
    }
    EXPECT_EQ(described, published);
}

TEST_F(ApplicationTest, EveryReferenceInTheDescriptionIsThere) {
    const Json document = Json::parse(openApiDocument());
    std::function<void(const Json&)> walk = [&](const Json& node) {
        if (node.is_object() && node.contains("$ref")) {
            const auto reference = node["$ref"].get<std::string>();
            EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
        }
        for (const Json& child : node)
            if (child.is_structured())
                walk(child);
    };
    walk(document);
}

TEST_F(ApplicationTest, AnyRangeOfAStreamIsThatPartOfTheWhole) {
    start();
    for (const std::string query : {"preset=punchy", "preset=punchy&bits=24"}) {
        const std::string target = stream(long_, query);
        const RawResponse head = ask(requestOf("HEAD", target));
        EXPECT_EQ(head.status, 200);
        const auto size = std::stoull(head.header("content-length"));
        std::mt19937 random(5);
        std::vector<std::pair<std::size_t, std::string>> parts;
        for (int i = 0; i < 12; ++i) {
            const auto first = std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
            const auto last = std::min<std::size_t>(size - 1, first + random() % 50'000);
            const RawResponse part = fetch(target, "Range: bytes=" + std::to_string(first) + "-" +
                                                       std::to_string(last) + "\r\n");
            ASSERT_EQ(part.status, 206);
            EXPECT_EQ(part.body.size(), last - first + 1);
            parts.emplace_back(first, part.body);
        }
        const RawResponse whole = fetch(target);
        ASSERT_EQ(whole.status, 200);
        ASSERT_EQ(whole.body.size(), size);
        // A HEAD before the first GET plays nothing yet: the plan may still have become a better
        // one.
        EXPECT_EQ(whole.header("etag"), ask(requestOf("HEAD", target)).header("etag"));
        EXPECT_EQ(whole.header("content-type"), "audio/wav");
        for (const auto& [first, body] : parts)
            EXPECT_TRUE(whole.body.compare(first, body.size(), body) == 0) << "at " << first;
    }
}

TEST_F(ApplicationTest, AStreamIsTheSameAfterARestart) {
    start();
    const RawResponse before = fetch(stream(long_));
    stop();
    start();
    const RawResponse after = fetch(stream(long_));
    EXPECT_EQ(before.header("etag"), after.header("etag"));
    EXPECT_TRUE(before.body == after.body);
}

TEST_F(ApplicationTest, IntensityZeroLeavesEverySampleAsItIs) {
    start();
    const RawResponse response = fetch(stream(long_, "intensity=0"));
    ASSERT_EQ(response.body.size(), 44 + longSamples_.size());
    EXPECT_EQ(std::memcmp(response.body.data() + 44, longSamples_.data(), longSamples_.size()), 0);
}

TEST_F(ApplicationTest, PresetsAndIntensityChangeTheSound) {
    start();
    std::set<std::string> bodies, tags;
    const Json presets = json("/api/presets");
    for (const Json& preset : presets["presets"]) {
        EXPECT_FALSE(preset["intent"].get<std::string>().empty());
        const RawResponse response =
            fetch(stream(long_, "preset=" + preset["name"].get<std::string>()));
        bodies.insert(response.body);
        tags.insert(response.header("etag"));
    }
    const RawResponse half = fetch(stream(long_, "intensity=0.5"));
    bodies.insert(half.body);
    tags.insert(half.header("etag"));
    EXPECT_EQ(bodies.size(), 7u);
    EXPECT_EQ(tags.size(), 7u);
}

TEST_F(ApplicationTest, ConditionsAndProbesOfPlayers) {
    start();
    const std::string target = stream(long_);
    const RawResponse probe = fetch(target, "Range: bytes=0-1\r\n");
    EXPECT_EQ(probe.status, 206);
    EXPECT_EQ(probe.body, "RI");
    EXPECT_EQ(probe.header("content-type"), "audio/wav");
    const std::string etag = probe.header("etag");
    EXPECT_EQ(probe.header("segue-plan").size(), 32u);
    EXPECT_FALSE(probe.header("segue-plan-provisional").empty());
    EXPECT_EQ(fetch(target, "If-None-Match: " + etag + "\r\n").status, 304);
    EXPECT_EQ(fetch(target, "Range: bytes=0-1\r\nIf-Range: " + etag + "\r\n").status, 206);
    EXPECT_EQ(fetch(target, "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n").status, 200);
    const RawResponse beyond = fetch(target, "Range: bytes=99999999-\r\n");
    expectProblem(beyond, 416, "range-not-satisfiable");
    EXPECT_EQ(beyond.header("content-range"), "bytes */" + std::to_string(44 + 65 * 8000 * 4));
}

TEST_F(ApplicationTest, TheOriginalIsTheFileAsItIs) {
    start();
    const RawResponse original = fetch(stream(long_, "enhanced=false"));
    std::ifstream file(music() / "long.wav", std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(original.status, 200);
    EXPECT_TRUE(original.body == bytes);
    const RawResponse part = fetch(stream(long_, "enhanced=false"), "Range: bytes=1000-1999\r\n");
    EXPECT_TRUE(part.body == bytes.substr(1000, 1000));
    EXPECT_FALSE(part.has("segue-plan"));
}

TEST_F(ApplicationTest, WhatIsWrongIsNamed) {
    start();
    expectProblem(fetch(stream(long_, "preset=loud")), 400, "invalid-argument", "preset: 'loud'");
    expectProblem(fetch(stream(long_, "intensity=nan")), 400, "invalid-argument", "intensity");
    expectProblem(fetch(stream(long_, "bits=8")), 400, "invalid-argument", "bits");
    expectProblem(fetch(stream(long_, "format=mp3")), 400, "invalid-argument", "format");
    expectProblem(fetch(stream(long_, "enhanced=maybe")), 400, "invalid-argument", "enhanced");
    expectProblem(fetch(stream("abc")), 400, "invalid-argument", "track id");
    expectProblem(fetch(stream("999")), 404, "not-found");
    expectProblem(fetch(stream("999", "enhanced=false")), 404, "not-found");
    for (const std::string tail : {"", "/analysis", "/plan", "/effect"})
        expectProblem(fetch("/api/tracks/999" + tail), 404, "not-found");
    expectProblem(fetch("/api/player/chunks/999"), 404, "not-found");
    expectProblem(fetch("/api/tracks/" + long_ + "/effect?points=15"), 400, "invalid-argument",
                  "points");
    expectProblem(fetch("/api/tracks/" + long_ + "/effect?preset=loud"), 400, "invalid-argument",
                  "preset: 'loud'");
    expectProblem(fetch("/api/tracks?limit=0"), 400, "invalid-argument", "limit");
    expectProblem(fetch("/api/tracks?after=x"), 400, "invalid-argument", "after");
    expectProblem(fetch("/api/nothing"), 404, "not-found");
}

TEST_F(ApplicationTest, AnAnalysisAndAPlanAreToldAsJson) {
    start();
    EXPECT_TRUE(json("/api/tracks/" + long_ + "/analysis").is_object());
    EXPECT_EQ(json("/api/tracks/" + long_ + "/analysis?points=16")["waveform"].size(), 16u);
    const Json warm = json("/api/tracks/" + long_ + "/plan?preset=warm&intensity=0.5");
    EXPECT_EQ(warm["preset"], "warm");
    EXPECT_EQ(warm["intensity"], 0.5);
}

TEST_F(ApplicationTest, TheEffectIsThatOfThePlan) {
    start();
    const std::string track = "/api/tracks/" + long_;
    ASSERT_TRUE(eventually([&] { return json(track + "/analysis")["coverage"] == "full"; }));
    const Json plan = json(track + "/plan?preset=warm&target=-20");
    const Json effect = json(track + "/effect?preset=warm&target=-20&points=100");
    EXPECT_EQ(effect["provisional"], false);
    EXPECT_EQ(effect["after"]["integratedLufs"], plan["predictedLufs"]);
    EXPECT_EQ(effect["targetLufs"], -20.0);
    EXPECT_EQ(effect["before"]["waveform"].size(), 100u);
    EXPECT_EQ(effect["gainReduction"]["bands"].size(), 4u);
    EXPECT_TRUE(effect["reference"].is_null());
    // Of the file as it is, and without intensity, nothing is to be seen.
    for (const std::string nothing : {"enhanced=false&preset=warm", "intensity=0"}) {
        const Json same = json(track + "/effect?" + nothing);
        EXPECT_EQ(same["after"], same["before"]) << nothing;
    }
}

TEST_F(ApplicationTest, WhoHasAnAnalysisPlanOrEffectIsToldSo) {
    start();
    for (const std::string tail : {"/analysis", "/plan?preset=warm", "/effect?preset=warm"}) {
        const std::string target = "/api/tracks/" + long_ + tail;
        ASSERT_TRUE(eventually([&] { // the full analysis has taken the quick one's place
            return json("/api/tracks/" + long_ + "/analysis")["coverage"] == "full";
        }));
        const std::string etag = fetch(target).header("etag");
        ASSERT_FALSE(etag.empty()) << tail;
        const RawResponse same = fetch(target, "If-None-Match: " + etag + "\r\n");
        EXPECT_EQ(same.status, 304) << tail;
        EXPECT_TRUE(same.body.empty());
        EXPECT_EQ(same.header("etag"), etag);
        EXPECT_EQ(fetch(target, "If-None-Match: \"other\"\r\n").status, 200) << tail;
    }
}

TEST_F(ApplicationTest, ChunksShowWhatIsRendered) {
    start();
    const std::string target = "/api/player/chunks/" + long_;
    EXPECT_EQ(json(target)["count"], 3);
    EXPECT_EQ(json(target)["chunkSeconds"], 30);
    EXPECT_EQ(json(target)["chunks"], Json::array({"none", "none", "none"}));
    fetch(stream(long_));
    EXPECT_TRUE(eventually([&] {
        return json(target)["chunks"] == Json::array({"ready", "ready", "ready"});
    }));
    EXPECT_EQ(json(target + "?preset=warm")["chunks"], Json::array({"none", "none", "none"}));
}

TEST_F(ApplicationTest, TheOriginalAtTheSameLoudnessIsRendered) {
    start();
    const std::string query = "enhanced=false&matchLoudness=true&target=-20";
    const RawResponse original = fetch(stream(long_, query));
    EXPECT_EQ(original.status, 200);
    EXPECT_EQ(original.header("content-type"), "audio/wav");
    EXPECT_EQ(original.body.size(), 44 + longSamples_.size());
    EXPECT_EQ(original.header("segue-plan").size(), 32u);
    const Json plan = json("/api/tracks/" + long_ + "/plan?" + query);
    EXPECT_NEAR(plan["targetLufs"].get<double>(), -20, 1e-9);
    EXPECT_NE(original.header("etag"), fetch(stream(long_, "target=-20")).header("etag"));
    EXPECT_NE(original.header("etag"), fetch(stream(long_, "enhanced=false")).header("etag"));
}

TEST_F(ApplicationTest, TargetAndCeilingTakeTheWordFromThePreset) {
    start();
    const Json plan = json("/api/tracks/" + long_ + "/plan?target=-18.5&ceiling=-3");
    EXPECT_EQ(plan["targetLufs"], -18.5);
    EXPECT_NE(fetch(stream(long_, "target=-18.5")).header("etag"),
              fetch(stream(long_, "target=-18.5&ceiling=-3")).header("etag"));
    for (const std::string bad : {"target=-7.9", "ceiling=0.1", "blend=2", "matchLoudness=1"})
        expectProblem(fetch(stream(long_, bad)), 400, "invalid-argument",
                      bad.substr(0, bad.find('=')));
}

TEST_F(ApplicationTest, TheServersDefaultsHoldForWhoAsksForNothing) {
    defaults_ = {.preset = "gentle", .targetLufs = -19, .ceilingDbtp = -2};
    start();
    const std::string plan = "/api/tracks/" + long_ + "/plan";
    EXPECT_EQ(json("/api/presets")["default"], "gentle");
    EXPECT_EQ(json(plan)["preset"], "gentle");
    EXPECT_EQ(json(plan)["targetLufs"], -19.0);
    EXPECT_EQ(json(plan + "?preset=warm")["preset"], "warm");
    EXPECT_EQ(json(plan + "?target=-12")["targetLufs"], -12.0);
}

TEST_F(ApplicationTest, ADefaultPresetThatIsNotThereIsToldAtOnce) {
    defaults_.preset = "none-such";
    const auto opened = Application::open(options());
    EXPECT_EQ(test::codeOf(opened), ErrorCode::NotFound);
    EXPECT_NE(opened.error().message.find("none-such"), std::string::npos);
}

TEST_F(ApplicationTest, TracksComePageByPage) {
    start();
    const Json all = json("/api/tracks");
    EXPECT_EQ(all["total"], 2);
    EXPECT_EQ(all["tracks"].size(), 2u);
    EXPECT_TRUE(all["next"].is_null());
    const Json first = json("/api/tracks?limit=1");
    ASSERT_TRUE(first["next"].is_string());
    const Json second = json("/api/tracks?limit=1&after=" + first["next"].get<std::string>());
    EXPECT_TRUE(second["next"].is_null());
    EXPECT_NE(first["tracks"][0]["id"], second["tracks"][0]["id"]);
    EXPECT_EQ(json("/api/tracks?search=LONG")["tracks"].size(), 1u);
    const Json track = json("/api/tracks/" + long_);
    EXPECT_EQ(track["id"], long_);
    EXPECT_EQ(track["title"], "long");
    EXPECT_EQ(track["durationSeconds"], 65.0);
    EXPECT_EQ(track["sampleRateHz"], kRateHz);
    EXPECT_EQ(track["channels"], 2);
    EXPECT_EQ(track["missing"], false);
}

TEST_F(ApplicationTest, ProblemsOfTheScanAreListed) {
    start();
    const Json problems = json("/api/library/problems")["problems"];
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0]["path"].get<std::string>().find("junk.flac"), std::string::npos);
    EXPECT_EQ(problems[0]["kind"], "format");
}

TEST_F(ApplicationTest, ProblemsComePageByPageAsEveryListDoes) {
    for (const char* name : {"a.flac", "b.flac"})
        std::ofstream(music() / name) << "no music";
    start();
    std::vector<std::string> names;
    std::string url = "/api/library/problems?limit=1";
    for (int pages = 0; pages < 3; ++pages) {
        const Json page = json(url);
        ASSERT_EQ(page["problems"].size(), 1u);
        names.push_back(std::filesystem::path(page["problems"][0]["path"].get<std::string>())
                            .filename()
                            .string());
        ASSERT_EQ(page["next"].is_null(), pages == 2);
        if (pages < 2)
            url = "/api/library/problems?limit=1&after=" + page["next"].get<std::string>();
    }
    EXPECT_EQ(names, (std::vector<std::string>{"a.flac", "b.flac", "junk.flac"}));
    EXPECT_EQ(ask(requestOf("GET", "/api/library/problems?after=made-up")).status, 400);
    EXPECT_EQ(ask(requestOf("GET", "/api/library/problems?limit=1001")).status, 400);
}

TEST_F(ApplicationTest, AScanFindsWhatIsNew) {
    start();
    test::writeWav(music() / "new.wav", test::noise(1, 4000, 0.2, 9), kRateHz);
    const RawResponse begun = ask(requestOf("POST", "/api/library/scan"));
    EXPECT_EQ(begun.status, 202);
    EXPECT_TRUE(eventually([&] { return json("/api/tracks")["total"] == 3; }));
}

TEST_F(ApplicationTest, AFileThatIsEditedOrGoneIsNeverServedStale) {
    start();
    const RawResponse before = fetch(stream(short_));
    test::writeWav(music() / "short.wav", test::noise(1, kRateHz, 0.2, 3), kRateHz);
    const RawResponse edited = fetch(stream(short_));
    EXPECT_EQ(edited.status, 200);
    EXPECT_NE(edited.header("etag"), before.header("etag"));
    EXPECT_EQ(edited.body.size(), 44u + 2 * kRateHz);
    std::filesystem::remove(music() / "short.wav");
    expectProblem(fetch(stream(short_)), 404, "not-found");
    expectProblem(fetch(stream(short_, "enhanced=false")), 404, "not-found");
}

TEST_F(ApplicationTest, HealthMetricsAndThePage) {
    start();
    fetch(stream(short_));
    const Json health = json("/api/health");
    EXPECT_EQ(health["status"], "ok");
    EXPECT_EQ(health["tracks"], 2);
    EXPECT_TRUE(health["analysis"]["pending"].is_number());
    const RawResponse metrics = fetch("/metrics");
    EXPECT_EQ(metrics.status, 200);
    for (const char* family :
         {"segue_streams_active", "segue_renders_total{outcome=\"rendered\"}",
          "segue_render_queue_depth{class=\"blocked\"}", "segue_render_seconds_total",
          "segue_render_audio_seconds_total", "segue_first_byte_seconds_bucket{le=\"0.003\"}",
          "segue_cache_hits_total", "segue_cache_misses_total", "segue_cache_bytes",
          "segue_http_responses_total{status=\"200\"}", "process_resident_memory_bytes",
          "process_threads"})
        EXPECT_NE(metrics.body.find("\n" + std::string(family)), std::string::npos) << family;
    EXPECT_EQ(fetch("/").body, "<h1>Segue</h1>");
}

TEST_F(ApplicationTest, AClientThatLeavesMidwayLeavesNothingBehind) {
    start();
    const auto active = [&] {
        const std::string text = fetch("/metrics").body;
        const std::string name = "\nsegue_streams_active ";
        return text.substr(text.find(name) + name.size(), 1);
    };
    RawClient client(port_, 4096);
    client.send(get(stream(long_)));
    ASSERT_TRUE(client.receive());
    EXPECT_EQ(active(), "1");
    client.reset();
    EXPECT_TRUE(eventually([&] { return active() == "0"; }));
}

TEST_F(ApplicationTest, StopsWithStalledClients) {
    start();
    RawClient stalled(port_, 4096), idle(port_);
    stalled.send(get(stream(long_)));
    ASSERT_TRUE(stalled.receive());
    stop();
    stalled.rest(); // closed by the server
}

TEST_F(ApplicationTest, OneServerPerDataFolder) {
    start();
    const auto second = Application::open(options());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(test::codeOf(second), ErrorCode::Busy);
    EXPECT_NE(second.error().message.find("--data"), std::string::npos);
    stop();
    EXPECT_TRUE(Application::open(options()).has_value());
}

} // namespace
} // namespace segue::backend
