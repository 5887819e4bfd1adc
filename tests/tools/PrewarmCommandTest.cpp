// `segue prewarm` as it is run: by itself, and through a server that runs on the data folder.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "backend/Application.h"
#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"
#include "tools/segue/RemotePrewarm.h"

namespace segue::tools {
namespace {

using test::Ended;
using test::runSegue;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class PrewarmCommandTest : public ::testing::Test {
  protected:
    static constexpr int kRateHz = 8000;

    PrewarmCommandTest() {
        std::filesystem::create_directories(music());
        test::writeAudio(music() / "long.wav", test::musicLike(1, kRateHz * 70, kRateHz), kRateHz,
                         SF_FORMAT_WAV | SF_FORMAT_PCM_16);
        test::writeAudio(music() / "short.flac", test::noise(1, kRateHz, 0.2), kRateHz);
    }

    std::filesystem::path music() const { return dir_.path() / "music"; }
    std::string data() const { return (dir_.path() / "data").string(); }

    Ended prewarm(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"prewarm", "--data", data()});
        return runSegue(arguments);
    }
    Ended prewarmHere(std::vector<std::string> arguments) const {
        arguments.insert(arguments.end(), {"--library", music().string()});
        return prewarm(std::move(arguments));
    }
    static Json jsonOf(const Ended& ended) {
        return Json::parse(ended.out, nullptr, /*allow_exceptions=*/false);
    }

    test::TempDir dir_;
};

TEST_F(PrewarmCommandTest, WarmsAndThenFindsEverythingThere) {
    const Ended first = prewarmHere({"--all", "--full", "--json"});
    EXPECT_EQ(first.exitCode, 0) << first.err;
    EXPECT_EQ(jsonOf(first)["by"], "command");
    EXPECT_EQ(jsonOf(first)["chunksRendered"], 4);
    EXPECT_EQ(jsonOf(first)["analyses"], 2);
    const Ended again = prewarmHere({"--all", "--full", "--json"});
    EXPECT_EQ(again.exitCode, 0) << again.err;
    EXPECT_EQ(jsonOf(again)["chunksRendered"], 0);
    EXPECT_EQ(jsonOf(again)["chunksThere"], 4);
    EXPECT_EQ(jsonOf(again)["analyses"], 0);
    // From then on nobody has to say where the music is.
    EXPECT_EQ(jsonOf(prewarm({"--all", "--full", "--json"}))["chunksThere"], 4);
    const Json stats = jsonOf(runSegue({"cache", "stats", "--data", data(), "--json"}));
    ASSERT_EQ(stats["tracks"].size(), 2u);
    EXPECT_EQ(stats["tracks"][0]["title"], "long");
}

TEST_F(PrewarmCommandTest, ADryRunTellsTheCostAndRendersNothing) {
    const Ended dry = prewarmHere({"--all", "--dry-run"});
    EXPECT_EQ(dry.exitCode, 0) << dry.err;
    EXPECT_THAT(dry.out, HasSubstr("2 tracks: 2 chunks to render"));
    EXPECT_THAT(dry.out, HasSubstr("2 analyses to make"));
    EXPECT_EQ(jsonOf(prewarmHere({"--all", "--json"}))["chunksRendered"], 2);
}

TEST_F(PrewarmCommandTest, ABudgetEndsItAndTheNextRunGoesOn) {
    const Ended part = prewarmHere({"--all", "--full", "--budget", "1MB"});
    EXPECT_EQ(part.exitCode, 0) << part.err;
    EXPECT_THAT(part.out, HasSubstr("stopped at the budget"));
    const Json rest = jsonOf(prewarmHere({"--all", "--full", "--json"}));
    EXPECT_GT(rest["chunksThere"], 0);
    EXPECT_GT(rest["chunksRendered"], 0);
}

