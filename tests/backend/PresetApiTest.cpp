// Presets and references by HTTP, over the whole server.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/backend/ApplicationFixture.h"
#include "tests/support/Errors.h"

namespace segue::backend {
namespace {

using test::RawClient;
using test::RawResponse;
using test::requestOf;

class PresetApiTest : public test::ApplicationFixture {
  protected:
    std::filesystem::path presets() const { return dir_.path() / "data" / "presets"; }
    std::string reference(const std::string& id, const std::string& name = "ref") const {
        const RawResponse made = send("POST", "/api/references",
                                      R"({"name": ")" + name + R"(", "trackIds": [)" + id + "]}");
        EXPECT_TRUE(made.status == 201 || made.status == 200) << made.body;
        return Json::parse(made.body)["id"];
    }
};

TEST_F(PresetApiTest, APresetIsMadeHeardReplacedAndForgotten) {
    start();
    const std::string body = R"({"name": "night", "intent": "late", "targetLufs": -20})";
    const RawResponse made = send("POST", "/api/presets", body);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("location"), "/api/presets/night");
    const Json night = Json::parse(made.body);
    EXPECT_EQ(night["builtIn"], false);
    EXPECT_EQ(night["attackMs"], 20.0);
    EXPECT_EQ(json("/api/presets/night"), night);
    EXPECT_EQ(json("/api/presets")["presets"].size(), 7u);
    EXPECT_EQ(json("/api/presets")["presets"][6], night);
    expectProblem(send("POST", "/api/presets", body), 409, "preset-exists");

    const std::string plan = "/api/tracks/" + long_ + "/plan?preset=night";
    EXPECT_EQ(json(plan)["targetLufs"], -20.0);
    const std::string etag = fetch(stream(long_, "preset=night")).header("etag");

    // What was read may be sent back.
    Json changed = night;
    changed["targetLufs"] = -18;
    const RawResponse replaced = send("PUT", "/api/presets/night", changed.dump());
    EXPECT_EQ(replaced.status, 200) << replaced.body;
    EXPECT_EQ(json(plan)["targetLufs"], -18.0);
    EXPECT_NE(fetch(stream(long_, "preset=night")).header("etag"), etag);
    EXPECT_EQ(send("PUT", "/api/presets/other", "{}").status, 201);

    EXPECT_EQ(ask(requestOf("DELETE", "/api/presets/night")).status, 204);
    expectProblem(ask(requestOf("DELETE", "/api/presets/night")), 404, "not-found");
    expectProblem(fetch("/api/presets/night"), 404, "not-found");
    expectProblem(fetch(plan), 400, "invalid-argument", "preset: 'night' is none of adaptive");
    stop();
    start();
    EXPECT_EQ(json("/api/presets/other")["name"], "other");
}

TEST_F(PresetApiTest, AStreamThatPlaysKeepsThePlanItBeganWith) {
    start();
    send("POST", "/api/presets", R"({"name": "night", "targetLufs": -20})");
    const std::string target = stream(long_, "preset=night");
    const std::string before = fetch(target).body;
    RawClient client(port_, 4096);
    client.send(test::get(target));
    ASSERT_TRUE(client.receive());
    send("PUT", "/api/presets/night", R"({"targetLufs": -10})");
    EXPECT_TRUE(client.response().body == before);
    EXPECT_FALSE(fetch(target).body == before);
}

TEST_F(PresetApiTest, BuiltInPresetsAreLeftAlone) {
    start();
    expectProblem(send("POST", "/api/presets", R"({"name": "warm"})"), 409, "preset-built-in");
    expectProblem(send("PUT", "/api/presets/warm", "{}"), 409, "preset-built-in");
    expectProblem(ask(requestOf("DELETE", "/api/presets/warm")), 409, "preset-built-in");
    const Json warm = json("/api/presets/warm");
    EXPECT_EQ(warm["builtIn"], true);
    EXPECT_EQ(warm["toneDb"], Json::array({1.5, 1.0, 0.0, -0.5, -1.0}));
}

TEST_F(PresetApiTest, BodiesAreReadStrictly) {
    start();
    const auto post = [&](const std::string& body) { return send("POST", "/api/presets", body); };
    expectProblem(post(""), 400, "invalid-argument", "not a JSON object");
    expectProblem(post("[]"), 400, "invalid-argument", "not a JSON object");
    expectProblem(post("{}"), 400, "invalid-argument", "'name' is missing");
    expectProblem(post(R"({"name": "../x"})"), 400, "invalid-argument", "'name'");
    expectProblem(post(R"({"name": "x", "loudness": 1})"), 400, "invalid-argument",
                  "unknown member 'loudness'; there are name, intent, toneDb");
    expectProblem(post(R"({"name": "x", "ratio": 9})"), 400, "invalid-argument", "'ratio'");
    expectProblem(send("PUT", "/api/presets/y", R"({"name": "x"})"), 400, "invalid-argument",
                  "the address says 'y'");
    expectProblem(send("PUT", "/api/presets/..%2Fx", "{}"), 400, "invalid-argument");
    for (const std::string type : {"", "text/plain", "application/x-www-form-urlencoded"})
        expectProblem(send("POST", "/api/presets", R"({"name": "x"})", type), 415, "unsupported",
                      "Content-Type: application/json");
    EXPECT_EQ(
        send("POST", "/api/presets", R"({"name": "x"})", "Application/JSON ; charset=utf-8").status,
        201);
    expectProblem(post(std::string(2 << 20, ' ')), 413, "body-too-large");
    expectProblem(ask(requestOf("POST", "/api/presets",
                                "Origin: http://evil.example\r\nContent-Type: application/json\r\n"
                                "Content-Length: 2\r\n",
                                "{}")),
                  403, "foreign-origin");
}

TEST_F(PresetApiTest, FilesOfTheFolderArePickedUpAndBrokenOnesListed) {
    start();
    std::filesystem::create_directories(presets());
    std::ofstream(presets() / "dropped.json") << R"({"targetLufs": -9})";
    std::ofstream(presets() / "broken.json") << "{";
    EXPECT_EQ(json("/api/tracks/" + long_ + "/plan?preset=dropped")["targetLufs"], -9.0);
    const Json problems = json("/api/presets")["problems"];
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0]["file"], "broken.json");
    EXPECT_NE(problems[0]["reason"].get<std::string>().find("JSON"), std::string::npos);
    expectProblem(fetch("/api/presets/broken"), 422, "corrupt");
    expectProblem(fetch(stream(long_, "preset=broken")), 400, "invalid-argument", "broken");
}

