// Lyrics in all the shapes that files have.

#include "library/LrcFile.h"

#include <gtest/gtest.h>

namespace segue::library {
namespace {

using Lines = std::vector<LyricLine>;

TEST(LrcFile, StampsOfAllKinds) {
    const Lyrics lyrics = parseLrc("[ti:Title]\n[ar: Somebody]\r\n\n[00:01]one\n[00:02.5] two \r\n"
                                   "[00:03.25]three\r[00:04.125]four\n[61:05:50]five\n"
                                   "[#:a comment]\n[by:me]\n");
    EXPECT_TRUE(lyrics.synced);
    EXPECT_EQ(
        lyrics.lines,
        (Lines{
            {1000, "one"}, {2500, "two"}, {3250, "three"}, {4125, "four"}, {3'665'500, "five"}}));
}

TEST(LrcFile, SeveralStampsALineComeInOrder) {
    const Lyrics lyrics =
        parseLrc("[00:10.00][00:30.00]refrain\n[00:20.00]verse [live]\n[00:25]\n");
    EXPECT_EQ(
        lyrics.lines,
        (Lines{{10'000, "refrain"}, {20'000, "verse [live]"}, {25'000, ""}, {30'000, "refrain"}}));
}

TEST(LrcFile, AnOffsetMovesAllLinesWhereverItStands) {
    EXPECT_EQ(parseLrc("[00:01.00]a\n[offset:+500]\n[00:00.20]b").lines,
              (Lines{{0, "b"}, {500, "a"}}));
    EXPECT_EQ(parseLrc("[offset: -250]\n[00:01.00]a").lines, (Lines{{1250, "a"}}));
    EXPECT_EQ(parseLrc("[offset:much]\n[00:01.00]a").lines, (Lines{{1000, "a"}}));
}

TEST(LrcFile, StampsOfWordsAreLeftOut) {
    EXPECT_EQ(parseLrc("[00:01.00]<00:01.00>Two <00:01.50>words <3 <b>").lines,
              (Lines{{1000, "Two words <3 <b>"}}));
}

TEST(LrcFile, TextWithoutStampsIsPlain) {
    const Lyrics lyrics = parseLrc("\n[Chorus]\nLa la\n\n[Verse 1: Somebody]\nLa\n\n");
    EXPECT_FALSE(lyrics.synced);
    EXPECT_EQ(
        lyrics.lines,
        (Lines{{0, "[Chorus]"}, {0, "La la"}, {0, ""}, {0, "[Verse 1: Somebody]"}, {0, "La"}}));
    EXPECT_TRUE(parseLrc("").lines.empty());
    EXPECT_TRUE(parseLrc("\n \n").lines.empty());
}

TEST(LrcFile, EncodingsByMarkAndByLook) {
    const Lines wanted{{1000, "é"}};
    EXPECT_EQ(parseLrc("\xEF\xBB\xBF[00:01]\xC3\xA9").lines, wanted);
    EXPECT_EQ(parseLrc("[00:01]\xE9").lines, wanted);
    std::string wide("\xFF\xFE", 2);
    for (const char c : std::string("[00:01]\xE9"))
        wide += {c, '\0'};
    EXPECT_EQ(parseLrc(wide).lines, wanted);
    std::string turned("\xFE\xFF", 2);
    for (const char c : std::string("[00:01]\xE9"))
        turned += {'\0', c};
    EXPECT_EQ(parseLrc(turned).lines, wanted);
    EXPECT_EQ(parseLrc(std::string("\xFF\xFE[\0\x3D\xD8\x00\xDE", 8)).lines, (Lines{{0, "[😀"}}));
}

TEST(LrcFile, WhatIsTooMuchIsLeftOut) {
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "[00:01]";
    std::string lines;
    for (int i = 0; i < 400; ++i)
        lines += many.substr(0, 2000) + "x\n";
    EXPECT_LE(parseLrc(lines).lines.size(), 20'000u);
    EXPECT_EQ(parseLrc("[99999999999999999999:01]a").synced, false);
    EXPECT_EQ(parseLrc("[00:99]a").synced, false);
    EXPECT_EQ(parseLrc("[00:01").synced, false);
}

} // namespace
} // namespace segue::library
