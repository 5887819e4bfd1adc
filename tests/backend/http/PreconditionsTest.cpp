#include "backend/http/Preconditions.h"

#include <gtest/gtest.h>

namespace segue::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds kModified{seconds(784111777)}; // Sun, 06 Nov 1994 08:49:37 GMT
const Validators kValidators{"\"v1\"", kModified};

Precondition outcome(const httplib::Headers& headers) {
    return evaluatePreconditions(headers, kValidators);
}

TEST(HttpDate, FormatsAndParsesAllThreeForms) {
    EXPECT_EQ(formatHttpDate(kModified), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kModified);
    EXPECT_EQ(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), kModified);
    EXPECT_EQ(parseHttpDate("Sun Nov  6 08:49:37 1994"), kModified);
    EXPECT_EQ(formatHttpDate(sys_seconds(seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HttpDate, RefusesEverythingElse) {
    for (const char* text : {"", "now", "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT GMT", "a b c d e f g h i"})
        EXPECT_FALSE(parseHttpDate(text)) << text;
}

TEST(Preconditions, IfNoneMatchComparesWeakly) {
    for (const char* tags :
         {"\"v1\"", "W/\"v1\"", "*", "\"v0\", \"v1\"", "\"a,b\",\"v1\"", " , \"v1\""})
        EXPECT_EQ(outcome({{"If-None-Match", tags}}), Precondition::NotModified) << tags;
    for (const char* tags : {"\"v2\"", "v1", "", "\"v1", "\"V1\"", "w/\"v1\""})
        EXPECT_EQ(outcome({{"If-None-Match", tags}}), Precondition::Proceed) << tags;
    EXPECT_EQ(outcome({{"If-None-Match", "\"v0\""}, {"If-None-Match", "\"v1\""}}),
              Precondition::NotModified);
}

TEST(Preconditions, IfMatchComparesStrongly) {
    EXPECT_EQ(outcome({{"If-Match", "\"v1\""}}), Precondition::Proceed);
    EXPECT_EQ(outcome({{"If-Match", "*"}}), Precondition::Proceed);
    EXPECT_EQ(outcome({{"If-Match", "W/\"v1\""}}), Precondition::Failed);
    EXPECT_EQ(outcome({{"If-Match", "\"v2\""}}), Precondition::Failed);
}

TEST(Preconditions, Dates) {
    const std::string same = formatHttpDate(kModified);
    const std::string before = formatHttpDate(kModified - seconds(1));
    EXPECT_EQ(outcome({{"If-Modified-Since", same}}), Precondition::NotModified);
    EXPECT_EQ(outcome({{"If-Modified-Since", before}}), Precondition::Proceed);
    EXPECT_EQ(outcome({{"If-Modified-Since", "yesterday"}}), Precondition::Proceed);
    EXPECT_EQ(outcome({{"If-Unmodified-Since", same}}), Precondition::Proceed);
    EXPECT_EQ(outcome({{"If-Unmodified-Since", before}}), Precondition::Failed);
}

TEST(Preconditions, TagsGoBeforeDates) {
    const std::string same = formatHttpDate(kModified);
    EXPECT_EQ(outcome({{"If-None-Match", "\"v2\""}, {"If-Modified-Since", same}}),
              Precondition::Proceed);
}

TEST(IfRange, HoldsOnlyForExactlyThisRepresentation) {
    EXPECT_TRUE(ifRangeHolds({}, kValidators));
    EXPECT_TRUE(ifRangeHolds({{"If-Range", "\"v1\""}}, kValidators));
    EXPECT_TRUE(ifRangeHolds({{"If-Range", formatHttpDate(kModified)}}, kValidators));
    for (const std::string& value :
         {std::string("\"v2\""), std::string("W/\"v1\""), std::string("v1"), std::string(),
          std::string("\"v1\", \"v2\""), formatHttpDate(kModified + seconds(1)),
          formatHttpDate(kModified - seconds(1))})
        EXPECT_FALSE(ifRangeHolds({{"If-Range", value}}, kValidators)) << value;
    EXPECT_FALSE(ifRangeHolds({{"If-Range", "\"\""}}, Validators{}));
}

} // namespace
} // namespace segue::http
