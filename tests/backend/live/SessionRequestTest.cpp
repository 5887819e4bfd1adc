#include "backend/live/SessionRequest.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/Errors.h"

namespace segue::backend::live {
namespace {

using test::codeOf;

void expectRefused(const std::string& body, RequestKind kind, const std::string& inMessage) {
    const auto request = parseSessionRequest(body, kind);
    ASSERT_FALSE(request.has_value()) << body;
    EXPECT_EQ(request.error().code, ErrorCode::InvalidArgument) << body;
    EXPECT_NE(request.error().message.find(inMessage), std::string::npos)
        << body << ": " << request.error().message;
    EXPECT_LT(request.error().message.size(), 300u);
}

TEST(SessionRequest, ReadsWhatASessionBeginsWith) {
    const auto request = parseSessionRequest(
        R"({"trackId": 7, "preset": "warm", "intensity": 0.8, "positionSeconds": 31.5,
            "bits": 24, "leadMs": 80, "paused": true, "enhanced": false})",
        RequestKind::Begin);
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_EQ(request->trackId, 7);
    EXPECT_EQ(request->positionSeconds, 31.5);
    EXPECT_EQ(request->leadMs, 80);
    EXPECT_EQ(request->paused, true);
    const auto parameters = parseSettings(request->settings);
    ASSERT_TRUE(parameters.has_value()) << parameters.error().message;
    EXPECT_EQ(parameters->request.preset.name, "warm");
    EXPECT_EQ(parameters->request.intensity, 0.8);
    EXPECT_EQ(parameters->pcm, encode::PcmFormat::Int24);
    EXPECT_TRUE(parameters->request.originalAtSameLoudness);
}

TEST(SessionRequest, ATrackIdMayBeTextAsInTheRestOfTheApi) {
    const auto request = parseSessionRequest(R"({"trackId":"12"})", RequestKind::Begin);
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(request->trackId, 12);
}

TEST(SessionRequest, AChangeMentionsWhatItChanges) {
    const auto change = parseSessionRequest(R"({"intensity":0.25})", RequestKind::Change);
    ASSERT_TRUE(change.has_value());
    EXPECT_FALSE(change->positionSeconds || change->paused || change->trackId);
    EXPECT_EQ(change->settings.size(), 1u);
    EXPECT_TRUE(parseSessionRequest("", RequestKind::Change).has_value());
    EXPECT_TRUE(parseSessionRequest("{}", RequestKind::Change).has_value());
}

TEST(SessionRequest, ASettingStaysUntilItIsChangedOrSetBack) {
    const auto begun =
        parseSessionRequest(R"({"trackId":1,"preset":"warm","intensity":0.5})", RequestKind::Begin);
    const auto change = parseSessionRequest(R"({"preset":null})", RequestKind::Change);
    ASSERT_TRUE(begun && change);
    const auto parameters = parseSettings(merged(begun->settings, *change));
    ASSERT_TRUE(parameters.has_value());
    EXPECT_EQ(parameters->request.preset.name, "adaptive");
    EXPECT_EQ(parameters->request.intensity, 0.5);
}

TEST(SessionRequest, TheOriginalIsAtTheSameLoudnessUnlessItIsNotWanted) {
    for (const bool match : {true, false}) {
        const auto request = parseSessionRequest(
            match ? R"({"enhanced":false})" : R"({"enhanced":false,"matchLoudness":false})",
            RequestKind::Change);
        ASSERT_TRUE(request.has_value());
        EXPECT_EQ(parseSettings(request->settings)->request.originalAtSameLoudness, match);
    }
}

TEST(SessionRequest, WhatIsNoFlatObjectIsRefused) {
    for (const char* body :
         {"[]", "7", "null", "\"warm\"", "{", "{\"a\":}", "{\"a\":1,}", "{} {}", "{'a':1}",
          "// comment\n{}", "{\"preset\":\"\xff\"}", "{\"intensity\":1e999}", "{\"a\":NaN}"})
        expectRefused(body, RequestKind::Change, "body: not a JSON object");
    expectRefused(R"({"preset":["warm"]})", RequestKind::Change, "body: members are");
    expectRefused(R"({"preset":{"name":"warm"}})", RequestKind::Change, "body: members are");
    expectRefused("{\"a\":" + std::string(15'000, '['), RequestKind::Change, "body");
    expectRefused(R"({"preset":"warm","preset":"live"})", RequestKind::Change, "given twice");
    expectRefused(std::string(kMostBodyBytes + 1, ' '), RequestKind::Change, "longer than");
}

TEST(SessionRequest, WrongMembersAreNamed) {
    using enum RequestKind;
    expectRefused("{}", Begin, "trackId: is missing");
    expectRefused("", Begin, "trackId: is missing");
    for (const char* id :
         {"0", "-1", "1.5", "true", "null", "\"\"", "\"x\"", "1e30", "99999999999999999999999"})
        expectRefused("{\"trackId\":" + std::string(id) + "}", Begin, "trackId");
    for (const char* lead : {"49", "2001", "100.5", "\"100\"", "null", "18446744073709551615"})
        expectRefused("{\"trackId\":1,\"leadMs\":" + std::string(lead) + "}", Begin,
                      "leadMs: " + std::string(lead));
    for (const char* position : {"-0.001", "\"3\"", "true", "null"})
        expectRefused("{\"positionSeconds\":" + std::string(position) + "}", Change,
                      "positionSeconds");
    for (const char* paused : {"1", "\"true\"", "null"})
        expectRefused("{\"paused\":" + std::string(paused) + "}", Change, "paused");
    expectRefused(R"({"trackId":2})", Change, "trackId: stays");
    expectRefused(R"({"leadMs":60})", Change, "leadMs: stays");
    expectRefused("{\"paused\":\"" + std::string(9000, 'x') + "\"}", Change, "paused: \"xxx");
}

TEST(SessionRequest, AnUnknownSettingIsRefusedAndTheKnownOnesAreListed) {
    for (const char* body : {R"({"volume":3})", R"({"volume":null})"}) {
        const auto request = parseSessionRequest(body, RequestKind::Change);
        ASSERT_TRUE(request.has_value());
        const auto parameters = parseSettings(request->settings);
        ASSERT_EQ(codeOf(parameters), ErrorCode::InvalidArgument) << body;
        for (const char* word : {"'volume'", "preset", "intensity", "bits", "positionSeconds"})
            EXPECT_NE(parameters.error().message.find(word), std::string::npos) << word;
    }
}

TEST(SessionRequest, AWrongSettingIsRefusedAsInAStreamsAddress) {
    for (const char* body :
         {R"({"preset":3})", R"({"preset":true})", R"({"preset":"loud"})", R"({"intensity":2})",
          R"({"intensity":"much"})", R"({"bits":8})", R"({"enhanced":1})"}) {
        const auto request = parseSessionRequest(body, RequestKind::Change);
        ASSERT_TRUE(request.has_value());
        EXPECT_EQ(codeOf(parseSettings(request->settings)), ErrorCode::InvalidArgument) << body;
    }
}

} // namespace
} // namespace segue::backend::live
