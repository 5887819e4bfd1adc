// What the rules of a smart playlist find, and what they refuse.

#include "library/SmartRules.h"
#include "library/Favourites.h"
#include "library/Features.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using test::writeAudio;
using test::writeTags;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kNow = 20'000 * kDayMs;

class SmartRulesTest : public test::LibraryTest {
  protected:
    SmartRulesTest() {
        write("a.flac", 1,
              {{"TITLE", "Élan"}, {"ARTIST", "Miles"}, {"GENRE", "Jazz"}, {"DATE", "1959"}});
        write("b.flac", 2,
              {{"TITLE", "Blue"}, {"ARTIST", "Joni"}, {"GENRE", "Folk"}, {"DATE", "1971"}});
        write("c.flac", 3, {{"TITLE", "So What"}, {"ARTIST", "MILES"}, {"GENRE", "jazz"}});
        write("d.wav", 4, {{"TITLE", "100% O'Neill; DROP TABLE track"}, {"ARTIST", "Nobody"}});
        library = open();
        scan(*library);
    }
    void write(const char* name, int seconds, const test::Properties& tags) {
        writeAudio(root / name, seconds, seconds * 8000);
        writeTags(root / name, tags);
    }
    TrackId id(const char* name) const { return idOf(*library, root / name); }

    /// The names of the files that match, without their extension.
    std::vector<std::string> found(const std::string& rules, std::int64_t nowMs = kNow) const {
        const auto parsed = SmartRules::parse(rules);
        if (!parsed) {
            ADD_FAILURE() << parsed.error().message;
            return {};
        }
        const auto tracks = parsed->tracks(library->access(), kOnlyUser, nowMs);
        EXPECT_TRUE(tracks) << tracks.error().message;
        std::vector<std::string> names;
        for (const TrackId track : tracks.value_or(std::vector<TrackId>{}))
            names.push_back(library->track(track)->path.stem());
        return names;
    }
    std::vector<std::string> matching(const std::string& field, const std::string& op,
                                      const std::string& value) const {
        return found(R"({"match": {"field": ")" + field + R"(", "operator": ")" + op +
                     R"(", "value": )" + value + "}}");
    }

    std::unique_ptr<Library> library;
};

TEST_F(SmartRulesTest, Texts) {
    EXPECT_THAT(matching("artist", "is", "\"miles\""), UnorderedElementsAre("a", "c"));
    EXPECT_THAT(matching("artist", "isNot", "\"miles\""), UnorderedElementsAre("b", "d"));
    EXPECT_THAT(matching("title", "contains", "\"LU\""), ElementsAre("b"));
    EXPECT_THAT(matching("title", "contains", "\"é\""), ElementsAre("a"));
    EXPECT_THAT(matching("title", "startsWith", "\"so\""), ElementsAre("c"));
    EXPECT_THAT(matching("title", "startsWith", "\"what\""), IsEmpty());
    EXPECT_THAT(matching("genre", "is", "\"\""), ElementsAre("d"));
    EXPECT_THAT(matching("path", "contains", "\"music/a\""), ElementsAre("a"));
    EXPECT_THAT(matching("codec", "is", "\"flac\""), UnorderedElementsAre("a", "b", "c"));
}

TEST_F(SmartRulesTest, ATrackIsFoundByEachOfItsNames) {
    write("e.flac", 5,
          {{"TITLE", "Duet"},
           {"ARTIST", "Ella"},
           {"ARTIST", "Louis"},
           {"GENRE", "Swing"},
           {"GENRE", "Vocal Jazz"},
           {"COMPOSER", "Gershwin"}});
    scan(*library);
    EXPECT_THAT(matching("artist", "is", "\"louis\""), ElementsAre("e"));
    EXPECT_THAT(matching("artist", "startsWith", "\"ell\""), ElementsAre("e"));
    EXPECT_THAT(matching("artist", "isNot", "\"ella\"").size(), 4u);
    EXPECT_THAT(matching("genre", "is", "\"vocal jazz\""), ElementsAre("e"));
    EXPECT_THAT(matching("genre", "is", "\"jazz\""), UnorderedElementsAre("a", "c"));
    EXPECT_THAT(matching("genre", "contains", "\"jazz\""), UnorderedElementsAre("a", "c", "e"));
    EXPECT_THAT(matching("composer", "contains", "\"gersh\""), ElementsAre("e"));
    EXPECT_THAT(matching("composer", "is", "\"\""), IsEmpty());
    EXPECT_THAT(SmartRules::parse(R"({"order": [{"by": "composer"}]})").error().message,
                HasSubstr("cannot be sorted"));
}

