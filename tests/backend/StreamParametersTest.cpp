// What is accepted, and that everything else is refused by name.
#include "backend/StreamParameters.h"
#include "tests/support/Errors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace segue::backend {
namespace {

using Given = std::map<std::string, std::string>;

Query queryOf(const Given& given) {
    return [&given](const std::string& name) -> std::optional<std::string> {
        const auto it = given.find(name);
        return it == given.end() ? std::nullopt : std::optional(it->second);
    };
}

std::string errorOf(const Given& given) {
    const auto parsed = parseStreamParameters(queryOf(given));
    if (parsed)
        return "accepted";
    EXPECT_EQ(test::codeOf(parsed), ErrorCode::InvalidArgument);
    return parsed.error().message;
}

TEST(StreamParameters, AbsentOnesHaveTheDocumentedDefaults) {
    const auto parsed = parseStreamParameters(queryOf({}));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->enhanced, Enhanced::Yes);
    EXPECT_EQ(parsed->request.preset.name, "adaptive");
    EXPECT_EQ(parsed->request.intensity, 1.0);
    EXPECT_EQ(parsed->pcm, encode::PcmFormat::Int16);
}

TEST(StreamParameters, GoodOnesAreUsed) {
    const auto parsed = parseStreamParameters(queryOf({{"enhanced", "false"},
                                                       {"preset", "warm"},
                                                       {"intensity", "0.25"},
                                                       {"format", "wav"},
                                                       {"bits", "24"},
                                                       {"other", "ignored"}}));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->enhanced, Enhanced::No);
    EXPECT_EQ(parsed->request.preset.name, "warm");
    EXPECT_EQ(parsed->request.intensity, 0.25);
    EXPECT_EQ(parsed->pcm, encode::PcmFormat::Int24);
}

TEST(StreamParameters, MinusZeroIsZero) {
    const auto parsed = parseStreamParameters(queryOf({{"intensity", "-0"}}));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_FALSE(std::signbit(parsed->request.intensity));
}

TEST(StreamParameters, BadOnesAreNamedWithWhatIsAllowed) {
    for (const char* bad : {"", "1", "yes", "True", "true "})
        EXPECT_EQ(errorOf({{"enhanced", bad}}).find("enhanced: '"), 0u) << bad;
    for (const char* bad : {"nan", "inf", "-0.1", "1.0001", "1e9", "0x1", "", " 1", "1 ", "0,5",
                            "half", "0.5junk", "+1", "1e400"})
        EXPECT_EQ(errorOf({{"intensity", bad}}).find("intensity: '"), 0u) << bad;
    for (const char* bad : {"8", "16.0", "", "-16", "16bit", "99999999999999999999"})
        EXPECT_EQ(errorOf({{"bits", bad}}).find("bits: '"), 0u) << bad;
    for (const char* bad : {"mp3", "", "WAV"})
        EXPECT_EQ(errorOf({{"format", bad}}).find("format: '"), 0u) << bad;
    const std::string preset = errorOf({{"preset", "loud"}});
    EXPECT_EQ(preset, "preset: 'loud' is none of adaptive, gentle, warm, bright, punchy, live");
}

TEST(StreamParameters, LongJunkIsNotQuotedWhole) {
    EXPECT_LT(errorOf({{"preset", std::string(100'000, 'x')}}).size(), 200u);
}

TEST(StreamParameters, IntegersAreWholeAndInRange) {
    const Given given{{"limit", "1000"}, {"low", "0"}, {"junk", "5x"}, {"empty", ""}};
    EXPECT_EQ(parseInteger(queryOf(given), "limit", 1, 1000, 200).value(), 1000);
    EXPECT_EQ(parseInteger(queryOf(given), "absent", 1, 1000, 200).value(), 200);
    for (const char* name : {"low", "junk", "empty"})
        EXPECT_FALSE(parseInteger(queryOf(given), name, 1, 1000, 200).has_value()) << name;
}

TEST(StreamParameters, TrackIdsArePositiveNumbers) {
    EXPECT_EQ(parseTrackId("42").value(), 42);
    for (const char* bad : {"", "0", "-1", "abc", "1a", "9223372036854775808", "1 "})
        EXPECT_FALSE(parseTrackId(bad).has_value()) << bad;
}

} // namespace
} // namespace segue::backend
