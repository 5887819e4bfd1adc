#include "backend/http/RangeResponder.h"

#include <gtest/gtest.h>

#include <mutex>
#include <random>
#include <vector>

#include "tests/backend/http/TestServer.h"

namespace segue::http {
namespace {

using test::get;
using test::patternBytes;
using test::RawClient;
using test::requestOf;
using test::TestServer;

TEST(RangeResponder, WholeResourceHasItsHeaders) {
    TestServer server;
    const auto res = server.request(get("/thousand"));
    EXPECT_EQ(res.status, 200);
    EXPECT_EQ(res.body, patternBytes(0, 1000));
    EXPECT_EQ(res.header("content-length"), "1000");
    EXPECT_EQ(res.header("content-type"), "audio/wav");
    EXPECT_EQ(res.header("accept-ranges"), "bytes");
    EXPECT_EQ(res.header("etag"), "\"v1\"");
    EXPECT_EQ(res.header("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    const auto head = server.request(requestOf("HEAD", "/thousand"));
    for (const char* name : {"content-length", "content-type", "accept-ranges", "etag"})
        EXPECT_EQ(head.header(name), res.header(name)) << name;
}

// Safari asks for two bytes before anything else.
TEST(RangeResponder, ProbeOfTwoBytesIs206WithTheType) {
    TestServer server;
    const auto res = server.request(get("/thousand", "Range: bytes=0-1\r\n"));
    EXPECT_EQ(res.status, 206);
    EXPECT_EQ(res.header("content-type"), "audio/wav");
    EXPECT_EQ(res.header("content-range"), "bytes 0-1/1000");
    EXPECT_EQ(res.header("content-length"), "2");
    EXPECT_EQ(res.body, patternBytes(0, 2));
}

TEST(RangeResponder, RandomRangesEqualTheWhole) {
    TestServer server;
    RawClient client(server.port());
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        const auto first = static_cast<std::int64_t>(random() % TestServer::kBigBytes);
        const auto length = static_cast<std::int64_t>(random() % 200'000 + 1);
        const std::int64_t last = std::min(first + length, TestServer::kBigBytes) - 1;
        const auto res =
            client.request(get("/big", "Range: bytes=" + std::to_string(first) + "-" +
                                           std::to_string(first + length - 1) + "\r\n"));
        ASSERT_EQ(res.status, 206);
        ASSERT_EQ(res.body, patternBytes(first, last - first + 1));
    }
}

TEST(RangeResponder, EmptyResource) {
    TestServer server;
    const auto whole = server.request(get("/empty"));
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.header("content-length"), "0");
    EXPECT_EQ(whole.header("content-type"), "audio/wav");
    const auto part = server.request(get("/empty", "Range: bytes=0-\r\n"));
    EXPECT_EQ(part.status, 416);
    EXPECT_EQ(part.header("content-range"), "bytes */0");
}

TEST(RangeResponder, IfRangeDecidesBetweenPartAndWhole) {
    TestServer server;
    const auto status = [&](const std::string& condition) {
        return server
            .request(get("/thousand", "Range: bytes=0-1\r\nIf-Range: " + condition + "\r\n"))
            .status;
    };
    EXPECT_EQ(status("\"v1\""), 206);
    EXPECT_EQ(status("Sun, 06 Nov 1994 08:49:37 GMT"), 206);
    EXPECT_EQ(status("W/\"v1\""), 200);
    EXPECT_EQ(status("\"v2\""), 200);
    EXPECT_EQ(status("Sun, 06 Nov 1994 08:49:38 GMT"), 200);
}

TEST(RangeResponder, ConditionalRequests) {
    TestServer server;
    const auto same = server.request(get("/thousand", "If-None-Match: \"v1\"\r\n"));
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.header("etag"), "\"v1\"");
    EXPECT_FALSE(same.has("content-length"));
    EXPECT_FALSE(same.has("content-type"));
    EXPECT_EQ(server.request(get("/thousand", "If-Match: \"v2\"\r\n")).status, 412);
    EXPECT_EQ(
        server.request(get("/thousand", "If-None-Match: \"v1\"\r\nRange: bytes=0-1\r\n")).status,
        304);
}

TEST(RangeResponder, FirstBlockIsSmallAndReadsStayWithinTheRange) {
    std::mutex mutex;
    std::vector<std::pair<std::int64_t, std::size_t>> reads;
    TestServer server({}, [&](HttpServer& s) {
        s.route("GET", "/x", [&](const RequestContext& ctx, httplib::Response& res) {
            auto resource = test::patternResource(1'000'000);
            resource.read = [&, inner = resource.read](std::int64_t offset,
                                                       std::span<std::byte> out,
                                                       const Liveness& liveness) {
                const std::lock_guard lock(mutex);
                reads.emplace_back(offset, out.size());
                return inner(offset, out, liveness);
            };
            serveRanged(ctx, res, std::move(resource));
        });
    });
    EXPECT_EQ(server.request(get("/x", "Range: bytes=1000-100999\r\n")).body,
              patternBytes(1000, 100'000));
    EXPECT_EQ(server.request(requestOf("HEAD", "/x")).status, 200);
    const std::lock_guard lock(mutex);
    const std::vector<std::pair<std::int64_t, std::size_t>> expected = {
        {1000, 8192}, {9192, 65536}, {74728, 26272}};
    EXPECT_EQ(reads, expected); // and none for HEAD
}

TEST(RangeResponder, ShortReadsAreSentAsTheyCome) {
    TestServer server({}, [](HttpServer& s) {
        s.route("GET", "/x", [](const RequestContext& ctx, httplib::Response& res) {
            auto resource = test::patternResource(5000);
            resource.read = [inner = resource.read](std::int64_t offset, std::span<std::byte> out,
                                                    const Liveness& liveness) {
                return inner(offset, out.first(std::min<std::size_t>(out.size(), 7)), liveness);
            };
            serveRanged(ctx, res, std::move(resource));
        });
    });
    EXPECT_EQ(server.request(get("/x")).body, patternBytes(0, 5000));
}

TEST(RangeResponder, FailureBeforeTheFirstByteIsAProblem) {
    TestServer server({}, [](HttpServer& s) {
        s.route("GET", "/x", [](const RequestContext& ctx, httplib::Response& res) {
            auto resource = test::patternResource(5000);
            resource.read = [](std::int64_t, std::span<std::byte>,
                               const Liveness&) -> Result<std::size_t> {
                return fail(ErrorCode::Busy, "too many renders");
            };
            serveRanged(ctx, res, std::move(resource));
        });
    });
    const auto res = server.request(get("/x", "Range: bytes=5-\r\n"));
    EXPECT_EQ(res.status, 503);
    EXPECT_EQ(res.header("retry-after"), "1");
    EXPECT_FALSE(res.has("etag") || res.has("content-range") || res.has("accept-ranges"));
    EXPECT_NE(res.body.find("too many renders"), std::string::npos);
}

TEST(RangeResponder, FailureMidBodyClosesShort) {
    for (const bool byThrowing : {false, true}) {
        TestServer server({}, [byThrowing](HttpServer& s) {
            s.route("GET", "/x", [byThrowing](const RequestContext& ctx, httplib::Response& res) {
                auto resource = test::patternResource(500'000);
                resource.read = [byThrowing, inner = resource.read](
                                    std::int64_t offset, std::span<std::byte> out,
                                    const Liveness& liveness) -> Result<std::size_t> {
                    if (offset < 100'000)
                        return inner(offset, out, liveness);
                    if (byThrowing)
                        throw std::runtime_error("secret");
                    return fail(ErrorCode::Corrupt, "bad CRC");
                };
                serveRanged(ctx, res, std::move(resource));
            });
        });
        RawClient client(server.port());
        const auto res = client.request(get("/x"));
        EXPECT_EQ(res.status, 200);
        EXPECT_EQ(res.header("content-length"), "500000");
        EXPECT_FALSE(res.isWhole);
        EXPECT_TRUE(client.closesNow());
        EXPECT_EQ(client.received(), "");
    }
}

TEST(RangeResponder, ResourceThatGivesNothingIsAnErrorAndNoLoop) {
    TestServer server({}, [](HttpServer& s) {
        s.route("GET", "/x", [](const RequestContext& ctx, httplib::Response& res) {
            auto resource = test::patternResource(500'000);
            resource.read = [](std::int64_t, std::span<std::byte>,
                               const Liveness&) -> Result<std::size_t> { return 0; };
            serveRanged(ctx, res, std::move(resource));
        });
    });
    EXPECT_EQ(server.request(get("/x")).status, 500);
}

} // namespace
} // namespace segue::http