TEST_F(SmartRulesTest, WhatWasMeasuredAndWhenItCame) {
    const TrackId track = id("a.flac");
    const Hash128 content = library->refresh(track)->contentId.value();
    Features features(library->access());
    const ContentFeatures measured{content, {}, 118.0, 0.3, -14.5, 6, -1, 12};
    ASSERT_TRUE(features.put(1, std::vector{measured}));
    EXPECT_THAT(matching("bpm", "inRange", "[110, 120]"), ElementsAre("a"));
    EXPECT_THAT(matching("integratedLufs", "lt", "-14"), ElementsAre("a"));
    EXPECT_THAT(matching("plrDb", "is", "13.5"), ElementsAre("a"));
    EXPECT_THAT(matching("crestFactorDb", "gt", "12"), IsEmpty());
    EXPECT_THAT(matching("added", "after", "\"2020-01-01\"").size(), 4u);
    EXPECT_THAT(matching("added", "before", "\"2020-01-01\""), IsEmpty());
    EXPECT_THAT(matching("compilation", "is", "true"), IsEmpty());
}

TEST_F(SmartRulesTest, WhatWasSentIsNeverPartOfTheQuestion) {
    EXPECT_THAT(matching("title", "contains", R"("O'Neill; DROP")"), ElementsAre("d"));
    EXPECT_THAT(matching("title", "contains", R"("100%")"), ElementsAre("d"));
    EXPECT_THAT(matching("title", "contains", R"("1_0%")"), IsEmpty());
    EXPECT_THAT(matching("title", "is", R"("' OR 1=1 --")"), IsEmpty());
    const auto rules =
        SmartRules::parse(R"({"match": {"field": "title", "operator": "is", "value": "PRESENT"}})");
    EXPECT_EQ(rules->sql().find("PRESENT"), std::string::npos);
    EXPECT_EQ(rules->sql().find("present"), std::string::npos);
}

TEST_F(SmartRulesTest, Numbers) {
    EXPECT_THAT(matching("year", "is", "1959"), ElementsAre("a"));
    EXPECT_THAT(matching("year", "lt", "1971"), ElementsAre("a")); // not what has no year
    EXPECT_THAT(matching("year", "gt", "1959"), ElementsAre("b"));
    EXPECT_THAT(matching("year", "isNot", "1959"), UnorderedElementsAre("b", "c", "d"));
    EXPECT_THAT(matching("year", "inRange", "[1959, 1971]"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(matching("durationSeconds", "gt", "2.5"), UnorderedElementsAre("c", "d"));
    EXPECT_THAT(matching("sampleRateHz", "is", "8000").size(), 4u);
    EXPECT_THAT(matching("bitRateKbps", "gt", "120"), ElementsAre("d")); // 128 kbit/s of PCM
}

TEST_F(SmartRulesTest, WhatTheUserThinksAndPlays) {
    Favourites favourites(library->access());
    ASSERT_TRUE(favourites.rate(kOnlyUser, id("a.flac"), 5));
    ASSERT_TRUE(favourites.rate(kOnlyUser, id("b.flac"), 2));
    ASSERT_TRUE(favourites.star(kOnlyUser, id("b.flac"), kNow - 2 * kDayMs));
    ASSERT_TRUE(
        library->putPlay({kOnlyUser, id("c.flac"), kNow - 10 * kDayMs, 3, PlaySource::Web}));
    ASSERT_TRUE(library->putPlay({7, id("d.wav"), kNow, 4, PlaySource::Web}));
    EXPECT_THAT(matching("rating", "gt", "2"), ElementsAre("a"));
    EXPECT_THAT(matching("rating", "is", "0"), UnorderedElementsAre("c", "d"));
    EXPECT_THAT(matching("starred", "is", "true"), ElementsAre("b"));
    EXPECT_THAT(matching("starred", "isNot", "true"), UnorderedElementsAre("a", "c", "d"));
    EXPECT_THAT(matching("starredAt", "inTheLast", "3"), ElementsAre("b"));
    EXPECT_THAT(matching("starredAt", "inTheLast", "1"), IsEmpty());
    EXPECT_THAT(matching("playCount", "gt", "0"), ElementsAre("c"));
    EXPECT_THAT(matching("lastPlayed", "inTheLast", "11"), ElementsAre("c"));
    EXPECT_THAT(matching("lastPlayed", "notInTheLast", "9.5").size(), 4u); // never played, too
    EXPECT_THAT(matching("lastPlayed", "notInTheLast", "11"), UnorderedElementsAre("a", "b", "d"));
    EXPECT_THAT(matching("lastPlayed", "after", "\"2024-09-24\""), ElementsAre("c")); // day 19990
    EXPECT_THAT(matching("lastPlayed", "after", "\"2024-09-25\""), IsEmpty());
    EXPECT_THAT(matching("lastPlayed", "before", "\"2024-09-25\""), ElementsAre("c"));
}

TEST_F(SmartRulesTest, AllAndAnyWithinEachOther) {
    EXPECT_THAT(found(R"({"match": {"all": [
                    {"field": "genre", "operator": "is", "value": "jazz"},
                    {"any": [{"field": "year", "operator": "is", "value": 1959},
                             {"field": "title", "operator": "is", "value": "blue"}]}]}})"),
                ElementsAre("a"));
    EXPECT_THAT(found(R"({"match": {"any": [
                    {"field": "title", "operator": "is", "value": "blue"},
                    {"all": [{"field": "genre", "operator": "is", "value": "jazz"},
                             {"field": "year", "operator": "is", "value": 1959}]}]}})"),
                UnorderedElementsAre("a", "b"));
    EXPECT_EQ(found(R"({"match": {"all": []}})").size(), 4u);
    EXPECT_THAT(found(R"({"match": {"any": []}})"), IsEmpty());
    EXPECT_EQ(found("{}").size(), 4u);
}

