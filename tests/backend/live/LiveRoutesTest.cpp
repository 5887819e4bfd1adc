// Sessions of the whole server on a real port: what is heard, when, and what becomes of clients and
// servers that leave. Bytes are compared with those of the plain streams.
#include "backend/live/LiveRoutes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "backend/Application.h"
#include "tests/backend/WavFile.h"
#include "tests/backend/http/RawClient.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::backend::live {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using test::eventually;
using test::RawClient;
using test::RawResponse;
using test::requestOf;

constexpr const char* kSessions = "/api/player/sessions";
constexpr std::int64_t kFrameBytes = 4; // 16 bits, stereo
constexpr std::size_t kHeaderBytes = 44;

/// A session's stream as a client hears it that plays what arrives.
class Listener {
  public:
    Listener(int port, const std::string& target) : client_(port), asked_(Clock::now()) {
        client_.send(test::get(target));
        thread_ = std::thread([this] { receive(); });
    }
    ~Listener() {
        leave();
        thread_.join();
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void leave() { ::shutdown(client_.fd(), SHUT_RDWR); }

    std::int64_t frames() const {
        std::lock_guard lock(mutex_);
        return audio_.size() < kHeaderBytes
                   ? 0
                   : static_cast<std::int64_t>(audio_.size() - kHeaderBytes) / kFrameBytes;
    }
    bool awaitFrames(std::int64_t count) const {
        return eventually([&] { return frames() >= count; });
    }
    /// Header and frames.
    std::string bytes() const {
        std::lock_guard lock(mutex_);
        return audio_;
    }
    std::string frames(std::int64_t first, std::int64_t count) const {
        return bytes().substr(kHeaderBytes + static_cast<std::size_t>(first * kFrameBytes),
                              static_cast<std::size_t>(count * kFrameBytes));
    }
    enum class End { None, Whole, BrokenOff };
    End end() const {
        std::lock_guard lock(mutex_);
        return end_;
    }
    std::string head() const {
        std::lock_guard lock(mutex_);
        return head_;
    }
    Clock::time_point asked() const { return asked_; }
    Clock::time_point began() const {
        std::lock_guard lock(mutex_);
        return arrivals_.front().first;
    }
    /// When how many frames had come.
    std::vector<std::pair<Clock::time_point, std::int64_t>> arrivals() const {
        std::lock_guard lock(mutex_);
        return arrivals_;
    }

  private:
    void receive() {
        std::string raw;
        for (;;) {
            char piece[16384];
            const ssize_t got = ::recv(client_.fd(), piece, sizeof piece, 0);
            const auto now = Clock::now();
            std::lock_guard lock(mutex_);
            if (got <= 0) {
                if (end_ == End::None)
                    end_ = End::BrokenOff;
                return;
            }
            raw.append(piece, static_cast<std::size_t>(got));
            if (head_.empty()) {
                const auto until = raw.find("\r\n\r\n");
                if (until == std::string::npos)
                    continue;
                head_ = raw.substr(0, until + 4);
                raw.erase(0, until + 4);
            }
            takeChunks(raw);
            if (audio_.size() > kHeaderBytes)
                arrivals_.emplace_back(
                    now, static_cast<std::int64_t>(audio_.size() - kHeaderBytes) / kFrameBytes);
        }
    }
    void takeChunks(std::string& raw) {
        for (auto line = raw.find("\r\n"); line != std::string::npos; line = raw.find("\r\n")) {
            const auto size = std::stoull(raw, nullptr, 16);
            if (raw.size() < line + 2 + size + 2)
                return;
            audio_ += raw.substr(line + 2, size);
            raw.erase(0, line + 2 + size + 2);
            if (size == 0) {
                end_ = End::Whole;
                return;
            }
        }
    }

    RawClient client_;
    const Clock::time_point asked_;
    mutable std::mutex mutex_;
    std::string head_, audio_;
    std::vector<std::pair<Clock::time_point, std::int64_t>> arrivals_;
    End end_ = End::None;
    std::thread thread_;
};

class LiveRoutesTest : public ::testing::Test {
  protected:
    explicit LiveRoutesTest(int rateHz = 8000, int seconds = 65) : rateHz_(rateHz) {
        std::filesystem::create_directories(dir_.path() / "music");
        std::filesystem::create_directories(dir_.path() / "web");
        test::writeWav(file(), test::musicLike(2, std::int64_t{seconds} * rateHz, rateHz), rateHz);
        ApplicationOptions options;
        options.roots = {dir_.path() / "music"};
        options.data = dir_.path() / "data";
        options.webRoot = dir_.path() / "web";
        options.workers = 2;
        options.http.port = 0;
        auto opened = Application::open(options);
        if (!opened)
            throw std::runtime_error(opened.error().message);
        application_ = std::move(*opened);
        port_ = application_->start().value();
        if (!eventually([&] { return !json("/api/health")["scan"]["running"]; }))
            throw std::runtime_error("the scan does not end");
        track_ = json("/api/tracks")["tracks"][0]["id"];
    }

