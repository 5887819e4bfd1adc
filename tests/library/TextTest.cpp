// Whatever bytes come in, valid UTF-8 goes out; sort keys sort and are searched as documented.

#include <random>

#include <gtest/gtest.h>

#include "library/Text.h"

namespace segue::library {
namespace {

TEST(DisplayText, KeepsValidTextAndReplacesTheRest) {
    EXPECT_EQ(displayText("Bj\xC3\xB6rk \xE2\x82\xAC \xF0\x9F\x8E\xB5"),
              "Bj\xC3\xB6rk \xE2\x82\xAC \xF0\x9F\x8E\xB5");
    EXPECT_EQ(displayText("a\xFF"
                          "b"),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(displayText("\xE2\x82"), "\xEF\xBF\xBD");
    EXPECT_EQ(displayText("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");         // overlong
    EXPECT_EQ(displayText("\xED\xA0\x80").find('\xED'), std::string::npos); // a surrogate
    EXPECT_FALSE(isUtf8("\xF4\x90\x80\x80"));                               // beyond U+10FFFF
}

TEST(DisplayText, GivesValidTextForAnyBytes) {
    std::mt19937 random(7);
    for (int i = 0; i < 20000; ++i) {
        std::string bytes(random() % 12, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        EXPECT_TRUE(isUtf8(displayText(bytes)));
        EXPECT_TRUE(isUtf8(cleanTag(bytes)));
        EXPECT_TRUE(isUtf8(foldCase(displayText(bytes))));
    }
}

TEST(CleanTag, TakesTextWithoutAnyUtf8ForLatin1) {
    EXPECT_EQ(cleanTag("Bj\xF6rk"), "Bj\xC3\xB6rk");
    // Cut in the middle of a letter by somebody else: still UTF-8.
    EXPECT_EQ(cleanTag("\xC3\xA9t\xC3"), "\xC3\xA9t\xEF\xBF\xBD");
}

TEST(CleanTag, DropsControlCharactersAndOuterSpace) {
    EXPECT_EQ(cleanTag(std::string_view("\n a\tb\0c \r\n", 9)), "a b c");
    EXPECT_EQ(cleanTag(" \n "), "");
}

TEST(CleanTag, IsBoundedAtACharactersBorder) {
    std::string text = "x";
    while (text.size() < 3 * kMaxTagBytes)
        text += "\xC3\xB6";
    const std::string clean = cleanTag(text);
    EXPECT_EQ(clean.size(), kMaxTagBytes - 1);
    EXPECT_TRUE(isUtf8(clean));
}

TEST(FoldCase, LowersLatinGreekAndCyrillic) {
    EXPECT_EQ(foldCase("ABC \xC3\x84\xC3\x96\xC3\x98 \xC5\x81\xC5\xBB \xC5\xA0 \xC3\x97"),
              "abc \xC3\xA4\xC3\xB6\xC3\xB8 \xC5\x82\xC5\xBC \xC5\xA1 \xC3\x97");
    EXPECT_EQ(foldCase("\xCE\xA9\xCE\x9B \xD0\x96\xD0\x81 \xE1\xBA\x9E"),
              "\xCF\x89\xCE\xBB \xD0\xB6\xD1\x91 \xC3\x9F");
}

TEST(SortKey, OrdersByArtistAlbumDiscTrackTitleWhateverTheCase) {
    const std::vector<SortFields> ordered{
        {"", "abba", "Arrival", "z", 1, 1},   {"", "ABBA", "arrival", "a", 1, 2},
        {"", "Abba", "Arrival", "a", 1, 10},  {"", "Abba", "Arrival", "b", 1, 10},
        {"", "Abba", "Arrival", "a", 2, 1},   {"", "Abba", "Waterloo", "a", 0, 0},
        {"", "Abba B", "Arrival", "a", 0, 0}, {"", "", "Arrival", "a", 0, 0}};
    for (std::size_t i = 1; i < ordered.size(); ++i)
        EXPECT_LT(sortKeyOf(ordered[i - 1]), sortKeyOf(ordered[i])) << i;
    EXPECT_LT(sortKeyOf({"Various", "Zed", "", "", 0, 0}), sortKeyOf({"", "Young", "", "", 0, 0}));
}

TEST(SortKey, ContainsExactlyItsTexts) {
    const std::string key = sortKeyOf({"Various", "Zed", "Best Of", "Na\xC3\x8Fve", 65, 0x30A9});
    for (const auto* found : {"vario", "ZED", "st o", "na\xC3\xAFVE", "\xC3\xAF"})
        EXPECT_NE(key.find(searchNeedleOf(found)), std::string::npos) << found;
    for (const auto* absent : {"A", "q", "zedbest", "of\xC3\xAF", "\xC2\x81"})
        EXPECT_EQ(sortKeyOf({"Various", "Zed", "Best Of", "Nive", 65, 0x30A9})
                      .find(searchNeedleOf(std::string("x") + absent)),
                  std::string::npos)
            << absent;
}

TEST(SortKey, NumbersAreNoText) {
    for (int number = 0; number < 70000; number += 7) {
        const std::string key = sortKeyOf({"", "", "", "", number, number});
        for (const char c : key)
            EXPECT_TRUE(c == '\0' || c == '\x02' || (c & 0xC0) == 0x80);
    }
}

} // namespace
} // namespace segue::library