TEST_F(SmartRulesTest, OrderAndLimit) {
    EXPECT_THAT(found(R"({"order": [{"by": "durationSeconds", "direction": "descending"}]})"),
                ElementsAre("d", "c", "b", "a"));
    EXPECT_THAT(found(R"({"order": [{"by": "artist"}, {"by": "durationSeconds"}]})"),
                ElementsAre("b", "a", "c", "d"));
    EXPECT_THAT(found(R"({"order": [{"by": "durationSeconds"}], "limit": {"tracks": 2}})"),
                ElementsAre("a", "b"));
    // 1 + 2 + 3 s
    EXPECT_THAT(found(R"({"order": [{"by": "durationSeconds"}], "limit": {"minutes": 0.1}})"),
                ElementsAre("a", "b", "c"));
}

TEST_F(SmartRulesTest, ARandomOrderIsThatOfItsSeed) {
    std::set<std::vector<std::string>> orders;
    for (int seed = 0; seed < 20; ++seed) {
        const std::string rules = R"({"order": {"random": )" + std::to_string(seed) + "}}";
        const auto order = found(rules);
        EXPECT_THAT(order, UnorderedElementsAre("a", "b", "c", "d"));
        EXPECT_EQ(found(rules, kNow + kDayMs), order);
        orders.insert(order);
    }
    EXPECT_GT(orders.size(), 8u); // of 24
    std::set<std::vector<std::string>> days;
    for (int day = 0; day < 20; ++day)
        days.insert(found(R"({"order": {"random": null}})", kNow + day * kDayMs));
    EXPECT_GT(days.size(), 8u);
}

TEST_F(SmartRulesTest, ResultsAreAlive) {
    const std::string jazz = R"({"match": {"field": "genre", "operator": "is", "value": "jazz"}})";
    EXPECT_EQ(found(jazz).size(), 2u);
    writeTags(root / "b.flac", {{"TITLE", "Blue"}, {"ARTIST", "Joni"}, {"GENRE", "Jazz"}});
    fs::remove(root / "a.flac");
    scan(*library);
    EXPECT_THAT(found(jazz), UnorderedElementsAre("b", "c"));
}

TEST_F(SmartRulesTest, WhatIsStoredIsTheSameRules) {
    const auto rules = SmartRules::parse(
        R"({ "limit": {"tracks":3}, "match": {"field":"year","operator":"gt","value":1960} })");
    const auto again = SmartRules::parse(rules->json());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->json(), rules->json());
    EXPECT_EQ(again->sql(), rules->sql());
}