    std::filesystem::path file() const { return dir_.path() / "music" / "music.wav"; }
    std::int64_t at(double seconds) const { return static_cast<std::int64_t>(seconds * rateHz_); }

    RawResponse call(const std::string& method, const std::string& target,
                     const std::string& body = {}, const std::string& headers = {}) const {
        return RawClient(port_).request(
            requestOf(method, target,
                      headers + "Content-Type: application/json\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n",
                      body));
    }
    Json json(const std::string& target) const {
        return Json::parse(RawClient(port_).request(test::get(target)).body);
    }
    Json begin(Json body) const {
        body["trackId"] = track_;
        const RawResponse response = call("POST", kSessions, body.dump());
        EXPECT_EQ(response.status, 201) << response.body;
        return Json::parse(response.body);
    }
    static std::string pathOf(const Json& session) {
        return kSessions + ("/" + session["id"].get<std::string>());
    }
    Json change(const Json& session, const Json& body) const {
        const RawResponse response = call("POST", pathOf(session), body.dump());
        EXPECT_TRUE(response.status == 200 || response.status == 202) << response.body;
        return Json::parse(response.body);
    }
    Json state(const Json& session) const { return json(pathOf(session)); }
    /// Waits until the newest change is sent. @return the frame of the track where its fade begins
    std::int64_t awaitChange(const Json& session) const {
        EXPECT_TRUE(eventually([&] {
            const Json now = state(session);
            return now["playing"]["revision"] == now["revision"];
        })) << state(session);
        return at(state(session)["changedAtSeconds"].get<double>() + 0.5 / rateHz_);
    }
    std::string plain(const std::string& query, std::int64_t first, std::int64_t count) const {
        const auto offset = static_cast<std::int64_t>(kHeaderBytes) + first * kFrameBytes;
        return RawClient(port_)
            .request(test::get("/api/player/stream/" + track_ + "?" + query,
                               "Range: bytes=" + std::to_string(offset) + "-" +
                                   std::to_string(offset + count * kFrameBytes - 1) + "\r\n"))
            .body;
    }
    void expectProblem(const RawResponse& response, int status, const std::string& inDetail) const {
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(response.header("content-type"), "application/problem+json");
        EXPECT_NE(response.body.find(inDetail), std::string::npos) << response.body;
    }

