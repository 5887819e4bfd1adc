#include "backend/http/RequestHead.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::http {
namespace {

using State = HeadScanner::State;

RequestHead parsed(const std::string& block) {
    auto head = parseHead(block);
    EXPECT_TRUE(head) << block << (head ? "" : head.error().detail);
    return head ? *head : RequestHead{};
}
int refusal(const std::string& block) {
    const auto head = parseHead(block);
    return head ? 0 : head.error().status;
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesArrive) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        HeadScanner scanner;
        ASSERT_EQ(scanner.feed(head.substr(0, cut)), State::More);
        ASSERT_EQ(scanner.feed(head.substr(cut) + "GET /next"), State::Complete);
        EXPECT_EQ(scanner.headBytes(), head.size());
        EXPECT_EQ(scanner.skippedBytes(), 0u);
    }
}

TEST(HeadScanner, SkipsEmptyLinesBeforeTheRequest) {
    HeadScanner scanner;
    ASSERT_EQ(scanner.feed("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), State::Complete);
    EXPECT_EQ(scanner.skippedBytes(), 4u);
    EXPECT_EQ(scanner.headBytes(), 22u);
}

TEST(HeadScanner, LimitsAreExact) {
    const auto statusAfter = [](const std::string& bytes) {
        HeadScanner scanner;
        return scanner.feed(bytes) == State::Refused ? scanner.problem().status : 0;
    };
    EXPECT_EQ(statusAfter(std::string(kMaxRequestLineBytes, 'a')), 0);
    EXPECT_EQ(statusAfter(std::string(kMaxRequestLineBytes + 1, 'a')), 414);
    EXPECT_EQ(statusAfter("a\r\n" + std::string(kMaxHeaderLineBytes, 'a')), 0);
    EXPECT_EQ(statusAfter("a\r\n" + std::string(kMaxHeaderLineBytes + 1, 'a')), 431);
    std::string lines = "a\r\n";
    for (int i = 0; i < kMaxHeaderLines; ++i)
        lines += "b:c\r\n";
    EXPECT_EQ(statusAfter(lines), 0);
    EXPECT_EQ(statusAfter(lines + "b:c\r\n"), 431);
    std::string empty;
    while (empty.size() <= kMaxHeaderBytes)
        empty += "\r\n";
    EXPECT_EQ(statusAfter(empty), 431);
}

TEST(RequestHead, TargetIsDecodedOnce) {
    const auto head = parsed("GET /a%20b/%2541?q=x+y%26&q=2&flag&=v HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(head.rawPath, "/a%20b/%2541");
    EXPECT_EQ(head.path, "/a b/%41");
    EXPECT_EQ(head.params.count("q"), 2u);
    EXPECT_EQ(head.params.find("q")->second, "x y&");
    EXPECT_EQ(head.params.find("flag")->second, "");
}

TEST(RequestHead, AbsoluteFormGivesTheHost) {
    const auto head = parsed("GET http://example.org/x?y=1 HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(head.host, "example.org");
    EXPECT_EQ(head.path, "/x");
    EXPECT_EQ(head.target, "/x?y=1");
    EXPECT_EQ(parsed("GET HTTP://example.org HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
    EXPECT_EQ(refusal("GET ftp://example.org/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, GzipIsAcceptedWhereItIsNamedAndNotRefused) {
    const auto accepts = [](const std::string& fields) {
        return parseHead("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")->acceptsGzip;
    };
    for (const char* value :
         {"gzip", "GZip", "br, gzip;q=0.001", "deflate,gzip ; q=1", "gzip;q=0.500"})
        EXPECT_TRUE(accepts(std::string("Accept-Encoding: ") + value + "\r\n")) << value;
    for (const char* value :
         {"", "br", "gzip2", "gzip;q=0", "gzip; q=0.000", "identity, *;q=0", ";", ","})
        EXPECT_FALSE(accepts(std::string("Accept-Encoding: ") + value + "\r\n")) << value;
    EXPECT_FALSE(accepts(""));
    EXPECT_TRUE(accepts("Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"));
}

TEST(RequestHead, KeepAliveFollowsVersionAndConnection) {
    const auto keeps = [](const std::string& version, const std::string& connection) {
        return parsed("GET / HTTP/" + version + "\r\nHost: a\r\n" +
                      (connection.empty() ? "" : "Connection: " + connection + "\r\n") + "\r\n")
            .keepAlive;
    };
    EXPECT_TRUE(keeps("1.1", ""));
    EXPECT_FALSE(keeps("1.1", "close"));
    EXPECT_FALSE(keeps("1.1", "Upgrade, CLOSE"));
    EXPECT_FALSE(keeps("1.1", "keep-alive, close"));
    EXPECT_TRUE(keeps("1.1", "closed"));
    EXPECT_FALSE(keeps("1.0", ""));
    EXPECT_TRUE(keeps("1.0", "Keep-Alive"));
}

TEST(RequestHead, FramingIsUnambiguous) {
    const auto head = [](const std::string& fields) {
        return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    };
    EXPECT_EQ(parsed(head("")).framing, BodyFraming::None);
    EXPECT_EQ(parsed(head("Content-Length: 0\r\n")).framing, BodyFraming::None);
    EXPECT_EQ(parsed(head("content-length:  7 \r\n")).contentLength, 7);
    EXPECT_EQ(parsed(head("Transfer-Encoding: Chunked\r\n")).framing, BodyFraming::Chunked);
    EXPECT_EQ(parsed(head("Content-Length: 99999999999999999999\r\n")).contentLength, INT64_MAX);
    EXPECT_EQ(refusal(head("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")), 400);
}

TEST(RequestHead, OneRangeOnGetOnly) {
    const auto hasRange = [](const std::string& method, const std::string& fields) {
        const auto head = parsed(method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        return head.headers.count("Range") == 1;
    };
    EXPECT_TRUE(hasRange("GET", "Range: bytes=0-1\r\n"));
    EXPECT_FALSE(hasRange("HEAD", "Range: bytes=0-1\r\n"));
    EXPECT_FALSE(hasRange("POST", "Range: bytes=0-1\r\n"));
    EXPECT_FALSE(hasRange("GET", "Range: bytes=0-1\r\nRange: bytes=2-3\r\n"));
    EXPECT_FALSE(hasRange("GET", "Range: bytes=0-1\r\nIf-Range: \"a\"\r\nIf-Range: \"b\"\r\n"));
}

TEST(RequestHead, ExpectationsOtherThanContinueFail) {
    EXPECT_TRUE(parsed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                       "Expect: 100-Continue\r\n\r\n")
                    .expectsContinue);
    EXPECT_FALSE(
        parsed("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expectsContinue);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nExpect: the worst\r\n\r\n"), 417);
}

TEST(RequestHead, HostIsAHost) {
    for (const char* host : {"a/b", "a b", "a@b/", "a\\b", "<x>"})
        EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 400)
            << host;
}

} // namespace
} // namespace segue::http