TEST_F(SmartRulesTest, WhatIsWrongIsNamed) {
    const auto condition = [](const std::string& field, const std::string& op,
                              const std::string& value) {
        return R"({"match": {"all": [{"field": ")" + field + R"(", "operator": ")" + op +
               R"(", "value": )" + value + "}]}}";
    };
    std::string deep = R"({"field": "year", "operator": "is", "value": 1})";
    for (int i = 0; i < 9; ++i)
        deep = R"({"all": [)" + deep + "]}";
    std::string many;
    for (int i = 0; i < 101; ++i)
        many += std::string(i ? "," : "") + R"({"field":"year","operator":"is","value":1})";
    const std::pair<std::string, const char*> bad[] = {
        {"", "object"},
        {"[]", "object"},
        {"{", "object"},
        {R"({"rules": {}})", "unknown member 'rules'"},
        {R"({"match": {"field": "year"}})", "match"},
        {R"({"match": {"field": "year", "field": "title", "operator": "is", "value": 1}})",
         "twice"},
        {R"({"match": [], "order": []})", "match"},
        {R"({"match": {"all": {}}})", "match.all"},
        {R"({"match": {"all": [1]}})", "match.all[0]"},
        {condition("nothing", "is", "1"), "match.all[0].field"},
        {condition("year", "near", "1"), "gt, lt, inRange"},
        {condition("year", "is", "\"1\""), "match.all[0].value"},
        {condition("year", "inRange", "[2, 1]"), "[least, most]"},
        {condition("year", "inRange", "[1]"), "[least, most]"},
        {condition("title", "gt", "\"a\""), "startsWith"},
        {condition("title", "is", "1"), "text"},
        {condition("title", "is", "\"" + std::string(501, 'x') + "\""), "500"},
        {condition("starred", "is", "1"), "true or false"},
        {condition("starred", "gt", "true"), "is, isNot"},
        {condition("lastPlayed", "before", "\"2024-13-01\""), "day"},
        {condition("lastPlayed", "before", "\"yesterday\""), "day"},
        {condition("lastPlayed", "inTheLast", "0"), "days"},
        {condition("lastPlayed", "inTheLast", "1e9"), "days"},
        {condition("lastPlayed", "is", "1"), "notInTheLast"},
        {R"({"order": []})", "order"},
        {R"({"order": [{"by": "nothing"}]})", "order[0].by"},
        {R"({"order": [{"by": "year", "direction": "up"}]})", "order[0].direction"},
        {R"({"order": [{"by": "year"},{"by": "year"},{"by": "year"},{"by": "year"},{"by": "year"}]})",
         "order"},
        {R"({"order": {"random": -1}})", "order.random"},
        {R"({"order": {"random": 1.5}})", "order.random"},
        {R"({"limit": 5})", "limit"},
        {R"({"limit": {"tracks": 0}})", "limit.tracks"},
        {R"({"limit": {"tracks": 10001}})", "limit.tracks"},
        {R"({"limit": {"minutes": 0}})", "limit.minutes"},
        {R"({"limit": {"tracks": 1, "minutes": 1}})", "limit"},
        {R"({"match": )" + deep + "}", "deeper"},
        {R"({"match": {"all": [)" + many + "]}}", "conditions"},
        {"{\"match\": " + std::string(20'000, ' ') + "}", "bytes"},
        {"{\"match\": " + std::string(8'000, '[') + std::string(8'000, ']') + "}", "match"},
    };
    for (const auto& [text, named] : bad) {
        const auto rules = SmartRules::parse(text);
        ASSERT_FALSE(rules) << text;
        EXPECT_EQ(errorOf(rules), ErrorCode::InvalidArgument) << text;
        EXPECT_THAT(rules.error().message, HasSubstr(named)) << text;
        EXPECT_LT(rules.error().message.size(), 1000u);
    }
}

TEST_F(SmartRulesTest, TheWholeLibraryInOrderIsNotSorted) {
    const auto db = Connection::open(database, Access::ReadWrite).value();
    Statement rows = db->prepare("EXPLAIN QUERY PLAN " + SmartRules::parse("{}")->sql());
    std::string plan;
    while (rows.step().value())
        plan += rows.textAt(3) + "\n";
    EXPECT_THAT(plan, HasSubstr("track_in_order"));
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("play_count"), std::string::npos) << "nobody asked for it";
}

} // namespace
} // namespace segue::library
