#include "tools/segue/ProgressBar.h"

#include <limits>

#include <gtest/gtest.h>

namespace segue::tools {
namespace {

TEST(ProgressLine, TellsEverythingWhereThereIsRoom) {
    const std::string line = progressLine("Pre-warming", 0.5, "Some Song", 83, 100);
    EXPECT_EQ(line, "Pre-warming [###############...............]  50 %  1 min left  Some Song");
}

TEST(ProgressLine, NeverExceedsItsColumns) {
    for (int columns = 0; columns <= 120; ++columns)
        for (const double fraction : {0.0, 0.333, 1.0}) {
            const std::string line = progressLine("A title that is rather long", fraction,
                                                  "And a detail", 4000, columns);
            EXPECT_LE(static_cast<int>(line.size()), columns);
            if (columns >= 5) {
                EXPECT_NE(line.find('%'), std::string::npos) << columns;
            }
        }
}

TEST(ProgressLine, CutsBetweenCharactersNotInsideThem) {
    const std::string line =
        progressLine("T", 0.1, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", -1, 50);
    std::size_t accents = 0;
    for (std::size_t at = line.find('\xC3'); at != std::string::npos;
         at = line.find('\xC3', at + 1)) {
        ASSERT_LT(at + 1, line.size());
        EXPECT_EQ(line[at + 1], '\xA9');
        ++accents;
    }
    EXPECT_EQ(accents, 6u);
    const std::string narrow = progressLine("\xC3\xA9\xC3\xA9\xC3\xA9", 0.1, "", -1, 8);
    EXPECT_EQ(narrow, "\xC3\xA9\xC3\xA9  10 %");
}

TEST(ProgressLine, DisarmsControlCharacters) {
    const std::string line = progressLine("T", 0, "a\033[2Jb\nc", -1, 80);
    EXPECT_EQ(line.find('\033'), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NE(line.find("a?[2Jb?c"), std::string::npos);
}

TEST(ProgressLine, TakesNonsenseForNothingDone) {
    EXPECT_NE(progressLine("T", std::numeric_limits<double>::quiet_NaN(), "", -1, 80).find("  0 %"),
              std::string::npos);
    EXPECT_NE(progressLine("T", 7, "", -1, 80).find("100 %"), std::string::npos);
}

TEST(ProgressBar, IsSilentWhereThereIsNoTerminal) {
    testing::internal::CaptureStderr();
    {
        ProgressBar bar("Work");
        bar.update(0.5, "half");
        bar.update(1.0, "all");
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressBar, VerboseTellsEveryTenthOnce) {
    testing::internal::CaptureStderr();
    {
        ProgressBar bar("Work", ProgressBar::Verbose::Yes);
        for (const double fraction : {0.05, 0.11, 0.12, 0.35, 0.2, 1.0})
            bar.update(fraction, "x");
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "Work: 10 % x\nWork: 30 % x\nWork: 100 % x\n");
}

} // namespace
} // namespace segue::tools
