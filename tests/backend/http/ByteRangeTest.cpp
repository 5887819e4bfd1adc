#include "backend/http/ByteRange.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace segue::http {
namespace {

const RangeOutcome kWhole = WholeBody{};
const RangeOutcome kUnsatisfiable = Unsatisfiable{};
RangeOutcome part(std::int64_t offset, std::int64_t length) {
    return ByteRange{offset, length};
}

TEST(ByteRange, OneRangeWithinTheResource) {
    EXPECT_EQ(parseRange("bytes=0-0", 1000), part(0, 1));
    EXPECT_EQ(parseRange("bytes=0-1", 1000), part(0, 2));
    EXPECT_EQ(parseRange("bytes=999-999", 1000), part(999, 1));
    EXPECT_EQ(parseRange("bytes=500-", 1000), part(500, 500));
    EXPECT_EQ(parseRange("bytes=-1", 1000), part(999, 1));
    EXPECT_EQ(parseRange("bytes=-1000", 1000), part(0, 1000));
    EXPECT_EQ(parseRange("bytes=000-0009", 1000), part(0, 10));
}

TEST(ByteRange, EndsAreClamped) {
    EXPECT_EQ(parseRange("bytes=0-1000", 1000), part(0, 1000));
    EXPECT_EQ(parseRange("bytes=999-99999999999999999999999999", 1000), part(999, 1));
    EXPECT_EQ(parseRange("bytes=-1001", 1000), part(0, 1000));
    EXPECT_EQ(parseRange("bytes=-99999999999999999999999999", 1000), part(0, 1000));
    EXPECT_EQ(parseRange("bytes=0-9223372036854775807", INT64_MAX), part(0, INT64_MAX));
}

TEST(ByteRange, BeyondTheEndIsUnsatisfiable) {
    EXPECT_EQ(parseRange("bytes=1000-", 1000), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=1000-2000", 1000), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=99999999999999999999999999-", 1000), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=-0", 1000), kUnsatisfiable);
}

TEST(ByteRange, NothingOfAnEmptyResource) {
    EXPECT_EQ(parseRange("bytes=0-", 0), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=0-0", 0), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=-0", 0), kUnsatisfiable);
    EXPECT_EQ(parseRange("bytes=-5", 0), kWhole);
    EXPECT_EQ(parseRange("", 0), kWhole);
}

TEST(ByteRange, MalformedIsIgnored) {
    for (const char* header :
         {"",           "bytes",      "bytes=",      "bytes=-",   "bytes=,",
          "bytes=5",    "bytes=5-1",  "bytes=a-",    "bytes=-a",  "bytes=1-a",
          "bytes=--1",  "bytes=1--1", "bytes=1-2-3", "bytes= ",   "bytes=1 -2",
          "bytes=+1-2", "bytes=0x1-", "=0-1",        "bytes 0-1", "bytes=\xff-",
          "bytes=1.0-2"})
        EXPECT_EQ(parseRange(header, 1000), kWhole) << header;
}

TEST(ByteRange, OtherUnitsAreIgnored) {
    EXPECT_EQ(parseRange("seconds=0-1", 1000), kWhole);
    EXPECT_EQ(parseRange("byte=0-1", 1000), kWhole);
    EXPECT_EQ(parseRange("bytess=0-1", 1000), kWhole);
    EXPECT_EQ(parseRange("Bytes=0-1", 1000), part(0, 2));
}

TEST(ByteRange, SeveralRangesGiveTheWhole) {
    EXPECT_EQ(parseRange("bytes=0-1,2-3", 1000), kWhole);
    EXPECT_EQ(parseRange("bytes=5000-,0-1", 1000), kWhole);
    EXPECT_EQ(parseRange("bytes=100-,-5", 1000), kWhole);
}

TEST(ByteRange, EmptyListElementsDoNotCount) {
    EXPECT_EQ(parseRange("bytes=,0-1", 1000), part(0, 2));
    EXPECT_EQ(parseRange("bytes= 0-1 ,\t,", 1000), part(0, 2));
}

} // namespace
} // namespace segue::http
