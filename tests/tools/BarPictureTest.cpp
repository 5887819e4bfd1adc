#include "tools/segue/BarPicture.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace segue::tools {
namespace {

TEST(BarPicture, DrawsEighthsOnAScale) {
    const BarPicture picture{.values = {0, 1, 10, 20},
                             .bottom = 0,
                             .top = 20,
                             .rows = 2,
                             .labels = {{0, "a"}, {2, "b"}}};
    EXPECT_EQ(draw(picture, Glyphs::Unicode, ""), "   20 ┤   █\n"
                                                  "      ┤ ▁██\n"
                                                  "       a b\n");
    EXPECT_EQ(draw(picture, Glyphs::Ascii, ">"), ">   20 |   #\n"
                                                 ">      |  ##\n"
                                                 ">       a b\n");
}

TEST(BarPicture, CutsWhatIsOutsideAndIgnoresNonsense) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    const BarPicture picture{
        .values = {-5, 99, nan, -infinity}, .bottom = 0, .top = 10, .rows = 1, .barColumns = 2};
    EXPECT_EQ(draw(picture, Glyphs::Ascii, ""), "      |  ##\n");
}

TEST(BarPicture, LabelsNeverRunIntoEachOther) {
    const BarPicture picture{
        .values = {1, 1, 1, 1, 1}, .rows = 1, .labels = {{0, "0:00"}, {1, "0:10"}, {5, "0:50"}}};
    const std::string drawn = draw(picture, Glyphs::Ascii, "");
    EXPECT_NE(drawn.find("0:00 0:50"), std::string::npos) << drawn;
    EXPECT_EQ(drawn.find("0:10"), std::string::npos) << drawn;
}

} // namespace
} // namespace segue::tools