    const int rateHz_;
    test::TempDir dir_;
    std::unique_ptr<Application> application_;
    int port_ = 0;
    std::string track_;
};

TEST_F(LiveRoutesTest, ASessionIsToldAndEnds) {
    const RawResponse begun =
        call("POST", kSessions,
             Json{{"trackId", track_}, {"preset", "warm"}, {"positionSeconds", 31.5}, {"bits", 24}}
                 .dump());
    ASSERT_EQ(begun.status, 201) << begun.body;
    const Json session = Json::parse(begun.body);
    EXPECT_EQ(begun.header("location"), pathOf(session));
    EXPECT_EQ(begun.header("cache-control"), "no-store");
    EXPECT_EQ(session["streamUrl"], pathOf(session) + "/stream");
    EXPECT_EQ(session["trackId"], track_);
    EXPECT_EQ(session["settings"], (Json{{"preset", "warm"}, {"bits", 24}}));
    EXPECT_EQ(session["positionSeconds"], 31.5);
    EXPECT_EQ(session["durationSeconds"], 65.0);
    EXPECT_EQ(session["bits"], 24);
    EXPECT_EQ(session["leadMs"], 100);
    EXPECT_EQ(session["listening"], false);
    EXPECT_TRUE(session["lastError"].is_null());
    EXPECT_EQ(session, state(session));
    EXPECT_EQ(call("DELETE", pathOf(session)).status, 204);
    for (const auto& [method, target] :
         {std::pair{"GET", pathOf(session)}, std::pair{"POST", pathOf(session)},
          std::pair{"DELETE", pathOf(session)}, std::pair{"GET", pathOf(session) + "/stream"}})
        expectProblem(call(method, target), 404, "session: there is none");
}

TEST_F(LiveRoutesTest, WhatIsWrongIsNamed) {
    const auto begun = [&](const std::string& members) {
        return call("POST", kSessions, "{\"trackId\":\"" + track_ + "\"" + members + "}");
    };
    expectProblem(call("POST", kSessions, "{}"), 400, "trackId: is missing");
    expectProblem(call("POST", kSessions, "{\"trackId\":999}"), 404, "999");
    expectProblem(begun(",\"preset\":\"loud\""), 400, "preset: 'loud'");
    expectProblem(begun(",\"speed\":2"), 400, "'speed': there is no such member");
    expectProblem(begun(",\"positionSeconds\":65.1"), 400, "the track ends at 65");
    expectProblem(begun(","), 400, "not a JSON object");
    const Json session = begin({{"preset", "warm"}});
    const std::string path = pathOf(session);
    expectProblem(call("POST", path, R"({"bits":24})"), 400, "bits: stay as they were");
    expectProblem(call("POST", path, R"({"trackId":1})"), 400, "trackId: stays");
    expectProblem(call("POST", path, R"({"intensity":7})"), 400, "intensity: '7'");
    expectProblem(call("POST", path, R"({"positionSeconds":1e9})"), 400, "the track ends");
    expectProblem(call("POST", path, "[1]"), 400, "not a JSON object");
    EXPECT_EQ(state(session), session) << "nothing of it did anything";
    expectProblem(call("POST", path, "{}", "Origin: http://evil.example\r\n"), 403, "another site");
    expectProblem(call("DELETE", path, "", "Origin: http://evil.example\r\n"), 403, "another site");
    expectProblem(RawClient(port_).request(requestOf(
                      "POST", path, "Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}")),
                  415, "json");
    expectProblem(call("PUT", path, "{}"), 405, "knows");
}

TEST_F(LiveRoutesTest, ThereAreAtMost256Sessions) {
    Json last;
    for (int i = 0; i < 256; ++i)
        last = begin(Json::object());
    const RawResponse refused = call("POST", kSessions, Json{{"trackId", track_}}.dump());
    expectProblem(refused, 503, "256");
    EXPECT_FALSE(refused.header("retry-after").empty());
    EXPECT_EQ(call("DELETE", pathOf(last)).status, 204);
    begin(Json::object());
}

TEST_F(LiveRoutesTest, TheStreamIsThePlainOneAndNeverTooFarAhead) {
    const Json session = begin({{"preset", "punchy"}, {"positionSeconds", 29.8}, {"leadMs", 60}});
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(1.5)));
    const std::string head = listener.head();
    for (const char* line : {"200 OK", "Content-Type: audio/wav", "Transfer-Encoding: chunked",
                             "Cache-Control: no-store", "Accept-Ranges: none"})
        EXPECT_NE(head.find(line), std::string::npos) << line << " in " << head;
    EXPECT_EQ(listener.bytes().substr(0, 8), "RIFF\xff\xff\xff\xff");
    EXPECT_EQ(listener.bytes().substr(36, 8), "data\xff\xff\xff\xff");
    EXPECT_TRUE(listener.frames(0, at(1.5)) == plain("preset=punchy", at(29.8), at(1.5)));
    for (const auto& [when, frames] : listener.arrivals())
        EXPECT_LE(frames,
                  at(std::chrono::duration<double>(when - listener.asked()).count() + 0.06));
    const Json now = state(session);
    EXPECT_EQ(now["listening"], true);
    EXPECT_GT(now["positionSeconds"], 29.8);
    EXPECT_LE(now["positionSeconds"],
              29.8 + static_cast<double>(listener.frames()) / rateHz_ + 0.1);
}

