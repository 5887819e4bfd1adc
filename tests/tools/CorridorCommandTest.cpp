// `segue corridor` as people run it, and what `segue enhance` makes of its file.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

using test::contentOf;
using test::Ended;
using test::runSegue;

class CorridorCommand : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
    void music(const std::string& name, unsigned seed) const {
        constexpr int kRateHz = 22050;
        test::writeAudio(file(name), test::musicLike(2, 3 * kRateHz, kRateHz, seed), kRateHz);
    }
    void library(unsigned tracks) const {
        std::filesystem::create_directory(file("library"));
        for (unsigned i = 0; i < tracks; ++i)
            music("library/" + std::to_string(i) + ".wav", i + 1);
    }

    test::TempDir dir_;
};

TEST_F(CorridorCommand, WhatItLearnsIsWhatEnhanceGoesBy) {
    library(20);
    const Ended learn = runSegue({"corridor", file("library"), "-o", file("mine")});
    ASSERT_EQ(learn.exitCode, 0) << learn.err;
    EXPECT_NE(learn.out.find("learned from 20 tracks"), std::string::npos) << learn.out;
    music("song.wav", 99);
    const Ended enhance =
        runSegue({"enhance", file("song.wav"), "-o", file("out.wav"), "--corridor", file("mine")});
    ASSERT_EQ(enhance.exitCode, 0) << enhance.err;
    EXPECT_NE(enhance.out.find("learned from 20 tracks of this library"), std::string::npos)
        << enhance.out;
}

TEST_F(CorridorCommand, TheSameFileOnOneCoreAndOnMany) {
    library(20);
    for (const char* jobs : {"1", "3"})
        ASSERT_EQ(
            runSegue({"corridor", file("library"), "-o", file(jobs), "--jobs", jobs}).exitCode, 0);
    EXPECT_TRUE(contentOf(file("1")) == contentOf(file("3")));
}

TEST_F(CorridorCommand, TooFewTracksAreAnError) {
    library(3);
    const Ended learn = runSegue({"corridor", file("library"), "-o", file("mine")});
    EXPECT_EQ(learn.exitCode, 1);
    EXPECT_NE(learn.err.find("at least 20"), std::string::npos) << learn.err;
    EXPECT_FALSE(std::filesystem::exists(file("mine")));
}

TEST_F(CorridorCommand, EnhanceRefusesWhatIsNoCorridor) {
    music("song.wav", 1);
    std::ofstream(file("mine")) << "no corridor";
    const Ended enhance =
        runSegue({"enhance", file("song.wav"), "-o", file("out.wav"), "--corridor", file("mine")});
    EXPECT_EQ(enhance.exitCode, 2);
    EXPECT_NE(enhance.err.find("--corridor"), std::string::npos) << enhance.err;
}

} // namespace
} // namespace segue::tools
