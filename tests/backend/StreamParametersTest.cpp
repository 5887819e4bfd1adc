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

TEST(StreamParameters, NumbersOfTheTargetHaveTheirRanges) {
    const auto parsed =
        parseStreamParameters(queryOf({{"target", "-9.5"}, {"ceiling", "-0"}, {"blend", "0.5"}}));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->request.targetLufs, -9.5);
    EXPECT_EQ(parsed->request.ceilingDbtp, 0.0);
    EXPECT_FALSE(std::signbit(*parsed->request.ceilingDbtp));
    EXPECT_EQ(parsed->request.blend, 0.5);
    EXPECT_EQ(errorOf({{"target", "-24"}}), "target: '-24' is not a number from -23 to -8");
    EXPECT_EQ(errorOf({{"ceiling", "nan"}}), "ceiling: 'nan' is not a number from -9 to 0");
    EXPECT_EQ(errorOf({{"blend", "-1"}}), "blend: '-1' is not a number from 0 to 1");
}

TEST(StreamParameters, TheOriginalIsAFileUnlessItsLoudnessIsToMatch) {
    const auto parse = [](const Given& given) { return parseStreamParameters(queryOf(given)); };
    EXPECT_FALSE(parse({})->isFile());
    EXPECT_TRUE(parse({{"enhanced", "false"}})->isFile());
    EXPECT_TRUE(parse({{"enhanced", "false"}, {"matchLoudness", "false"}})->isFile());
    const auto matched = parse({{"enhanced", "false"}, {"matchLoudness", "true"}});
    EXPECT_FALSE(matched->isFile());
    EXPECT_TRUE(matched->request.originalAtSameLoudness);
    EXPECT_FALSE(parse({{"matchLoudness", "true"}})->request.originalAtSameLoudness);
}

TEST(StreamParameters, NamesStandForWhatTheServerHas) {
    const auto profile = std::make_shared<const mastering::ReferenceProfile>();
    StreamVocabulary vocabulary;
    vocabulary.preset = [](const std::string& name) -> Result<mastering::Preset> {
        if (name == "broken")
            return fail(ErrorCode::Corrupt, "broken: no JSON");
        if (name == "unreadable")
            return fail(ErrorCode::Io, "unreadable: bad disk");
        mastering::Preset preset;
        preset.name = name;
        return preset;
    };
    vocabulary.reference = [&](const std::string& id) -> decltype(vocabulary.reference(id)) {
        if (id == "known")
            return profile;
        return fail(ErrorCode::NotFound, "'" + id + "' is none");
    };
    vocabulary.defaults = {.preset = "mine", .targetLufs = -18, .ceilingDbtp = -3};
    const auto parse = [&](const Given& given) {
        return parseStreamParameters(queryOf(given), vocabulary);
    };
    EXPECT_EQ(parse({})->request.preset.name, "mine");
    EXPECT_EQ(parse({})->request.targetLufs, -18);
    EXPECT_EQ(parse({})->request.ceilingDbtp, -3);
    EXPECT_EQ(parse({{"target", "-10"}})->request.targetLufs, -10);
    EXPECT_EQ(parse({{"preset", "other"}})->request.preset.name, "other");
    EXPECT_EQ(parse({{"reference", "known"}})->request.reference, profile);
    EXPECT_EQ(test::codeOf(parse({{"reference", "x"}})), ErrorCode::InvalidArgument);
    EXPECT_EQ(parse({{"reference", "x"}}).error().message, "reference: 'x' is none");
    EXPECT_EQ(test::codeOf(parse({{"preset", "broken"}})), ErrorCode::InvalidArgument);
    EXPECT_EQ(test::codeOf(parse({{"preset", "unreadable"}})), ErrorCode::Io);
    vocabulary.defaults.preset = "broken";
    EXPECT_EQ(parse({})->request.preset.name, "adaptive") << "music goes on";
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