TEST_F(LiveRoutesTest, ChangesAreHeardOneAfterTheOther) {
    const Json session = begin({{"preset", "gentle"}, {"positionSeconds", 2}});
    Listener listener(port_, session["streamUrl"]);
    std::int64_t from = at(2);
    std::string query = "preset=gentle";
    const std::vector<std::pair<Json, std::string>> changes{
        {{{"preset", "bright"}}, "preset=bright"},
        {{{"intensity", 0.4}}, "preset=bright&intensity=0.4"},
        {{{"preset", nullptr}}, "intensity=0.4"},
        {{{"enhanced", false}}, "enhanced=false&matchLoudness=true&intensity=0.4"},
        {{{"matchLoudness", false}}, "intensity=0"},
        {{{"enhanced", nullptr}, {"preset", "live"}}, "preset=live&intensity=0.4"}};
    for (const auto& [body, next] : changes) {
        ASSERT_TRUE(listener.awaitFrames(from - at(2) + at(0.2)));
        EXPECT_EQ(change(session, body)["lastError"], nullptr);
        const std::int64_t begins = awaitChange(session);
        const std::int64_t settled = begins + at(0.05);
        ASSERT_TRUE(listener.awaitFrames(settled - at(2) + at(0.1)));
        EXPECT_TRUE(listener.frames(from - at(2), begins - from) ==
                    plain(query, from, begins - from))
            << query;
        EXPECT_TRUE(listener.frames(settled - at(2), at(0.1)) == plain(next, settled, at(0.1)))
            << next;
        from = settled;
        query = next;
    }
}

TEST_F(LiveRoutesTest, ASliderEndsWhereItWasLeftAndPassesNothingOn) {
    const Json session = begin(Json::object());
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.2)));
    for (int i = 1; i <= 40; ++i)
        change(session, {{"intensity", 1 - i / 80.0}});
    const std::int64_t settled = awaitChange(session) + at(0.05);
    ASSERT_TRUE(listener.awaitFrames(settled + at(0.3)));
    EXPECT_TRUE(listener.frames(settled, at(0.3)) == plain("intensity=0.5", settled, at(0.3)));
    EXPECT_EQ(state(session)["settings"]["intensity"], 0.5);
}

TEST_F(LiveRoutesTest, ManyWhoChangeItAtOnceAreAllCarriedOut) {
    const Json session = begin(Json::object());
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.1)));
    std::vector<std::thread> threads;
    for (const Json& body :
         {Json{{"preset", "warm"}}, Json{{"intensity", 0.3}}, Json{{"paused", false}}})
        threads.emplace_back([&, body] {
            for (int i = 0; i < 10; ++i)
                change(session, body);
        });
    for (std::thread& thread : threads)
        thread.join();
    awaitChange(session);
    EXPECT_EQ(state(session)["revision"], 31);
    EXPECT_EQ(state(session)["playing"]["settings"],
              (Json{{"preset", "warm"}, {"intensity", 0.3}}));
}

