#include "backend/http/Router.h"

#include <gtest/gtest.h>

namespace segue::http {
namespace {

class AlwaysAlive final : public Liveness {
  public:
    bool clientGone() const noexcept override { return false; }
    bool stopping() const noexcept override { return false; }
};

class RouterTest : public ::testing::Test {
  protected:
    void answer(const std::string& method, const std::string& pattern) {
        router_.add(method, pattern, [pattern](const RequestContext& ctx, httplib::Response& res) {
            std::string text = pattern;
            for (const auto& [name, value] : ctx.pathParams)
                text.append(" ").append(name).append("=").append(value);
            res.set_content(text, "text/plain");
        });
    }
    httplib::Response ask(const std::string& method, const std::string& path) {
        httplib::Request request;
        request.method = method;
        request.path = path;
        httplib::Response response;
        pattern_ = router_.dispatch(request, path, alive_, response);
        return response;
    }

    Router router_;
    AlwaysAlive alive_;
    std::string pattern_;
};

TEST_F(RouterTest, LiteralsWinOverParameters) {
    answer("GET", "/tracks/{id}");
    answer("GET", "/tracks/all");
    answer("GET", "/tracks/{id}/plan");
    answer("GET", "/{kind}/all/plan");
    answer("GET", "/");
    EXPECT_EQ(ask("GET", "/tracks/all").body, "/tracks/all");
    EXPECT_EQ(ask("GET", "/tracks/7").body, "/tracks/{id} id=7");
    EXPECT_EQ(pattern_, "/tracks/{id}");
    // "all" fits as literal first, but leads nowhere from there.
    EXPECT_EQ(ask("GET", "/tracks/all/plan").body, "/tracks/{id}/plan id=all");
    EXPECT_EQ(ask("GET", "/albums/all/plan").body, "/{kind}/all/plan kind=albums");
    EXPECT_EQ(ask("GET", "/").body, "/");
}

TEST_F(RouterTest, UnknownPathsAre404) {
    answer("GET", "/tracks/{id}");
    for (const char* path : {"/", "/tracks", "/tracks/", "/tracks/7/", "/tracks/7/8", "//tracks/7",
                             "/Tracks/7", "/tracks//"}) {
        const auto res = ask("GET", path);
        EXPECT_EQ(res.status, 404) << path;
        EXPECT_NE(res.body.find("urn:segue:problem:not-found"), std::string::npos);
    }
    EXPECT_EQ(ask("POST", "/nowhere").status, 404);
    EXPECT_EQ(ask("OPTIONS", "/nowhere").status, 404);
}

TEST_F(RouterTest, KnownPathWithAnotherMethodIs405WithAllow) {
    answer("GET", "/tracks/{id}");
    answer("DELETE", "/tracks/{id}");
    answer("POST", "/scan");
    const auto res = ask("PUT", "/tracks/7");
    EXPECT_EQ(res.status, 405);
    EXPECT_EQ(res.get_header_value("Allow"), "OPTIONS, DELETE, GET, HEAD");
    EXPECT_EQ(ask("HEAD", "/scan").status, 405);
    const auto options = ask("OPTIONS", "/scan");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.get_header_value("Allow"), "OPTIONS, POST");
}

TEST_F(RouterTest, HeadGoesToGet) {
    answer("GET", "/x");
    EXPECT_EQ(ask("HEAD", "/x").body, "/x");
}

TEST_F(RouterTest, ParametersAreDecodedOnceAndCheckedBeforeTheHandler) {
    answer("GET", "/tracks/{id}");
    EXPECT_EQ(ask("GET", "/tracks/a%2Fb%2541").body, "/tracks/{id} id=a/b%41");
    for (const char* path : {"/tracks/%", "/tracks/%00", "/tracks/%0a", "/tracks/%ff"})
        EXPECT_EQ(ask("GET", path).status, 400) << path;
}

TEST_F(RouterTest, FallbackGetsReadsOfUnknownPathsOnly) {
    answer("POST", "/scan");
    router_.fallback([](const RequestContext& ctx, httplib::Response& res) {
        res.set_content("page " + ctx.request.path, "text/html");
    });
    EXPECT_EQ(ask("GET", "/anything").body, "page /anything");
    EXPECT_EQ(ask("HEAD", "/anything").body, "page /anything");
    EXPECT_EQ(ask("POST", "/anything").status, 404);
    EXPECT_EQ(ask("GET", "/scan").status, 405);
}

TEST_F(RouterTest, WhateverAHandlerThrowsBecomesA500) {
    router_.add("GET", "/a", [](const RequestContext&, httplib::Response& res) {
        res.status = 200;
        res.set_header("ETag", "\"x\"");
        res.set_header("Content-Range", "bytes 0-1/2");
        throw std::runtime_error("secret");
    });
    router_.add("GET", "/b", [](const RequestContext&, httplib::Response&) { throw 7; });
    for (const char* path : {"/a", "/b"}) {
        const auto res = ask("GET", path);
        EXPECT_EQ(res.status, 500);
        EXPECT_EQ(res.body.find("secret"), std::string::npos);
        EXPECT_FALSE(res.has_header("ETag") || res.has_header("Content-Range"));
    }
}

TEST(PercentDecode, RefusesWhatIsNoCleanText) {
    EXPECT_EQ(percentDecode("a+b%2b"), "a+b+");
    EXPECT_EQ(percentDecode("a+b%2b", true), "a b+");
    EXPECT_EQ(percentDecode("%F0%9F%8E%B5"), "\xf0\x9f\x8e\xb5");
    for (const char* text :
         {"%", "%1", "%1g", "%g1", "%00", "%1f", "%7f", "%80", "%c1%81", "%e0%80%80", "%ed%a0%80",
          "%f4%90%80%80", "%f5%80%80%80", "%e2%82", "%u0041", "%-1"})
        EXPECT_FALSE(percentDecode(text)) << text;
}

} // namespace
} // namespace segue::http
