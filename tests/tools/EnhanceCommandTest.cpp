// `segue enhance` as people run it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using test::contentOf;
using test::Ended;
using test::runSegue;

constexpr int kRateHz = 22050;

class EnhanceCommand : public testing::Test {
  protected:
    void SetUp() override { fs::create_directory(dir_.path() / "out"); }

    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
    std::string music(const std::string& name, int seconds = 5, unsigned seed = 7) const {
        test::writeAudio(file(name), test::musicLike(2, seconds * kRateHz, kRateHz, seed), kRateHz);
        return file(name);
    }
    /// What lies in a folder, hidden files too.
    std::size_t entries(const std::string& folder) const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(file(folder)), fs::directory_iterator()));
    }

    test::TempDir dir_;
};

SF_INFO infoOf(const std::string& path) {
    SF_INFO info{};
    SNDFILE* opened = sf_open(path.c_str(), SFM_READ, &info);
    EXPECT_NE(opened, nullptr) << path;
    sf_close(opened);
    return info;
}

double lufsOf(const std::string& path) {
    const Ended run = runSegue({"analyze", "--json", path});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    return nlohmann::json::parse(run.out)["integratedLufs"].get<double>();
}

TEST_F(EnhanceCommand, MastersToTheTargetInEveryFormat) {
    const std::string song = music("song.flac", 40);
    for (const auto& [bits, subtype] :
         {std::pair{"16", SF_FORMAT_PCM_16}, std::pair{"24", SF_FORMAT_PCM_24},
          std::pair{"32", SF_FORMAT_FLOAT}}) {
        const std::string out = file("out/" + std::string(bits) + ".wav");
        const Ended run =
            runSegue({"enhance", song, "-o", out, "--bits", bits, "--target", "-18", "--measure"});
        ASSERT_EQ(run.exitCode, 0) << run.err;
        EXPECT_EQ(run.err, "");
        EXPECT_NE(run.out.find("target -18.0"), std::string::npos) << run.out;
        const SF_INFO info = infoOf(out);
        EXPECT_EQ(info.format & SF_FORMAT_SUBMASK, subtype);
        EXPECT_EQ(info.frames, 40 * kRateHz);
        EXPECT_NEAR(lufsOf(out), -18, 0.8);
    }
}

TEST_F(EnhanceCommand, TheSameBytesOnOneCoreAndOnMany) {
    const std::string song = music("song.flac", 95);
    for (const char* jobs : {"1", "3"})
        ASSERT_EQ(
            runSegue({"enhance", song, "-o", file(std::string(jobs) + ".wav"), "--jobs", jobs})
                .exitCode,
            0);
    EXPECT_TRUE(contentOf(file("1.wav")) == contentOf(file("3.wav")));
}

TEST_F(EnhanceCommand, IntensityZeroIsTheSource) {
    AudioBuffer sound = test::musicLike(2, 40 * kRateHz, kRateHz);
    test::writeAudio(file("song.wav"), sound, kRateHz, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    ASSERT_EQ(
        runSegue({"enhance", file("song.wav"), "-o", file("out/"), "--intensity", "0"}).exitCode,
        0);
    EXPECT_TRUE(contentOf(file("out/song.wav")) == contentOf(file("song.wav")));
}

TEST_F(EnhanceCommand, PresetsDifferAndAFileMayHoldOne) {
    const std::string song = music("song.flac", 20);
    ASSERT_EQ(runSegue({"enhance", song, "-o", file("a.wav")}).exitCode, 0);
    ASSERT_EQ(runSegue({"enhance", song, "-o", file("b.wav"), "--preset", "bright"}).exitCode, 0);
    std::ofstream(file("mine.json")) << R"({"toneDb": [6, 0, 0, 0, 0], "targetLufs": -20})";
    const Ended own =
        runSegue({"enhance", song, "-o", file("c.wav"), "--preset", file("mine.json")});
    ASSERT_EQ(own.exitCode, 0) << own.err;
    EXPECT_NE(own.out.find("mine"), std::string::npos);
    EXPECT_NEAR(lufsOf(file("c.wav")), -20, 0.8);
    EXPECT_NE(contentOf(file("a.wav")), contentOf(file("b.wav")));
    std::ofstream(file("wrong.json")) << R"({"toneDb": [60, 0, 0, 0, 0]})";
    EXPECT_EQ(
        runSegue({"enhance", song, "-o", file("d.wav"), "--preset", file("wrong.json")}).exitCode,
        2);
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("d.wav"), "--preset", "loud"}).exitCode, 2);
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("d.wav"), "--preset", "all"}).exitCode, 2);
}

TEST_F(EnhanceCommand, MatchesAReference) {
    const std::string song = music("song.flac", 20);
    const std::string loud = music("loud.flac", 20, 9);
    const double wanted = lufsOf(loud);
    const Ended run = runSegue({"enhance", song, "-o", file("a.wav"), "--reference", loud});
    ASSERT_EQ(run.exitCode, 0) << run.err;
    EXPECT_NE(run.out.find("loud"), std::string::npos) << run.out;
    EXPECT_NEAR(lufsOf(file("a.wav")), wanted, 1.5);
    for (const std::string& bad : {file("missing.flac"), file("out")})
        EXPECT_EQ(runSegue({"enhance", song, "-o", file("b.wav"), "--reference", bad}).exitCode, 2);
    test::writeAudio(file("silent.wav"), AudioBuffer(2, kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("b.wav"), "--reference", file("silent.wav")})
                  .exitCode,
              2);
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("b.wav"), "--blend", "0.5"}).exitCode, 2);
}