TEST_F(LiveRoutesTest, SeekingPausingAndGoingOn) {
    const Json session = begin({{"positionSeconds", 1}});
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.2)));
    change(session, {{"positionSeconds", 40}});
    EXPECT_EQ(awaitChange(session), at(40));
    ASSERT_TRUE(eventually([&] { return state(session)["positionSeconds"] > 40.1; }));
    change(session, {{"paused", true}});
    EXPECT_EQ(state(session)["paused"], true);
    const std::string silence(static_cast<std::size_t>(at(0.2) * kFrameBytes), '\0');
    ASSERT_TRUE(eventually([&] { return listener.bytes().ends_with(silence); }));
    const double paused = state(session)["positionSeconds"];
    ASSERT_TRUE(listener.awaitFrames(listener.frames() + at(0.2))) << "silence goes on";
    EXPECT_EQ(state(session)["positionSeconds"], paused);
    change(session, {{"paused", false}});
    ASSERT_TRUE(eventually([&] { return state(session)["positionSeconds"] > paused + 0.3; }));
    // What came last is the plain stream, at a place between the pause and now.
    const std::string tail = listener.frames(listener.frames() - at(0.1), at(0.1));
    EXPECT_NE(plain("", at(paused), at(20)).find(tail), std::string::npos);
}

TEST_F(LiveRoutesTest, TheEndOfTheTrackIsTheEndOfTheStream) {
    const Json session = begin({{"positionSeconds", 64.5}});
    {
        Listener listener(port_, session["streamUrl"]);
        ASSERT_TRUE(eventually([&] { return listener.end() != Listener::End::None; }));
        EXPECT_EQ(listener.end(), Listener::End::Whole);
        EXPECT_EQ(listener.frames(), at(0.5));
    }
    ASSERT_TRUE(eventually([&] { return !state(session)["listening"]; }));
    EXPECT_EQ(state(session)["ended"], true);
    EXPECT_EQ(state(session)["positionSeconds"], 65.0);
    change(session, {{"positionSeconds", 3}});
    Listener again(port_, session["streamUrl"]);
    ASSERT_TRUE(again.awaitFrames(at(0.1)));
    EXPECT_TRUE(again.frames(0, at(0.1)) == plain("", at(3), at(0.1)));
    EXPECT_EQ(state(session)["ended"], false);
}

TEST_F(LiveRoutesTest, ASecondListenerTakesOverWhereTheFirstWas) {
    const Json session = begin({{"positionSeconds", 5}});
    Listener first(port_, session["streamUrl"]);
    ASSERT_TRUE(first.awaitFrames(at(0.5)));
    Listener second(port_, session["streamUrl"]);
    ASSERT_TRUE(eventually([&] { return first.end() == Listener::End::BrokenOff; }));
    ASSERT_TRUE(second.awaitFrames(at(0.2)));
    const auto found = plain("", at(5), first.frames() + at(0.5)).find(second.frames(0, at(0.2)));
    ASSERT_NE(found, std::string::npos);
    EXPECT_GE(static_cast<std::int64_t>(found) / kFrameBytes, at(0.3));
    EXPECT_EQ(second.end(), Listener::End::None);
}

TEST_F(LiveRoutesTest, AClientThatVanishesLeavesASessionThatGoesOnThere) {
    const Json session = begin({{"positionSeconds", 5}});
    const auto active = [&] {
        const std::string text = RawClient(port_).request(test::get("/metrics")).body;
        const std::string name = "\nsegue_streams_active ";
        return text.substr(text.find(name) + name.size(), 1);
    };
    {
        Listener listener(port_, session["streamUrl"]);
        ASSERT_TRUE(listener.awaitFrames(at(0.3)));
        EXPECT_EQ(active(), "1");
    }
    ASSERT_TRUE(eventually([&] { return !state(session)["listening"]; }));
    EXPECT_EQ(active(), "0");
    const double rest = state(session)["positionSeconds"];
    EXPECT_GE(rest, 5.1);
    change(session, {{"preset", "warm"}});
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.1)));
    const auto frame = std::llround(rest * rateHz_);
    EXPECT_TRUE(listener.frames(0, at(0.1)) == plain("preset=warm", frame, at(0.1)));
}

TEST_F(LiveRoutesTest, EndingASessionEndsItsStream) {
    const Json session = begin({{"paused", true}});
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.2)));
    EXPECT_EQ(call("DELETE", pathOf(session)).status, 204);
    ASSERT_TRUE(eventually([&] { return listener.end() == Listener::End::Whole; }));
}

