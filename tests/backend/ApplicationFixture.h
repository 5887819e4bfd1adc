#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "backend/Application.h"
#include "tests/backend/WavFile.h"
#include "tests/backend/http/RawClient.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::test {

/// A whole server on a port of its own, over two small tracks and a file that is none.
class ApplicationFixture : public ::testing::Test {
  protected:
    using Json = nlohmann::json;
    static constexpr int kRateHz = 8000;

    ApplicationFixture() {
        std::filesystem::create_directories(music());
        std::filesystem::create_directories(dir_.path() / "web");
        std::ofstream(dir_.path() / "web" / "index.html") << "<h1>Segue</h1>";
        longSamples_ = writeWav(music() / "long.wav", musicLike(2, 65 * kRateHz, kRateHz), kRateHz);
        writeWav(music() / "short.wav", noise(1, kRateHz / 2, 0.2), kRateHz);
        std::ofstream(music() / "junk.flac") << "this is no audio at all";
    }

    std::filesystem::path music() const { return dir_.path() / "music"; }

    backend::ApplicationOptions options() const {
        backend::ApplicationOptions options;
        options.roots = {music()};
        options.data = dir_.path() / "data";
        options.webRoot = dir_.path() / "web";
        options.workers = 2;
        options.http.port = 0;
        options.defaults = defaults_;
        options.watch = watch_;
        options.enhanceTo = enhanceTo_;
        return options;
    }

    void start() {
        auto opened = backend::Application::open(options());
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        application_ = std::move(*opened);
        const auto port = application_->start();
        ASSERT_TRUE(port.has_value()) << port.error().message;
        port_ = *port;
        ASSERT_TRUE(eventually([&] { return !json("/api/health")["scan"]["running"]; }));
        const Json page = json("/api/tracks");
        for (const Json& track : page["tracks"])
            (track["title"] == "long"    ? long_
             : track["title"] == "short" ? short_
                                         : other_) = track["id"];
    }
    void stop() { application_.reset(); }

    RawResponse ask(const std::string& bytes) const { return RawClient(port_).request(bytes); }
    RawResponse fetch(const std::string& target, const std::string& headers = {}) const {
        return ask(get(target, headers));
    }
    RawResponse send(const std::string& method, const std::string& target, const std::string& body,
                     const std::string& type = "application/json",
                     const std::string& headers = {}) const {
        return ask(requestOf(method, target,
                             headers + (type.empty() ? "" : "Content-Type: " + type + "\r\n") +
                                 "Content-Length: " + std::to_string(body.size()) + "\r\n",
                             body));
    }
    /// Begins to listen to /api/events.
    void listenWith(RawClient& client) const {
        client.send(get("/api/events"));
        until(client, ": segue");
    }
    /// All that `client` has received once `wanted` is in it.
    static std::string until(RawClient& client, const std::string& wanted) {
        while (client.received().find(wanted) == std::string::npos && client.receive()) {
        }
        return client.received();
    }
    Json json(const std::string& target) const { return Json::parse(fetch(target).body); }
    std::string stream(const std::string& id, const std::string& query = {}) const {
        return "/api/player/stream/" + id + (query.empty() ? "" : "?" + query);
    }
    void expectProblem(const RawResponse& response, int status, const std::string& code,
                       const std::string& inDetail = {}) const {
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(response.header("content-type"), "application/problem+json");
        const Json problem = Json::parse(response.body);
        EXPECT_EQ(problem["type"], "urn:segue:problem:" + code);
        EXPECT_EQ(problem["status"], status);
        EXPECT_NE(problem["detail"].get<std::string>().find(inDetail), std::string::npos)
            << problem["detail"];
    }

    TempDir dir_;
    backend::StreamDefaults defaults_;
    /// A test that counts scans wants to begin all of them.
    library::Watcher::Watching watch_ = library::Watcher::Watching::No;
    std::filesystem::path enhanceTo_;
    std::vector<std::byte> longSamples_;
    std::unique_ptr<backend::Application> application_;
    int port_ = 0;
    std::string long_, short_, other_; ///< ids
};

} // namespace segue::test