TEST_F(PresetApiTest, ADataFolderThatCannotBeWrittenIsAClearErrorAndMusicGoesOn) {
    std::filesystem::create_directories(dir_.path() / "data");
    std::ofstream(presets()) << "no folder";
    std::ofstream(dir_.path() / "data" / "references") << "no folder";
    start();
    expectProblem(send("POST", "/api/presets", R"({"name": "x"})"), 500, "io", "presets");
    expectProblem(send("POST", "/api/references", R"({"name": "x", "trackIds": [)" + long_ + "]}"),
                  500, "io", "references");
    EXPECT_EQ(json("/api/presets")["presets"].size(), 6u);
    EXPECT_EQ(json("/api/presets")["problems"].size(), 1u);
    EXPECT_EQ(json("/api/references")["problems"].size(), 1u);
    EXPECT_EQ(fetch(stream(long_)).status, 200);
}

TEST_F(PresetApiTest, TwoWhoSaveOnePresetBothEndWithAWholeOne) {
    start();
    std::vector<int> statuses(2);
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < statuses.size(); ++i)
        clients.emplace_back([&, i] {
            statuses[i] = send("POST", "/api/presets",
                               R"({"name": "x", "targetLufs": -1)" + std::to_string(i) + "}")
                              .status;
        });
    for (std::thread& client : clients)
        client.join();
    std::sort(statuses.begin(), statuses.end());
    EXPECT_EQ(statuses, (std::vector{201, 409}));
    EXPECT_LE(json("/api/presets/x")["targetLufs"], -10.0);
}

TEST_F(PresetApiTest, AReferenceIsMadeHeardAndForgotten) {
    start();
    const RawResponse made = send("POST", "/api/references",
                                  R"({"name": "sound of short", "trackIds": [")" + short_ + "\"]}");
    ASSERT_EQ(made.status, 201) << made.body;
    const Json whole = Json::parse(made.body);
    const std::string id = whole["id"];
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(made.header("location"), "/api/references/" + id);
    EXPECT_EQ(whole["name"], "sound of short");
    EXPECT_EQ(whole["sources"], Json::array({"short"}));
    EXPECT_EQ(whole["midDb"].size(), 31u);
    EXPECT_EQ(json("/api/references/" + id), whole);
    EXPECT_EQ(reference(short_, "again"), id) << "the same numbers are one reference";
    const Json list = json("/api/references");
    ASSERT_EQ(list["references"].size(), 1u);
    EXPECT_EQ(list["references"][0]["name"], "again");
    EXPECT_FALSE(list["references"][0].contains("midDb"));

    const auto tag = [&](const std::string& query) {
        return fetch(stream(long_, query), "Range: bytes=0-0\r\n").header("etag");
    };
    const std::string like = "reference=" + id;
    EXPECT_NE(tag(like), tag(""));
    EXPECT_NE(tag(like + "&blend=0.5"), tag(like));
    EXPECT_EQ(tag(like + "&blend=1"), tag(like));
    EXPECT_NE(reference(long_), id);

    const std::string before = tag(like);
    stop();
    start();
    EXPECT_EQ(tag(like), before);
    EXPECT_EQ(ask(requestOf("DELETE", "/api/references/" + id)).status, 204);
    expectProblem(fetch("/api/references/" + id), 404, "not-found");
    expectProblem(fetch(stream(long_, like)), 400, "invalid-argument", "reference: '" + id);
    expectProblem(fetch(stream(long_, "reference=../x")), 400, "invalid-argument", "reference: '");
}

TEST_F(PresetApiTest, WhatIsNoReferenceIsSaid) {
    test::writeWav(music() / "silent.wav", test::noise(1, kRateHz, 0), kRateHz);
    start();
    const auto post = [&](const std::string& ids) {
        return send("POST", "/api/references", R"({"name": "x", "trackIds": [)" + ids + "]}");
    };
    expectProblem(post(other_), 400, "invalid-argument", "'silent' is silent");
    expectProblem(post("999"), 404, "not-found", "999");
    std::filesystem::remove(music() / "short.wav");
    expectProblem(post(long_ + "," + short_), 404, "not-found", "short.wav");
    std::ofstream(music() / "short.wav") << "junk now";
    EXPECT_GE(post(short_).status, 415);
    EXPECT_TRUE(json("/api/references")["references"].empty());
    expectProblem(send("POST", "/api/references", "RIFF", "text/plain"), 415, "unsupported");
}

} // namespace
} // namespace segue::backend
