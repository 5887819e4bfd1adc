// `segue analyze` as people run it.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

using nlohmann::json;
using test::Ended;
using test::runSegue;

constexpr int kRateHz = 44100;

std::vector<json> linesOf(const std::string& out) {
    std::vector<json> lines;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(json::parse(line));
    return lines;
}

class AnalyzeCommand : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
    std::string folder() const { return dir_.path().string(); }

    /// -20 dBFS of 1 kHz on both channels: -20 LUFS.
    std::string tone(const std::string& name, double amplitude = 0.1) const {
        test::writeAudio(file(name), test::sine(2, 5 * kRateHz, 1000, kRateHz, amplitude), kRateHz);
        return file(name);
    }

    test::TempDir dir_;
};

TEST_F(AnalyzeCommand, MeasuresAFile) {
    const Ended run = runSegue({"analyze", tone("tone.flac"), "--json"});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    const auto lines = linesOf(run.out);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0]["file"], file("tone.flac"));
    EXPECT_EQ(lines[0]["codec"], "flac");
    EXPECT_NEAR(lines[0]["integratedLufs"].get<double>(), -20, 0.1);
    EXPECT_NEAR(lines[0]["truePeakDbtp"].get<double>(), -20, 0.1);
    EXPECT_EQ(run.err, "");
}

TEST_F(AnalyzeCommand, OneFileIsShownInFull) {
    const Ended run = runSegue({"analyze", tone("tone.flac")});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    for (const char* text : {"tone.flac", "-20.0 LUFS", "44.1 kHz", "16 bits", "stereo", "0:05",
                             "Third octaves", "Loudness over time", "16k"})
        EXPECT_NE(run.out.find(text), std::string::npos) << text << "\n" << run.out;
}

TEST_F(AnalyzeCommand, AFolderIsATableInTheOrderOfNames) {
    for (const char* name : {"b.flac", "a.flac", "c.flac"})
        tone(name);
    test::writeAudio(file("not-music.txt"), test::sine(1, 100, 100, kRateHz), kRateHz);
    const Ended run = runSegue({"analyze", folder(), "--jobs", "3"});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    const auto a = run.out.find("a.flac");
    const auto b = run.out.find("b.flac");
    const auto c = run.out.find("c.flac");
    ASSERT_NE(c, std::string::npos) << run.out;
    EXPECT_TRUE(a < b && b < c) << run.out;
    EXPECT_EQ(run.out.find("not-music"), std::string::npos);
}

TEST_F(AnalyzeCommand, OneBadFileStopsNothingAndIsToldAtTheEnd) {
    tone("good.flac");
    tone("later.flac");
    std::ofstream(file("garbage.flac")) << "this is no music at all";
    const Ended run = runSegue({"analyze", file("missing.flac"), file("garbage.flac"),
                                file("good.flac"), file("later.flac"), "--json"});
    EXPECT_EQ(run.exitCode, 1);
    const auto lines = linesOf(run.out);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_TRUE(lines[0].contains("error") && lines[1].contains("error"));
    EXPECT_NEAR(lines[2]["integratedLufs"].get<double>(), -20, 0.1);
    EXPECT_NEAR(lines[3]["integratedLufs"].get<double>(), -20, 0.1);
    EXPECT_NE(run.err.find("missing.flac"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("garbage.flac"), std::string::npos) << run.err;
}

TEST_F(AnalyzeCommand, OddSoundsGiveSaneNumbers) {
    test::writeAudio(file("silent.wav"), AudioBuffer(2, 3 * kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    test::writeAudio(file("one-frame.wav"), test::sine(1, 1, 100, 8000, 0.5, 1), 8000,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    AudioBuffer broken = test::noise(2, 2 * kRateHz);
    broken.channel(0)[100] = std::numeric_limits<float>::quiet_NaN();
    broken.channel(1)[200] = std::numeric_limits<float>::infinity();
    test::writeAudio(file("broken.wav"), broken, kRateHz, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    const Ended run = runSegue({"analyze", folder(), "--json"});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    const auto lines = linesOf(run.out);
    ASSERT_EQ(lines.size(), 3u);
    for (const json& line : lines) {
        ASSERT_TRUE(line["integratedLufs"].is_number()) << line["file"];
        EXPECT_TRUE(std::isfinite(line["truePeakDbtp"].get<double>())) << line["file"];
    }
    for (const char* name : {"silent.wav", "one-frame.wav", "broken.wav"})
        EXPECT_EQ(runSegue({"analyze", file(name)}).exitCode, 0) << name;
    EXPECT_NE(runSegue({"analyze", file("silent.wav")}).out.find("silent"), std::string::npos);
}

TEST_F(AnalyzeCommand, AnEmptyFolderIsAProblem) {
    const Ended run = runSegue({"analyze", folder()});
    EXPECT_EQ(run.exitCode, 1);
    EXPECT_NE(run.err.find("no music"), std::string::npos) << run.err;
}

TEST_F(AnalyzeCommand, AWrongCommandLineIsTwo) {
    EXPECT_EQ(runSegue({"analyze"}).exitCode, 2);
    EXPECT_EQ(runSegue({"analyze", "x", "--no-such-flag"}).exitCode, 2);
    EXPECT_EQ(runSegue({"analyze", "x", "--jobs", "many"}).exitCode, 2);
}

TEST_F(AnalyzeCommand, NamesCannotUpsetATerminalOrTheJson) {
    tone("bell\a\033[2J.flac");
    tone("latin\xE9.flac");
    const Ended table = runSegue({"analyze", folder()});
    EXPECT_EQ(table.exitCode, 0);
    EXPECT_EQ(table.out.find('\033'), std::string::npos);
    const Ended lines = runSegue({"analyze", folder(), "--json"});
    EXPECT_EQ(linesOf(lines.out).size(), 2u);
}

TEST(Help, OfEverySubcommandHasAnExample) {
    for (const char* command : {"serve", "demo", "analyze", "enhance", "scorecard"}) {
        const Ended run = runSegue({command, "--help"});
        EXPECT_EQ(run.exitCode, 0) << command;
        EXPECT_NE(run.out.find(std::string("  segue ") + command), std::string::npos) << command;
    }
}

} // namespace
} // namespace segue::tools
