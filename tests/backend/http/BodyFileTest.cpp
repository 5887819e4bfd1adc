// Bodies that a route takes as a file: framings, limits, refusals before and amidst the body, a
// full disk, silent and trickling clients, and that nothing is left behind.

#include "backend/http/BodyFile.h"

#include <fcntl.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "backend/http/RequestHead.h"
#include "tests/backend/http/TestServer.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::RawClient;
using test::RawResponse;
using test::requestOf;
using test::TestServer;

constexpr std::int64_t kMostBytes = 3 << 20;

std::string textOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string chunked(const std::string& body, std::size_t chunkBytes) {
    std::string bytes;
    for (std::size_t at = 0; at < body.size(); at += chunkBytes) {
        const std::string chunk = body.substr(at, chunkBytes);
        std::array<char, 32> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", chunk.size());
        bytes += size.data() + chunk + "\r\n";
    }
    return bytes + "0\r\n\r\n";
}

/// POST /upload echoes what the file holds; with Content-Type: text/plain the body goes to memory.
class BodyFileTest : public ::testing::Test {
  protected:
    void start(ServerOptions options = {}) {
        server_ = std::make_unique<TestServer>(std::move(options), [this](HttpServer& server) {
            server.route(
                "POST", "/upload",
                [this](const RequestContext& ctx, httplib::Response& res) {
                    if (ctx.bodyFile)
                        res.set_header("X-Size", std::to_string(ctx.bodyFile->size()));
                    kept_ = ctx.bodyFile;
                    res.set_content(ctx.bodyFile ? textOf(ctx.bodyFile->path()) : ctx.request.body,
                                    "text/plain");
                    if (!keeps_)
                        kept_.reset();
                },
                [this](const RequestHead& head) { return take(head); });
        });
    }
    Result<std::shared_ptr<BodyFile>> take(const RequestHead& head) {
        const std::string type = onlyValue(head.headers, "Content-Type").value_or("");
        if (type == "text/plain")
            return nullptr;
        if (type == "audio/throws")
            throw std::runtime_error("the secret text");
        if (type == "audio/full")
            return std::make_shared<BodyFile>(UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)),
                                              kMostBytes);
        if (type != "audio/wav")
            return fail(ErrorCode::Unsupported, "audio only");
        return folder_->open();
    }
    static std::string post(const std::string& headers, const std::string& body = {},
                            const std::string& type = "audio/wav") {
        return requestOf("POST", "/upload", "Content-Type: " + type + "\r\n" + headers, body);
    }
    static std::string upload(const std::string& body) {
        return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
    }
    bool nothingIsLeft() const {
        return !std::filesystem::exists(path_) || std::filesystem::is_empty(path_);
    }
    static void expectProblem(const RawResponse& response, int status, const std::string& code) {
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(response.header("content-type"), "application/problem+json");
        EXPECT_NE(response.body.find("urn:segue:problem:" + code), std::string::npos)
            << response.body;
    }

    test::TempDir dir_;
    std::filesystem::path path_ = dir_.path() / "deep" / "uploads";
    std::optional<BodyFolder> folder_{std::in_place, path_, kMostBytes, 2};
    bool keeps_ = false;
    std::shared_ptr<BodyFile> kept_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(BodyFileTest, BodiesFarLongerThanMemoryAllowsComeWholeInEitherFraming) {
    ServerOptions options;
    options.maxBodyBytes = 1000;
    start(options);
    const std::string body = test::patternBytes(0, kMostBytes);
    RawClient client(server_->port());
    const RawResponse plain = client.request(upload(body));
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(plain.header("x-size"), std::to_string(kMostBytes));
    EXPECT_TRUE(plain.body == body);
    // The connection goes on with whatever follows.
    client.send(post("Transfer-Encoding: chunked\r\n", chunked(body, 70'001)) +
                test::get("/hello"));
    EXPECT_TRUE(client.response().body == body);
    EXPECT_EQ(client.response().status, 200);
    EXPECT_EQ(client.request(upload("")).header("x-size"), "0");
    EXPECT_TRUE(nothingIsLeft());
}

TEST_F(BodyFileTest, ARouteMayStillTakeABodyToMemory) {
    ServerOptions options;
    options.maxBodyBytes = 10;
    start(options);
    RawClient client(server_->port());
    const RawResponse small = client.request(post("Content-Length: 5\r\n", "hello", "text/plain"));
    EXPECT_EQ(small.body, "hello");
    EXPECT_FALSE(small.has("x-size"));
    expectProblem(client.request(post("Content-Length: 11\r\n", "", "text/plain")), 413,
                  "body-too-large");
}

TEST_F(BodyFileTest, TheFilesOwnLimitHoldsBeforeAndWhileTheBodyComes) {
    start();
    const std::string tooLong = std::to_string(kMostBytes + 1);
    const RawResponse announced = server_->request(post("Content-Length: " + tooLong + "\r\n"));
    expectProblem(announced, 413, "body-too-large");
    EXPECT_NE(announced.body.find(std::to_string(kMostBytes)), std::string::npos);
    EXPECT_EQ(announced.header("connection"), "close");
    const std::string body = test::patternBytes(0, kMostBytes + 1);
    expectProblem(server_->request(post("Transfer-Encoding: chunked\r\n", chunked(body, 1 << 20))),
                  413, "body-too-large");
    EXPECT_EQ(server_->request(upload(body.substr(1))).status, 200);
}

TEST_F(BodyFileTest, RefusalsComeBeforeTheBodyAndReachAClientThatIsSending) {
    start();
    for (const std::string type : {"audio/none", ""}) {
        RawClient client(server_->port());
        // Without waiting for an answer, as most clients do.
        client.send(post("Content-Length: " + std::to_string(kMostBytes) + "\r\n",
                         test::patternBytes(0, kMostBytes), type));
        expectProblem(client.response(), 415, "unsupported");
        EXPECT_TRUE(client.closesNow());
    }
    const RawResponse thrown =
        server_->request(post("Content-Length: 4\r\n", "body", "audio/throws"));
    expectProblem(thrown, 500, "internal");
    EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
    expectProblem(server_->request(post("Content-Length: 4\r\nContent-Encoding: gzip\r\n", "body")),
                  415, "content-coding-not-supported");
    EXPECT_EQ((*server_)->stats().badRequests, 4);
}

TEST_F(BodyFileTest, ALengthIsRequired) {
    start();
    expectProblem(server_->request(post("")), 411, "length-required");
    EXPECT_EQ(server_->request(post("Content-Length: 0\r\n")).status, 200);
    EXPECT_EQ(server_->request(post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")).status, 200);
}

TEST_F(BodyFileTest, ContinueIsSentOnlyWhenTheBodyIsWelcome) {
    start();
    RawClient client(server_->port());
    client.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.response().status, 100);
    client.send("hello");
    EXPECT_EQ(client.response().body, "hello");
    client.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n", "", "audio/none"));
    expectProblem(client.response(), 415, "unsupported");
    EXPECT_TRUE(client.closesNow());
}

TEST_F(BodyFileTest, TwoReadingsOfOneBodyAreRefusedHereToo) {
    start();
    for (const char* framing : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                "Content-Length: 5\r\nContent-Length: 5\r\n",
                                "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n"}) {
        RawClient client(server_->port());
        EXPECT_EQ(client.request(post(framing, "0\r\n\r\n")).status, 400) << framing;
        EXPECT_TRUE(client.closesNow());
    }
    for (const char* body :
         {"-1\r\nx\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX0\r\n\r\n"}) {
        RawClient client(server_->port());
        expectProblem(client.request(post("Transfer-Encoding: chunked\r\n", body)), 400,
                      "bad-request");
        EXPECT_TRUE(client.closesNow());
    }
    EXPECT_TRUE(nothingIsLeft());
}

TEST_F(BodyFileTest, AFullDiskIsSaidSo) {
    start();
    expectProblem(server_->request(post("Content-Length: 4\r\n", "body", "audio/full")), 507,
                  "no-space");
    expectProblem(
        server_->request(post("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n", "audio/full")),
        507, "no-space");
}

TEST_F(BodyFileTest, AFolderThatCannotBeMadeIsAServerError) {
    std::ofstream(dir_.path() / "deep") << "a file";
    start();
    expectProblem(server_->request(post("Content-Length: 4\r\n", "body")), 500, "io");
}

TEST_F(BodyFileTest, SilentAndTricklingClientsAreCutOff) {
    ServerOptions options;
    options.bodyTimeout = 200ms;
    start(options);
    RawClient silent(server_->port());
    silent.send(post("Content-Length: 10\r\n", "half"));
    RawClient trickling(server_->port());
    trickling.send(post("Content-Length: 1000000\r\n"));
    // A byte now and then is no silence, yet far too slow.
    while (!trickling.received().starts_with("HTTP/1.1 408")) {
        pollfd poller{trickling.fd(), POLLIN, 0};
        if (::poll(&poller, 1, 10) > 0) {
            if (!trickling.receive())
                break;
        } else {
            trickling.send("x");
        }
    }
    EXPECT_EQ(trickling.response().status, 408);
    EXPECT_EQ(silent.response().status, 408);
    EXPECT_TRUE(nothingIsLeft());
}

TEST_F(BodyFileTest, WhatAClientLeavesBehindIsGone) {
    start();
    {
        RawClient client(server_->port());
        client.send(post("Content-Length: 1000000\r\n", std::string(500'000, 'x')));
        EXPECT_TRUE(eventually([&] { return (*server_)->stats().openConnections == 1; }));
        client.reset();
    }
    EXPECT_TRUE(eventually([&] { return (*server_)->stats().openConnections == 0; }));
    EXPECT_TRUE(nothingIsLeft());
    // Its place, too.
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(server_->request(upload("body")).status, 200);
}

TEST_F(BodyFileTest, StopEndsAnUploadThatHangs) {
    ServerOptions options;
    options.bodyTimeout = 1h;
    start(options);
    RawClient client(server_->port());
    client.send(post("Content-Length: 10\r\n", "half"));
    ASSERT_TRUE(eventually([&] { return (*server_)->stats().openConnections == 1; }));
    (*server_)->stop();
    EXPECT_TRUE(client.closesNow());
}

TEST_F(BodyFileTest, OnlyAFewAtATime) {
    start();
    keeps_ = true;
    EXPECT_EQ(server_->request(upload("one")).body, "one");
    const std::shared_ptr<BodyFile> first = std::move(kept_);
    EXPECT_EQ(server_->request(upload("two")).body, "two");
    const RawResponse third = server_->request(upload("three"));
    expectProblem(third, 503, "busy");
    EXPECT_EQ(third.header("retry-after"), "1");
    EXPECT_EQ(textOf(first->path()), "one") << "a kept body outlives its request";
    kept_.reset();
    EXPECT_EQ(server_->request(upload("three")).body, "three");
}

TEST_F(BodyFileTest, AFileHasNoNameWhileItIsThere) {
    const auto file = folder_->open().value();
    ASSERT_TRUE(file->append("some bytes").has_value());
    EXPECT_TRUE(std::filesystem::is_empty(path_)) << "so a kill leaves nothing";
    EXPECT_EQ(textOf(file->path()), "some bytes");
    EXPECT_EQ(textOf(file->path()), "some bytes") << "from the start each time";
}

TEST_F(BodyFileTest, AKillBetweenMakingAndUnnamingIsTidiedUpAtTheNextStart) {
    std::filesystem::create_directories(path_);
    std::ofstream(path_ / "body-AbCdEf") << "left";
    std::ofstream(path_ / "notes.txt") << "somebody's";
    folder_.emplace(path_, kMostBytes, 2);
    EXPECT_FALSE(std::filesystem::exists(path_ / "body-AbCdEf"));
    EXPECT_TRUE(std::filesystem::exists(path_ / "notes.txt"));
}

} // namespace
} // namespace segue::http
