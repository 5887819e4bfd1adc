#include "backend/http/Problem.h"

#include <gtest/gtest.h>

namespace segue::http {
namespace {

TEST(Problem, EveryErrorCodeHasItsStatus) {
    const std::pair<ErrorCode, int> expected[] = {
        {ErrorCode::InvalidArgument, 400}, {ErrorCode::NotFound, 404},
        {ErrorCode::Unsupported, 415},     {ErrorCode::Corrupt, 422},
        {ErrorCode::Changed, 409},         {ErrorCode::Io, 500},
        {ErrorCode::NoSpace, 507},         {ErrorCode::Busy, 503},
        {ErrorCode::Cancelled, 503},       {ErrorCode::Timeout, 504},
        {ErrorCode::Internal, 500}};
    for (const auto& [code, status] : expected) {
        httplib::Response res;
        respond(res, Error{code, "what happened"});
        EXPECT_EQ(res.status, status);
        EXPECT_EQ(res.get_header_value("Content-Type"), "application/problem+json");
        EXPECT_NE(res.body.find("\"urn:segue:problem:" + std::string(nameOf(code)) + "\""),
                  std::string::npos);
        EXPECT_EQ(res.has_header("Retry-After"), status == 503);
        EXPECT_EQ(res.body.find("what happened") != std::string::npos, code != ErrorCode::Internal);
    }
}

TEST(Problem, ABusyPartSaysWhenToTryAgain) {
    httplib::Response res;
    respond(res, Error{ErrorCode::Busy, "full", 17});
    EXPECT_EQ(res.get_header_value("Retry-After"), "17");
}

TEST(Problem, TakesThePlaceOfAnAnswerThatWasBegun) {
    httplib::Response res;
    bool isReleased = false;
    res.set_header("ETag", "\"x\"");
    res.set_header("Content-Range", "bytes 0-1/2");
    res.set_header("X-Kept", "1");
    res.set_content_provider(
        10, "audio/wav", [](std::size_t, std::size_t, httplib::DataSink&) { return true; },
        [&](bool) { isReleased = true; });
    respond(res, Error{ErrorCode::Corrupt, "bad"});
    EXPECT_TRUE(isReleased);
    EXPECT_FALSE(res.content_provider_);
    EXPECT_FALSE(res.has_header("ETag") || res.has_header("Content-Range"));
    EXPECT_TRUE(res.has_header("X-Kept"));
    EXPECT_EQ(res.get_header_value_count("Content-Type"), 1u);
}

TEST(Problem, BytesThatAreNoUtf8DoNotThrow) {
    const std::string json = toJson({"io", 500, "t", "open 'a\xff\xfe'", "/x\xff"});
    EXPECT_NE(json.find("\xef\xbf\xbd"), std::string::npos);
}

} // namespace
} // namespace segue::http