TEST_F(LiveRoutesTest, TheServerStopsAtOnceWhateverListens) {
    const Json playing = begin(Json::object()), paused = begin({{"paused", true}}),
               stalled = begin(Json::object());
    Listener first(port_, playing["streamUrl"]), second(port_, paused["streamUrl"]);
    RawClient third(port_, 4096);
    third.send(test::get(stalled["streamUrl"]));
    ASSERT_TRUE(first.awaitFrames(at(0.2)) && second.awaitFrames(at(0.2)) && third.receive());
    const auto asked = Clock::now();
    application_->stop();
    EXPECT_LT(Clock::now() - asked, 5s); // without an end, as the streams have none
    EXPECT_TRUE(eventually([&] { return first.end() == Listener::End::BrokenOff; }));
}

TEST_F(LiveRoutesTest, AnEditedFileIsToldAndWhatPlaysGoesOn) {
    const Json session = begin(Json::object());
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.2)));
    test::writeWav(file(), test::musicLike(2, std::int64_t{65} * rateHz_, rateHz_, 3), rateHz_);
    expectProblem(call("POST", pathOf(session), R"({"preset":"warm"})"), 409, "was edited");
    EXPECT_EQ(state(session)["lastError"]["status"], 409);
    EXPECT_EQ(state(session)["settings"], Json::object());
    ASSERT_TRUE(listener.awaitFrames(listener.frames() + at(0.3)));
}

TEST_F(LiveRoutesTest, AnAnswerToHeadTakesNothingOver) {
    const Json session = begin(Json::object());
    Listener listener(port_, session["streamUrl"]);
    ASSERT_TRUE(listener.awaitFrames(at(0.1)));
    EXPECT_EQ(call("HEAD", session["streamUrl"]).status, 200);
    ASSERT_TRUE(listener.awaitFrames(listener.frames() + at(0.2)));
}

/// At a rate and length of real music, where places take time to render.
class LiveRoutesTimeTest : public LiveRoutesTest {
  protected:
    LiveRoutesTimeTest() : LiveRoutesTest(44'100, 125) {}
};

TEST_F(LiveRoutesTimeTest, EveryChangeAtAPlaceThatIsNotRenderedIsHeard) {
    // In the middle of a chunk, at its end, in a seam and right behind one. How long it takes is
    // told and judged by bench/live: here it is only recorded, since machines differ.
    std::vector<double> latenciesMs;
    const char* const presets[] = {"gentle", "bright", "punchy", "warm", "live"};
    int number = 0;
    for (const double place : {12.0, 28.5, 30.0, 59.0, 61.5, 89.3}) {
        const Json session =
            begin({{"positionSeconds", place}, {"intensity", 0.5 + number / 1000.0}});
        Listener listener(port_, session["streamUrl"]);
        ASSERT_TRUE(listener.awaitFrames(at(0.1)));
        for (const char* preset : presets) {
            ++number;
            const double intensity = 0.5 + number / 1000.0; // another each time: never rendered
            const auto asked = Clock::now();
            change(session, {{"preset", preset}, {"intensity", intensity}});
            const std::int64_t settled = awaitChange(session) + at(0.05) - at(place);
            ASSERT_TRUE(listener.awaitFrames(settled + at(0.05)));
            EXPECT_TRUE(
                listener.frames(settled, at(0.05)) ==
                plain("preset=" + std::string(preset) + "&intensity=" + std::to_string(intensity),
                      settled + at(place), at(0.05)))
                << preset << " at " << place;
            const std::chrono::duration<double, std::milli> heard = listener.began() - asked;
            latenciesMs.push_back(heard.count() +
                                  1e3 * static_cast<double>(settled - at(0.05)) / rateHz_);
        }
    }
    std::sort(latenciesMs.begin(), latenciesMs.end());
    RecordProperty("heardAfterMsP50", static_cast<int>(latenciesMs[latenciesMs.size() / 2]));
    RecordProperty("heardAfterMsP95", static_cast<int>(latenciesMs[latenciesMs.size() * 95 / 100]));
    RecordProperty("heardAfterMsWorst", static_cast<int>(latenciesMs.back()));
    EXPECT_EQ(latenciesMs.size(), 30u);
}

} // namespace
} // namespace segue::backend::live
