// `segue scorecard` as people run it.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

using nlohmann::json;
using test::contentOf;
using test::Ended;
using test::runSegue;

constexpr int kRateHz = 22050;

class ScorecardCommand : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
    std::string music(const std::string& name, int seconds = 35) const {
        test::writeAudio(file(name), test::musicLike(2, seconds * kRateHz, kRateHz), kRateHz);
        return file(name);
    }
    static std::vector<json> linesOf(const std::string& out) {
        std::vector<json> lines;
        std::istringstream stream(out);
        for (std::string line; std::getline(stream, line);)
            lines.push_back(json::parse(line));
        return lines;
    }

    test::TempDir dir_;
};

TEST_F(ScorecardCommand, TellsEveryPresetAndTheSummary) {
    const Ended run = runSegue({"scorecard", music("song.flac"), "--preset", "all", "--json"});
    const auto lines = linesOf(run.out);
    ASSERT_EQ(lines.size(), 2u) << run.err;
    EXPECT_EQ(lines[0]["masters"].size(), 6u);
    EXPECT_EQ(lines[0]["bypassIsSource"], true);
    bool passed = true;
    for (const json& row : lines[1]["summary"]) {
        passed = passed && row["passed"].get<bool>();
        if (row["name"] == "residual") {
            EXPECT_LE(row["worst"].get<double>(), -90);
        }
        if (row["name"] == "order" || row["name"] == "bypass" || row["name"] == "presets-differ") {
            EXPECT_TRUE(row["passed"].get<bool>()) << row;
        }
    }
    EXPECT_EQ(run.exitCode, passed ? 0 : 1);
}

TEST_F(ScorecardCommand, PrintsTables) {
    const Ended run = runSegue({"scorecard", music("song.flac"), "--preset", "warm", "--preset",
                                "live", "--null-tests", "turn", "--intensity", "0.5"});
    EXPECT_LE(run.exitCode, 1) << run.err;
    for (const char* text : {"song.flac", "0:35", "warm", "live", "before", "true peak over",
                             "chunked against one pass", "same"})
        EXPECT_NE(run.out.find(text), std::string::npos) << text << "\n" << run.out;
}

TEST_F(ScorecardCommand, KeepsWhatEnhanceWouldWrite) {
    const std::string song = music("song.flac");
    const Ended run = runSegue({"scorecard", song, "--preset", "warm", "--keep", file("kept")});
    EXPECT_LE(run.exitCode, 1) << run.err;
    ASSERT_EQ(runSegue({"enhance", song, "-o", file("enhanced.wav"), "--preset", "warm"}).exitCode,
              0);
    // Header and samples; what `enhance` writes ends with tags, so the file's own size is another.
    constexpr std::size_t kRiffAndSize = 8;
    const std::string kept = contentOf(file("kept/warm/song.wav")).substr(kRiffAndSize);
    EXPECT_TRUE(contentOf(file("enhanced.wav")).substr(kRiffAndSize, kept.size()) == kept);
}

TEST_F(ScorecardCommand, IntensityZeroPasses) {
    const Ended run = runSegue({"scorecard", music("song.flac"), "--intensity", "0"});
    EXPECT_EQ(run.exitCode, 0) << run.out << run.err;
}

TEST_F(ScorecardCommand, SilencePasses) {
    test::writeAudio(file("silent.wav"), AudioBuffer(2, 2 * kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const Ended run = runSegue({"scorecard", file("silent.wav"), "--preset", "all"});
    EXPECT_EQ(run.exitCode, 0) << run.out << run.err;
}

TEST_F(ScorecardCommand, BadFilesAreToldAndFail) {
    std::ofstream(file("garbage.flac")) << "this is no music at all";
    const Ended run = runSegue(
        {"scorecard", file("garbage.flac"), music("song.flac", 3), file("missing.flac"), "--json"});
    EXPECT_EQ(run.exitCode, 1);
    EXPECT_EQ(linesOf(run.out).size(), 2u);
    EXPECT_NE(run.err.find("garbage.flac"), std::string::npos);
    EXPECT_NE(run.err.find("missing.flac"), std::string::npos);
    EXPECT_EQ(runSegue({"scorecard", file("missing.flac")}).exitCode, 1);
}

TEST_F(ScorecardCommand, AWrongCommandLineIsTwo) {
    const std::string song = music("song.flac", 1);
    EXPECT_EQ(runSegue({"scorecard"}).exitCode, 2);
    EXPECT_EQ(runSegue({"scorecard", song, "--preset", "loudest"}).exitCode, 2);
    EXPECT_EQ(runSegue({"scorecard", song, "--null-tests", "some"}).exitCode, 2);
    EXPECT_EQ(runSegue({"scorecard", song, "--intensity", "nan"}).exitCode, 2);
}

} // namespace
} // namespace segue::tools