TEST_F(EnhanceCommand, NeverReplacesWhatIsThereUnlessTold) {
    const std::string song = music("song.flac");
    std::ofstream(file("out.wav")) << "precious";
    const Ended refused = runSegue({"enhance", song, "-o", file("out.wav")});
    EXPECT_EQ(refused.exitCode, 1);
    EXPECT_NE(refused.err.find("--overwrite"), std::string::npos) << refused.err;
    EXPECT_EQ(contentOf(file("out.wav")), "precious");
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("out.wav"), "--overwrite"}).exitCode, 0);
    EXPECT_EQ(contentOf(file("out.wav")).substr(0, 4), "RIFF");
}

TEST_F(EnhanceCommand, NeverReplacesItsSource) {
    test::writeAudio(file("song.wav"), test::musicLike(2, kRateHz, kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    const std::string before = contentOf(file("song.wav"));
    fs::create_symlink(file("song.wav"), file("link.wav"));
    for (const std::string& out : {file("song.wav"), file(""), file("link.wav")})
        EXPECT_EQ(runSegue({"enhance", file("song.wav"), "-o", out, "--overwrite"}).exitCode, 1);
    EXPECT_TRUE(contentOf(file("song.wav")) == before);
}

TEST_F(EnhanceCommand, OneBadFileStopsNothingAndLeavesNothing) {
    const std::string song = music("song.flac");
    std::ofstream(file("garbage.flac")) << "this is no music at all";
    const Ended run =
        runSegue({"enhance", file("garbage.flac"), file("missing.flac"), song, "-o", file("out")});
    EXPECT_EQ(run.exitCode, 1);
    EXPECT_NE(run.err.find("garbage.flac"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("missing.flac"), std::string::npos) << run.err;
    EXPECT_TRUE(fs::exists(file("out/song.wav")));
    EXPECT_EQ(entries("out"), 1u);
}

TEST_F(EnhanceCommand, OddSoundsComeThrough) {
    test::writeAudio(file("silent.wav"), AudioBuffer(2, 3 * kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    test::writeAudio(file("one.wav"), test::sine(1, 1, 100, 8000, 0.5, 1), 8000,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    test::writeAudio(file("six.wav"), test::musicLike(6, 3 * kRateHz, kRateHz), kRateHz,
                     SF_FORMAT_WAV | SF_FORMAT_PCM_24);
    const Ended run = runSegue(
        {"enhance", file("silent.wav"), file("one.wav"), file("six.wav"), "-o", file("out/")});
    EXPECT_EQ(run.exitCode, 0) << run.err;
    EXPECT_EQ(infoOf(file("out/one.wav")).frames, 1);
    EXPECT_EQ(infoOf(file("out/six.wav")).channels, 6);
    SF_INFO info{};
    SNDFILE* silent = sf_open(file("out/silent.wav").c_str(), SFM_READ, &info);
    std::vector<short> samples(static_cast<std::size_t>(info.frames * 2));
    ASSERT_EQ(sf_readf_short(silent, samples.data(), info.frames), 3 * kRateHz);
    sf_close(silent);
    for (const short sample : samples)
        ASSERT_LE(std::abs(sample), 1); // dither
}

TEST_F(EnhanceCommand, WrongOutputsAreTold) {
    const std::string song = music("song.flac");
    EXPECT_EQ(runSegue({"enhance", song}).exitCode, 2);
    const Ended kind = runSegue({"enhance", song, "-o", file("song.xyz")});
    EXPECT_EQ(kind.exitCode, 2);
    EXPECT_NE(kind.err.find(".wav"), std::string::npos) << kind.err;
    std::ofstream(file("plain")) << "a file";
    EXPECT_EQ(runSegue({"enhance", song, song, "-o", file("plain")}).exitCode, 2);
    EXPECT_EQ(runSegue({"enhance", song, song, "-o", file("out")}).exitCode, 2)
        << "two would have one name";
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("missing/song.wav")}).exitCode, 1);
    fs::create_directory(file("folder.wav"));
    EXPECT_EQ(runSegue({"enhance", song, "-o", file("folder.wav")}).exitCode, 0);
    EXPECT_TRUE(fs::exists(file("folder.wav/song.wav")));
}

TEST_F(EnhanceCommand, AReadOnlyFolderIsTold) {
    const std::string song = music("song.flac");
    fs::permissions(file("out"), fs::perms::owner_read | fs::perms::owner_exec);
    // Root may write anywhere but where the kernel says no.
    const std::string folder = ::geteuid() == 0 ? "/proc" : file("out");
    const Ended run = runSegue({"enhance", song, "-o", folder});
    fs::permissions(file("out"), fs::perms::owner_all);
    EXPECT_EQ(run.exitCode, 1);
    EXPECT_NE(run.err.find("write '" + folder), std::string::npos) << run.err;
}

TEST_F(EnhanceCommand, NumbersOutOfRangeAreTwo) {
    const std::string song = music("song.flac");
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--intensity", "1.1"},
                                                  {"--intensity", "nan"},
                                                  {"--intensity", "-0.1"},
                                                  {"--target", "-7.9"},
                                                  {"--target", "-24"},
                                                  {"--target", "inf"},
                                                  {"--ceiling", "0.1"},
                                                  {"--ceiling", "-10"},
                                                  {"--bits", "20"},
                                                  {"--jobs", "-1"},
                                                  {"--blend", "2", "--reference", song}}) {
        std::vector<std::string> arguments{"enhance", song, "-o", file("x.wav")};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        EXPECT_EQ(runSegue(arguments).exitCode, 2) << wrong[0] << " " << wrong[1];
    }
    EXPECT_FALSE(fs::exists(file("x.wav")));
}

} // namespace
} // namespace segue::tools