TEST_F(PrewarmCommandTest, TakesPlaylistsByFileAndByName) {
    std::ofstream(music() / "mine.m3u8") << "#EXTM3U\nshort.flac\ngone.flac\n";
    std::ofstream(dir_.path() / "outside.m3u") << (music() / "long.wav").string() << "\n";
    const Ended byName = prewarmHere({"--playlist", "mine", "--json"});
    EXPECT_EQ(byName.exitCode, 1); // one is not there
    EXPECT_EQ(jsonOf(byName)["chunksRendered"], 1);
    EXPECT_THAT(byName.err, HasSubstr("gone.flac"));
    const Ended byFile =
        prewarmHere({"--playlist", (dir_.path() / "outside.m3u").string(), "--json"});
    EXPECT_EQ(byFile.exitCode, 0) << byFile.err;
    EXPECT_EQ(jsonOf(byFile)["chunksRendered"], 1);
    EXPECT_EQ(prewarmHere({"--playlist", "nobody's"}).exitCode, 2);
}

TEST_F(PrewarmCommandTest, WrongCommandLinesAreExplained) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"--all", "--recent"},
        {"--all", "--full", "--first-chunks"},
        {"--all", "--intensity", "2"},
        {"--all", "--budget", "much"},
        {"--album", ""},
    };
    for (const auto& arguments : wrong) {
        const Ended ended = prewarmHere(arguments);
        EXPECT_EQ(ended.exitCode, 2) << ended.err;
        EXPECT_FALSE(ended.err.empty());
    }
    EXPECT_EQ(prewarm({"--all", "--data", "/nowhere/at/all"}).exitCode, 2);
    const Ended preset = prewarmHere({"--all", "--preset", "loudest"});
    EXPECT_EQ(preset.exitCode, 2);
    EXPECT_THAT(preset.err, HasSubstr("loudest"));
    EXPECT_EQ(prewarmHere({"--album", "None"}).exitCode, 1);
}

TEST_F(PrewarmCommandTest, WithoutALibraryItSaysWhatIsMissing) {
    std::filesystem::create_directories(data());
    const Ended ended = prewarm({"--all"});
    EXPECT_EQ(ended.exitCode, 2);
    EXPECT_THAT(ended.err, HasSubstr("--library"));
}

TEST_F(PrewarmCommandTest, AServerOnTheDataFolderDoesTheWork) {
    backend::ApplicationOptions options;
    options.roots = {music()};
    options.data = data();
    options.webRoot = dir_.path();
    options.http.port = 0;
    options.defaults.preset = "warm";
    auto server = backend::Application::open(options);
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_EQ(prewarm({"--all"}).exitCode, 1) << "it does not listen yet";
    ASSERT_TRUE((*server)->start());
    // Its first scan may still run.
    Json done;
    for (int i = 0; i < 100 && done["tracks"] != 2; ++i) {
        const Ended ended = prewarm({"--all", "--full", "--json"});
        ASSERT_EQ(ended.exitCode, 0) << ended.err;
        done = jsonOf(ended);
    }
    EXPECT_EQ(done["by"], "server");
    EXPECT_EQ(done["phase"], "done");
    EXPECT_EQ(prewarm({"--album", "None"}).exitCode, 1);
    EXPECT_EQ(prewarm({"--all", "--preset", "loudest"}).exitCode, 2);
    server->reset();
    // What the server had is what a command of its own has, its settings too.
    const Ended after = prewarm({"--all", "--full", "--json"});
    EXPECT_EQ(jsonOf(after)["by"], "command");
    EXPECT_EQ(jsonOf(after)["chunksThere"], 4);
    EXPECT_EQ(jsonOf(after)["chunksRendered"], 0);
}

TEST(ParsePrewarmProgress, IsWhatTheServerSays) {
    backend::PrewarmProgress progress;
    progress.phase = backend::PrewarmProgress::Phase::Done;
    progress.limit = backend::PrewarmProgress::Limit::CacheFull;
    progress.fraction = 0.5;
    progress.tracks = 1;
    progress.tracksFailed = 2;
    progress.analyses = 3;
    progress.chunksThere = 4;
    progress.chunksRendered = 5;
    progress.bytes = 6;
    progress.seconds = 7.5;
    progress.problems = {"a", "b"};
    const auto read =
        parsePrewarmProgress("{\"id\": \"1\", \"progress\": " + toJson(progress) + "}");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(toJson(*read), toJson(progress));
    EXPECT_FALSE(parsePrewarmProgress("[]"));
    EXPECT_FALSE(parsePrewarmProgress("{}"));
}

} // namespace
} // namespace segue::tools
