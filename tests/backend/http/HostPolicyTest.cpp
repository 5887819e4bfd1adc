#include "backend/http/HostPolicy.h"

#include <gtest/gtest.h>

namespace segue::http {
namespace {

int refusal(const HostPolicy& policy, const std::string& host, const std::string& method = "GET",
            const httplib::Headers& headers = {}) {
    RequestHead head;
    head.method = method;
    head.host = host;
    head.headers = headers;
    const auto problem = policy.refuse(head);
    return problem ? problem->status : 0;
}

TEST(HostPolicy, LoopbackServerAnswersOnlyToItsNames) {
    const HostPolicy policy(HostPolicy::Hosts::LoopbackOnly, {"Music.example"});
    for (const char* host : {"localhost", "LOCALHOST:8080", "localhost.", "app.localhost:1",
                             "127.0.0.1", "127.0.0.1:8080", "192.168.1.5:80", "[::1]", "[::1]:8080",
                             "music.example", "MUSIC.example:443", ""})
        EXPECT_EQ(refusal(policy, host), 0) << host;
    for (const char* host :
         {"evil.example", "evil.example:8080", "localhost.evil.example", "evillocalhost",
          "127.0.0.1.evil.example", "music.example.evil", "0x7f.1", "[::1", "[evil]", "1.2.3"})
        EXPECT_EQ(refusal(policy, host), 421) << host;
}

TEST(HostPolicy, PublicServerAnswersToAnyName) {
    EXPECT_EQ(refusal(HostPolicy(HostPolicy::Hosts::Any, {}), "box.home.arpa:8080"), 0);
}

TEST(HostPolicy, ForeignPagesMayReadNothingButChangeNothing) {
    const HostPolicy policy(HostPolicy::Hosts::Any, {});
    const auto post = [&](const std::string& host, const std::string& origin) {
        return refusal(policy, host, "POST", {{"Origin", origin}});
    };
    EXPECT_EQ(post("box:8080", "http://box:8080"), 0);
    EXPECT_EQ(post("Box", "https://box"), 0);
    EXPECT_EQ(post("box", "https://box:443"), 0);
    EXPECT_EQ(post("[::1]:8080", "http://[::1]:8080"), 0);
    EXPECT_EQ(post("box:8080", "http://box:8081"), 403);
    EXPECT_EQ(post("box:8080", "http://evil.example"), 403);
    EXPECT_EQ(post("box:8080", "http://evil.example/box:8080"), 403);
    EXPECT_EQ(post("box:8080", "null"), 403);
    EXPECT_EQ(post("box:8080", ""), 403);
    EXPECT_EQ(refusal(policy, "box", "DELETE", {{"Sec-Fetch-Site", "cross-site"}}), 403);
    EXPECT_EQ(refusal(policy, "box", "DELETE", {{"Sec-Fetch-Site", "same-origin"}}), 0);
    EXPECT_EQ(refusal(policy, "box", "POST"), 0); // no browser
    EXPECT_EQ(refusal(policy, "box", "GET", {{"Origin", "http://evil.example"}}), 0);
}

TEST(SecurityHeaders, PagesGetAPolicyAndHandlersGoFirst) {
    httplib::Headers headers{{"Content-Type", "text/html; charset=utf-8"},
                             {"Referrer-Policy", "no-referrer"}};
    addSecurityHeaders(headers);
    EXPECT_EQ(headers.count("Content-Security-Policy"), 1u);
    EXPECT_EQ(headers.find("Referrer-Policy")->second, "no-referrer");
    EXPECT_EQ(headers.find("X-Content-Type-Options")->second, "nosniff");
    httplib::Headers audio{{"Content-Type", "audio/wav"}};
    addSecurityHeaders(audio);
    EXPECT_EQ(audio.count("Content-Security-Policy"), 0u);
}

} // namespace
} // namespace segue::http
