// Presets as values: the built-in table, and the strict reading of a listener's own.

#include <gtest/gtest.h>

#include "processing/mastering/Preset.h"
#include "tests/support/Errors.h"

namespace segue::mastering {
namespace {

TEST(Preset, ToneFollowsTheTableBetweenItsPoints) {
    const Preset& warm = *findBuiltInPreset("warm");
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 20), 1.5);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 60), 1.5);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 250), 1.0);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 75), 1.5) << "it holds for the notes around";
    EXPECT_NEAR(presetToneDb(warm, 500), 0.5, 1e-9);
    EXPECT_DOUBLE_EQ(presetToneDb(warm, 20000), -1.0);
}

TEST(Preset, NamesAreFoundAsWritten) {
    EXPECT_EQ(builtInPresets().front().name, "adaptive");
    for (const Preset& preset : builtInPresets())
        EXPECT_EQ(findBuiltInPreset(preset.name), &preset);
    EXPECT_FALSE(findBuiltInPreset("Adaptive"));
    EXPECT_FALSE(findBuiltInPreset(""));
}

TEST(Preset, JsonComesBackAsItWas) {
    for (const Preset& preset : builtInPresets()) {
        const auto back = presetFromJson(toJson(preset));
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, preset);
    }
}

TEST(Preset, WhatIsLeftOutTakesTheDefault) {
    const auto preset = presetFromJson(R"({"name":"night","targetLufs":-20,"width":1.2})");
    ASSERT_TRUE(preset) << preset.error().message;
    Preset expected;
    expected.name = "night";
    expected.targetLufs = -20;
    expected.width = 1.2;
    EXPECT_EQ(*preset, expected);
}

class WrongPreset : public testing::TestWithParam<const char*> {};

TEST_P(WrongPreset, IsRefusedWithTheMembersName) {
    const std::string json = GetParam();
    const auto preset = presetFromJson(json);
    EXPECT_EQ(test::codeOf(preset), ErrorCode::InvalidArgument) << json;
    if (const auto colon = json.find("\":"); colon != std::string::npos) {
        EXPECT_NE(preset.error().message.find(json.substr(2, colon - 2)), std::string::npos)
            << preset.error().message;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongPreset,
    testing::Values("", "[]", "7", "{", R"({"name":"Big"})", R"({"name":""})", R"({"name":"a/b"})",
                    R"({"name":"9lives"})", R"({"name":7})",
                    R"({"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})",
                    R"({"targetLufs":-7.9})", R"({"targetLufs":-23.1})", R"({"targetLufs":null})",
                    R"({"targetLufs":"-14"})", R"({"ceilingDbtp":0.1})", R"({"ratio":0.5})",
                    R"({"ratio":1e300})", R"({"attackMs":0})", R"({"releaseMs":500})",
                    R"({"width":2})", R"({"evenHarmonics":1})", R"({"correction":-0.1})",
                    R"({"toneDb":[0,0,0,0]})", R"({"toneDb":[0,0,0,0,7]})", R"({"toneDb":3})",
                    R"({"toneDb":[0,0,0,0,null]})", R"({"intent":3})", R"({"loudness":-14})",
                    R"({"width":1.1,"width":1.2})"));

} // namespace
} // namespace segue::mastering
