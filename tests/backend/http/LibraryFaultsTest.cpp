// Every fault and vulnerability of Debian's cpp-httplib that DESIGN.md lists, spoken over a real
// socket: what must happen instead.

#include <gtest/gtest.h>

#include "tests/backend/http/TestServer.h"

namespace segue::http {
namespace {

using test::get;
using test::patternBytes;
using test::RawClient;
using test::RawResponse;
using test::requestOf;
using test::TestServer;

class LibraryFaults : public ::testing::Test {
  protected:
    RawResponse ranged(const std::string& range) {
        return server_.request(get("/thousand", "Range: " + range + "\r\n"));
    }
    void expectAlive() { EXPECT_EQ(server_.request(get("/hello")).status, 200); }

    TestServer server_;
};

TEST_F(LibraryFaults, LastPositionIsClamped) {
    const auto res = ranged("bytes=500-99999");
    EXPECT_EQ(res.status, 206);
    EXPECT_EQ(res.header("content-length"), "500");
    EXPECT_EQ(res.header("content-range"), "bytes 500-999/1000");
    EXPECT_EQ(res.body, patternBytes(500, 500));
}

TEST_F(LibraryFaults, RangeBeyondTheEndIs416) {
    for (const char* range : {"bytes=5000-", "bytes=1000-", "bytes=-0", "bytes=1000-1000",
                              "bytes=99999999999999999999999-"}) {
        const auto res = ranged(range);
        EXPECT_EQ(res.status, 416) << range;
        EXPECT_EQ(res.header("content-range"), "bytes */1000") << range;
        EXPECT_EQ(res.header("content-type"), "application/problem+json") << range;
        EXPECT_TRUE(res.isWhole && !res.body.empty()) << range;
    }
}

TEST_F(LibraryFaults, SeveralRangesGiveTheWholeBody) {
    for (const char* range : {"bytes=100-,-5", "bytes=0-1,3-4", "bytes=0-0, 999-999"}) {
        const auto res = ranged(range);
        EXPECT_EQ(res.status, 200) << range;
        EXPECT_EQ(res.body, patternBytes(0, 1000)) << range;
        EXPECT_FALSE(res.has("content-range"));
    }
}

TEST_F(LibraryFaults, HeadIgnoresRange) {
    const auto res = server_.request(requestOf("HEAD", "/thousand", "Range: bytes=0-1\r\n"));
    EXPECT_EQ(res.status, 200);
    EXPECT_EQ(res.header("content-length"), "1000");
    EXPECT_FALSE(res.has("content-range"));
}

TEST_F(LibraryFaults, ErrorBodiesAreNeverSliced) {
    const auto whole = server_.request(get("/error"));
    for (const char* range :
         {"bytes=0-1", "bytes=5-", "bytes=99999-", "bytes=-0", "bytes=0-1,2-3"}) {
        const auto res = server_.request(get("/error", std::string("Range: ") + range + "\r\n"));
        EXPECT_EQ(res.status, 422) << range;
        EXPECT_EQ(res.body, whole.body) << range;
        EXPECT_FALSE(res.has("content-range")) << range;
    }
    EXPECT_EQ(server_.request(get("/nowhere", "Range: bytes=0-1\r\n")).body,
              server_.request(get("/nowhere")).body);
    EXPECT_EQ(server_.request(get("/hello", "Range: bytes=0-1\r\n")).body, R"({"hello":"world"})");
}

TEST_F(LibraryFaults, MalformedRangeIsIgnored) {
    for (const char* range : {"bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes 0-1", "bytes",
                              "frames=0-1", "bytes=0x1-2", "bytes=0-1-2", "bytes=1 - 2", "=0-1"}) {
        const auto res = ranged(range);
        EXPECT_EQ(res.status, 200) << range;
        EXPECT_EQ(res.body, patternBytes(0, 1000)) << range;
    }
}

TEST_F(LibraryFaults, RangeOnOtherMethodsIsIgnored) {
    const auto res = server_.request(requestOf("POST", "/echo", "Range: bytes=0-1\r\n"));
    EXPECT_EQ(res.status, 200);
    EXPECT_NE(res.body.find("POST /echo"), std::string::npos);
    EXPECT_EQ(res.body.find("Range"), std::string::npos);
}

// CVE-2025-53628, CVE-2025-53629: lines without an end, at each place where a line is read.
TEST_F(LibraryFaults, EndlessRequestLineIsRefused) {
    RawClient client(server_.port());
    client.send("GET /" + std::string(40'000, 'a'));
    EXPECT_EQ(client.response().status, 414);
    EXPECT_TRUE(client.closesNow());
    expectAlive();
}

TEST_F(LibraryFaults, EndlessHeaderLineIsRefused) {
    for (const std::string& start : {std::string("X: "), std::string()}) {
        RawClient client(server_.port());
        client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n" + start +
                    std::string(20'000, 'a'));
        EXPECT_EQ(client.response().status, 431);
        EXPECT_TRUE(client.closesNow());
    }
}

TEST_F(LibraryFaults, TooManyHeaderLinesAreRefused) {
    std::string lines;
    for (int i = 0; i < 99; ++i)
        lines += "X" + std::to_string(i) + ": 1\r\n";
    EXPECT_EQ(server_.request(get("/hello", lines)).status, 200);
    EXPECT_EQ(server_.request(get("/hello", lines + "Y: 1\r\n")).status, 431);
}

TEST_F(LibraryFaults, HeaderOfManyLongLinesIsRefused) {
    const std::string line = "X: " + std::string(8000, 'a') + "\r\n";
    EXPECT_EQ(server_.request(get("/hello", line + line + line)).status, 200);
    EXPECT_EQ(server_.request(get("/hello", line + line + line + line + line)).status, 431);
}

TEST_F(LibraryFaults, EndlessChunkHeaderIsRefused) {
    RawClient client(server_.port());
    client.send(requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n", "5;"));
    for (int i = 0; i < 100 && client.send(std::string(1000, 'x')); ++i) {
    }
    EXPECT_EQ(client.response().status, 413);
    expectAlive();
}

TEST_F(LibraryFaults, EndlessTrailersAreRefused) {
    RawClient client(server_.port());
    client.send(requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n", "0\r\n"));
    for (int i = 0; i < 2000 && client.send("T: 1234567\r\n"); ++i) {
    }
    EXPECT_EQ(client.response().status, 413);
}

// CVE-2025-46728: the payload limit did not hold for chunked bodies.
TEST(LibraryFaultsBody, LimitHoldsForBothFramings) {
    ServerOptions options;
    options.maxBodyBytes = 1000;
    TestServer server(options);
    const auto post = [&](std::size_t bytes, bool isChunked) {
        const std::string body(bytes, 'b');
        char size[32];
        std::snprintf(size, sizeof size, "%zx\r\n", bytes);
        return server.request(
            isChunked ? requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n",
                                  size + body + "\r\n0\r\n\r\n")
                      : requestOf("POST", "/echo",
                                  "Content-Length: " + std::to_string(bytes) + "\r\n", body));
    };
    for (const bool isChunked : {false, true}) {
        EXPECT_EQ(post(1000, isChunked).status, 200);
        const auto res = post(1001, isChunked);
        EXPECT_EQ(res.status, 413);
        EXPECT_EQ(res.header("content-type"), "application/problem+json");
    }
    // In many small chunks, and promised but not sent.
    std::string chunks;
    for (int i = 0; i < 1001; ++i)
        chunks += "1\r\nb\r\n";
    EXPECT_EQ(
        server.request(requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n", chunks)).status,
        413);
    EXPECT_EQ(
        server.request(requestOf("POST", "/echo", "Content-Length: 99999999999999999999999\r\n"))
            .status,
        413);
    EXPECT_EQ(server
                  .request(requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n",
                                     "fffffffffffffff\r\n"))
                  .status,
              413);
}

TEST_F(LibraryFaults, CompressedBodiesAreNotUnpacked) {
    const auto res = server_.request(requestOf(
        "POST", "/echo", "Content-Encoding: gzip\r\nContent-Length: 4\r\n", "\x1f\x8b\x08\x01"));
    EXPECT_EQ(res.status, 415);
}

// CVE-2026-28434: the text of an exception went out in a header.
TEST_F(LibraryFaults, ExceptionTextStaysInside) {
    const auto res = server_.request(get("/throw"));
    EXPECT_EQ(res.status, 500);
    EXPECT_EQ((res.head + res.body).find("secret"), std::string::npos);
    EXPECT_FALSE(res.has("exception_what"));
    EXPECT_FALSE(res.has("x-injected"));
    EXPECT_NE(res.body.find("urn:segue:problem:internal"), std::string::npos);
}

// CVE-2026-34441: the body of a GET was read as the next request.
TEST_F(LibraryFaults, BodyOfAnyMethodIsNeverTheNextRequest) {
    const std::string smuggled = get("/items/smuggled");
    const std::string length = "Content-Length: " + std::to_string(smuggled.size()) + "\r\n";
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", smuggled.size());
    for (const std::string method : {"GET", "HEAD", "DELETE", "OPTIONS", "POST"})
        for (const bool isChunked : {false, true}) {
            RawClient client(server_.port());
            client.send(isChunked ? requestOf(method, "/echo", "Transfer-Encoding: chunked\r\n",
                                              size + smuggled + "\r\n0\r\n\r\n")
                                  : requestOf(method, "/echo", length, smuggled));
            client.send(get("/items/next", "Connection: close\r\n"));
            EXPECT_EQ(client.response(method).status, method == "OPTIONS" ? 204 : 200) << method;
            EXPECT_EQ(client.response().body, "next") << method << isChunked;
            EXPECT_TRUE(client.closesNow());
        }
}

TEST_F(LibraryFaults, AmbiguousFramingIsRefusedAndTheConnectionClosed) {
    for (const char* headers :
         {"Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n",
          "Content-Length: -1\r\n", "Content-Length: +5\r\n", "Content-Length: 0x5\r\n",
          "Content-Length: 5 5\r\n", "Content-Length:\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"}) {
        RawClient client(server_.port());
        client.send(requestOf("POST", "/echo", headers, "hello") + get("/hello"));
        EXPECT_EQ(client.response().status, 400) << headers;
        EXPECT_TRUE(client.closesNow()) << headers;
    }
    for (const char* headers :
         {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding:\r\n"}) {
        RawClient client(server_.port());
        client.send(requestOf("POST", "/echo", headers, "0\r\n\r\n") + get("/hello"));
        EXPECT_EQ(client.response().status, 501) << headers;
        EXPECT_TRUE(client.closesNow()) << headers;
    }
    EXPECT_EQ(server_
                  .request("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                           "0\r\n\r\n")
                  .status,
              400);
}

// CVE-2026-45352: a negative chunk size.
TEST_F(LibraryFaults, ChunkSizesArePlainNumbers) {
    for (const char* body :
         {"-1\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
          "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n",
          "g\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n",
          "5\r\nhello\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n"}) {
        RawClient client(server_.port());
        client.send(requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n", body) +
                    get("/hello"));
        EXPECT_EQ(client.response().status, 400) << body;
        EXPECT_TRUE(client.closesNow()) << body;
    }
    const auto res = server_.request(
        requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n",
                  "5;name=value\r\nhello\r\n06\r\n world\r\n0\r\nTrailer: x\r\n\r\n"));
    EXPECT_NE(res.body.find("body hello world\n"), std::string::npos);
}

// CVE-2026-45372: header values were percent-decoded, which let CR and LF in.
TEST_F(LibraryFaults, HeaderValuesAreNotPercentDecoded) {
    const auto res = server_.request(get("/echo", "X-Test: a%0d%0aX-Injected: 1%00\r\n"));
    EXPECT_EQ(res.status, 200);
    EXPECT_NE(res.body.find("header X-Test=a%0d%0aX-Injected: 1%00\n"), std::string::npos);
    EXPECT_FALSE(res.has("x-injected"));
}

TEST_F(LibraryFaults, ControlCharactersInTheHeaderAreRefused) {
    using namespace std::string_literals;
    for (const std::string& line :
         {"X: a\rb\r\n"s, "X: a\nb: c\r\n"s, "X: a\0b\r\n"s, "X\0: a\r\n"s, "X: a\x7f\r\n"s,
          "X: a\x1b\r\n"s, "X : a\r\n"s, " X: a\r\n"s, "X\r\n"s, ": a\r\n"s, "X Y: a\r\n"s,
          "A: b\r\n folded\r\n"s}) {
        RawClient client(server_.port());
        client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n" + line + "\r\n");
        EXPECT_EQ(client.response().status, 400) << line;
        EXPECT_TRUE(client.closesNow());
    }
}

TEST_F(LibraryFaults, ControlCharactersInTheTargetAreRefused) {
    for (const char* target :
         {"/items/a%0d%0ab", "/items/a%00b", "/items/a%0", "/items/a%zz", "/items/a%", "/items/%ff",
          "/items/%c0%af", "/hello?x=%0d%0a", "/hello?x=%u0041", "/items/%ed%a0%80"})
        EXPECT_EQ(server_.request(get(target)).status, 400) << target;
    EXPECT_EQ(server_.request(get("/items/na%C3%AFve%20%2f%3f")).body, "na\xc3\xafve /?");
    // Decoded once, not twice.
    EXPECT_EQ(server_.request(get("/items/%2541")).body, "%41");
}

// CVE-2025-66570: headers named like the library's own address fields.
TEST_F(LibraryFaults, SpoofedAddressHeadersDoNotCount) {
    const auto res = server_.request(
        get("/echo", "REMOTE_ADDR: 6.6.6.6\r\nremote_addr: 6.6.6.6\r\nREMOTE_PORT: 6\r\n"
                     "LOCAL_ADDR: 6.6.6.6\r\nLOCAL_PORT: 6\r\n"));
    EXPECT_EQ(res.body.find("6.6.6.6"), std::string::npos);
    EXPECT_NE(res.body.find("remote 127.0.0.1\n"), std::string::npos);
    EXPECT_NE(res.body.find("header REMOTE_ADDR=127.0.0.1\n"), std::string::npos);
    EXPECT_EQ(res.body.find("PORT"), std::string::npos);
}

TEST_F(LibraryFaults, BadRequestLinesAreRefused) {
    for (const char* line :
         {"GET /hello", "GET  /hello HTTP/1.1", "GET /hello  HTTP/1.1", "/hello", "GET",
          "GET /hello HTTP/1.1 ", " GET /hello HTTP/1.1", "GET hello HTTP/1.1",
          "GET /hello http/1.1", "GET /a b HTTP/1.1", "G@T /hello HTTP/1.1", "GET /hello HTTP/11",
          "GET /hello#x HTTP/1.1", "GET /h\xc3\xa4 HTTP/1.1", "GET * HTTP/1.1"})
        EXPECT_EQ(server_.request(std::string(line) + "\r\nHost: localhost\r\n\r\n").status, 400)
            << line;
    EXPECT_EQ(server_.request("GET /hello HTTP/2.0\r\nHost: localhost\r\n\r\n").status, 505);
    EXPECT_EQ(server_.request(requestOf("BREW", "/hello")).status, 501);
    EXPECT_EQ(server_.request(requestOf("CONNECT", "localhost:80")).status, 501);
    EXPECT_EQ(server_.request(requestOf("TRACE", "/hello")).status, 501);
    EXPECT_EQ(server_.request("GET /hello HTTP/1.1\r\n\r\n").status, 400);
    EXPECT_EQ(server_.request("GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").status, 400);
    EXPECT_EQ(server_.request("\x16\x03\x01\x02\x01").status, 400); // TLS
}

// Its regular expressions recurse once per character.
TEST_F(LibraryFaults, LongPathsDoNotExhaustTheSmallStacks) {
    for (const std::string& target : {"/" + std::string(8000, 'a'), std::string(4000, '/'),
                                      "/items/" + std::string(8000, 'a'), [] {
                                          std::string path;
                                          for (int i = 0; i < 2000; ++i)
                                              path += "/%41";
                                          return path;
                                      }()})
        EXPECT_NE(server_.request(get(target)).status, 500);
    expectAlive();
}

} // namespace
} // namespace segue::http
