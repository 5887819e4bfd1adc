// `segue enhance` on whole folders: the tree, the tags, albums, and what happens after a kill.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "library/TagWriter.h"
#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using library::Metadata;
using nlohmann::json;
using test::contentOf;
using test::Ended;
using test::runSegue;

constexpr int kRateHz = 22050;

class EnhanceLibrary : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
    /// @param gainDb  against full scale
    std::string music(const std::string& name, int seconds = 5, unsigned seed = 7,
                      double gainDb = 0) const {
        fs::create_directories(fs::path(file(name)).parent_path());
        AudioBuffer audio = test::musicLike(2, seconds * kRateHz, kRateHz, seed);
        const auto gain = static_cast<float>(std::pow(10.0, gainDb / 20));
        for (int c = 0; c < 2; ++c)
            for (std::int64_t i = 0; i < audio.numFrames(); ++i)
                audio.channel(c)[i] *= gain;
        test::writeAudio(file(name), audio, kRateHz);
        return file(name);
    }
    void tag(const std::string& name, const std::map<std::string, std::string>& texts) const {
        Metadata metadata;
        for (const auto& [key, value] : texts)
            metadata.texts[key] = {value};
        metadata.pictures.push_back({"image/png", "front", 3, "\x89PNG and so on"});
        ASSERT_TRUE(library::writeMetadata(file(name), metadata));
    }
    Metadata tagsOf(const std::string& name) const {
        const auto read = library::readMetadata(file(name));
        EXPECT_TRUE(read);
        return read ? *read : Metadata{};
    }
    std::string textOf(const std::string& name, const std::string& key) const {
        const Metadata metadata = tagsOf(name);
        const auto found = metadata.texts.find(key);
        return found == metadata.texts.end() ? "" : found->second.front();
    }
    double lufsOf(const std::string& name) const {
        const Ended run = runSegue({"analyze", "--json", file(name)});
        EXPECT_EQ(run.exitCode, 0) << run.err;
        return json::parse(run.out)["integratedLufs"].get<double>();
    }
    /// Every file below, hidden ones too.
    std::set<std::string> tree(const std::string& folder) const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(file(folder)))
            if (!entry.is_directory())
                names.insert(entry.path().lexically_relative(file(folder)).string());
        return names;
    }
    std::uint64_t inodeOf(const std::string& name) const {
        struct stat status {};
        EXPECT_EQ(::stat(file(name).c_str(), &status), 0) << name;
        return status.st_ino;
    }
    Ended enhance(std::vector<std::string> more = {}) const {
        more.insert(more.begin(),
                    {"enhance", file("music"), "-o", file("out"), "--format", "flac"});
        return runSegue(more);
    }

    test::TempDir dir_;
};

TEST_F(EnhanceLibrary, MirrorsTheTree) {
    music("music/one.flac");
    music("music/artist/album/two.flac");
    music("music/artist/album/three.flac");
    std::ofstream(file("music/artist/cover.txt")) << "no music";
    const Ended run = enhance();
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const std::set<std::string> expected{"one.flac", "artist/album/two.flac",
                                         "artist/album/three.flac"};
    EXPECT_EQ(tree("out"), expected);

    music("more/four.flac");
    ASSERT_EQ(runSegue({"enhance", file("music"), file("more"), "-o", file("both")}).exitCode, 0);
    EXPECT_TRUE(tree("both").count("music/artist/album/two.wav"));
    EXPECT_TRUE(tree("both").count("more/four.wav"));
}

TEST_F(EnhanceLibrary, EveryFormatHasTheLengthTheTagsAndItsOwnReplayGain) {
    music("song.flac", 20);
    tag("song.flac", {{"TITLE", "Se\xC3\xB1or"},
                      {"ARTIST", "Somebody"},
                      {"TRACKNUMBER", "3/12"},
                      {"MADE UP", "by the listener"},
                      {"REPLAYGAIN_TRACK_GAIN", "+40.00 dB"},
                      {"REPLAYGAIN_ALBUM_GAIN", "+40.00 dB"}});
    for (const char* format : {"wav", "flac", "mp3", "opus", "aac", "alac"}) {
        const std::string extension =
            std::string(format) == "aac" || std::string(format) == "alac" ? "m4a" : format;
        const std::string out = std::string(format) + "/song." + extension;
        const Ended run =
            runSegue({"enhance", file("song.flac"), "-o", file(format) + "/", "--format", format});
        ASSERT_EQ(run.exitCode, 0) << run.err;
        const Metadata tags = tagsOf(out);
        EXPECT_EQ(textOf(out, "TITLE"), "Se\xC3\xB1or") << format;
        EXPECT_EQ(textOf(out, "TRACKNUMBER"), "3/12") << format;
        EXPECT_EQ(textOf(out, "MADE UP"), "by the listener") << format;
        ASSERT_EQ(tags.pictures.size(), 1u) << format;
        EXPECT_EQ(tags.pictures[0].bytes, "\x89PNG and so on");
        EXPECT_EQ(tags.texts.count("REPLAYGAIN_ALBUM_GAIN"), 0u) << format;
        if (extension == "m4a")
            continue; // Segue does not read it
        const double lufs = lufsOf(out);
        const double told = std::string(format) == "opus"
                                ? -23 - std::stod(textOf(out, "R128_TRACK_GAIN")) / 256
                                : -18 - std::stod(textOf(out, "REPLAYGAIN_TRACK_GAIN"));
        EXPECT_NEAR(told, lufs, std::string(format) == "opus" ? 0.1 : 0.05) << format;
    }
    EXPECT_EQ(textOf("aac/song.m4a", "REPLAYGAIN_TRACK_GAIN"),
              textOf("flac/song.flac", "REPLAYGAIN_TRACK_GAIN"));
}

TEST_F(EnhanceLibrary, WhatIsFinishedIsNotMadeAgain) {
    music("music/a/one.flac");
    music("music/two.flac", 5, 8);
    ASSERT_EQ(enhance().exitCode, 0);
    const auto inode = inodeOf("out/a/one.flac");
    const Ended again = enhance();
    EXPECT_EQ(again.exitCode, 0) << again.err;
    EXPECT_NE(again.out.find("2 are up to date"), std::string::npos) << again.out;
    EXPECT_EQ(enhance({"--overwrite"}).exitCode, 0);
    EXPECT_EQ(inodeOf("out/a/one.flac"), inode) << "the same result was made again";

    // Another time alone is no change, another content is.
    fs::last_write_time(file("music/two.flac"), fs::file_time_type::clock::now());
    EXPECT_EQ(enhance().exitCode, 0);
    music("music/two.flac", 6, 8);
    const Ended changed = enhance();
    EXPECT_EQ(changed.exitCode, 1);
    EXPECT_NE(changed.err.find("two.flac' was made with other settings or before"),
              std::string::npos)
        << changed.err;
    EXPECT_EQ(enhance({"--overwrite"}).exitCode, 0);
    EXPECT_EQ(enhance().exitCode, 0);
    EXPECT_EQ(inodeOf("out/a/one.flac"), inode);
    EXPECT_EQ(enhance({"--preset", "warm"}).exitCode, 1) << "other settings";
}

TEST_F(EnhanceLibrary, GoesOnAfterAKill) {
    constexpr int kFiles = 8;
    for (int i = 0; i < kFiles; ++i)
        music("music/" + std::to_string(i) + ".flac", 60, static_cast<unsigned>(i));
    std::vector<std::string> arguments{SEGUE_BINARY, "enhance", file("music"), "-o", file("out"),
                                       "--format",   "flac",    "--jobs",      "2"};
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet{};
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    ASSERT_EQ(posix_spawn(&child, SEGUE_BINARY, &quiet, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    const auto finished = [&] {
        std::map<std::string, std::uint64_t> files;
        std::error_code ignored;
        for (fs::directory_iterator at(file("out"), ignored), end; at != end; at.increment(ignored))
            if (at->path().extension() == ".flac")
                files[at->path().filename().string()] =
                    inodeOf("out/" + at->path().filename().string());
        return files;
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (finished().size() < 2 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it was done before it could be killed";
    const auto before = finished();
    ASSERT_GE(before.size(), 2u);
    ASSERT_LT(before.size(), static_cast<std::size_t>(kFiles));

    const Ended resumed = enhance();
    EXPECT_EQ(resumed.exitCode, 0) << resumed.err;
    EXPECT_EQ(tree("out").size(), static_cast<std::size_t>(kFiles)) << "something else is left";
    const auto after = finished();
    EXPECT_EQ(after.size(), static_cast<std::size_t>(kFiles));
    for (const auto& [name, inode] : before)
        EXPECT_EQ(after.at(name), inode) << name << " was made again";
    ASSERT_EQ(
        runSegue({"enhance", file("music"), "-o", file("whole"), "--format", "flac"}).exitCode, 0);
    for (const std::string& name : tree("whole"))
        EXPECT_TRUE(contentOf(file("out/" + name)) == contentOf(file("whole/" + name))) << name;
}

TEST_F(EnhanceLibrary, AlbumsKeepTheirLevels) {
    music("music/loud.flac", 20, 7, -6);
    music("music/quiet.flac", 20, 8, -16);
    for (const char* name : {"music/loud.flac", "music/quiet.flac"})
        tag(name, {{"ALBUM", "Album"}, {"ALBUMARTIST", "Somebody"}});
    music("music/other/single.flac", 20, 9, -16);
    const Ended run = enhance({"--album", "--json"});
    ASSERT_EQ(run.exitCode, 0) << run.err;
    std::istringstream lines(run.out);
    int reports = 0;
    for (std::string line; std::getline(lines, line);)
        ++reports;
    EXPECT_EQ(reports, 3);
    const double before = lufsOf("music/loud.flac") - lufsOf("music/quiet.flac");
    const double after = lufsOf("out/loud.flac") - lufsOf("out/quiet.flac");
    EXPECT_NEAR(before, 10, 3);
    EXPECT_NEAR(after, before, 0.3);
    ASSERT_EQ(
        runSegue({"enhance", file("music/other/single.flac"), "-o", file("single.flac")}).exitCode,
        0);
    EXPECT_EQ(textOf("out/other/single.flac", "REPLAYGAIN_TRACK_GAIN"),
              textOf("single.flac", "REPLAYGAIN_TRACK_GAIN"))
        << "an album of one track";
    EXPECT_EQ(textOf("out/loud.flac", "REPLAYGAIN_ALBUM_GAIN"),
              textOf("out/quiet.flac", "REPLAYGAIN_ALBUM_GAIN"));
    const double album = -18 - std::stod(textOf("out/loud.flac", "REPLAYGAIN_ALBUM_GAIN"));
    EXPECT_NEAR(album, -14, 0.3);
    EXPECT_NE(textOf("out/loud.flac", "REPLAYGAIN_TRACK_GAIN"),
              textOf("out/quiet.flac", "REPLAYGAIN_TRACK_GAIN"));
    EXPECT_EQ(enhance({"--album"}).exitCode, 0) << "nothing to do";
    music("music/third.flac", 5);
    tag("music/third.flac", {{"ALBUM", "Album"}, {"ALBUMARTIST", "Somebody"}});
    EXPECT_EQ(enhance({"--album"}).exitCode, 1) << "the album is another one now";
    EXPECT_EQ(enhance({"--album", "--overwrite"}).exitCode, 0);
    EXPECT_TRUE(fs::exists(file("out/third.flac")));
}

TEST_F(EnhanceLibrary, OneBadFileStopsNothing) {
    music("music/good.flac");
    std::ofstream(file("music/bad.flac")) << "this is no music at all";
    for (const char* album : {"", "--album"}) {
        std::vector<std::string> more{"--json", "--overwrite", "--preset",
                                      *album == '\0' ? "warm" : "bright"};
        if (*album != '\0')
            more.emplace_back(album);
        const Ended run = enhance(more);
        EXPECT_EQ(run.exitCode, 1);
        EXPECT_NE(run.err.find("bad.flac"), std::string::npos) << run.err;
        EXPECT_NE(run.out.find("\"mastered\""), std::string::npos) << run.out;
        EXPECT_NE(run.out.find("\"failed\""), std::string::npos) << run.out;
        EXPECT_EQ(tree("out"), std::set<std::string>{"good.flac"});
    }
}

TEST_F(EnhanceLibrary, ADryRunMakesNothing) {
    music("music/one.flac");
    const Ended run = enhance({"--dry-run"});
    EXPECT_EQ(run.exitCode, 0);
    EXPECT_NE(run.out.find("1 files, 0:05 of music"), std::string::npos) << run.out;
    EXPECT_FALSE(fs::exists(file("out")));
}

TEST_F(EnhanceLibrary, ResultsDoNotBecomeSources) {
    music("music/one.flac");
    const std::vector<std::string> inside{"enhance", file("music"), "-o", file("music/mastered")};
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(runSegue(inside).exitCode, 0);
    EXPECT_EQ(tree("music"), (std::set<std::string>{"one.flac", "mastered/one.wav"}));
    EXPECT_EQ(runSegue({"enhance", file("music"), "-o", file("music")}).exitCode, 2);
}

TEST_F(EnhanceLibrary, WrongFormatsAreTold) {
    const std::string song = music("song.flac");
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"-o", file("a.flac"), "--bits", "32"},
          {"-o", file("a.flac"), "--bitrate", "128"},
          {"-o", file("a.mp3"), "--bitrate", "1000"},
          {"-o", file("a.mp3"), "--format", "flac"},
          {"-o", file("a/"), "--format", "wma"}}) {
        std::vector<std::string> arguments{"enhance", song};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        EXPECT_EQ(runSegue(arguments).exitCode, 2) << wrong[1];
    }
    EXPECT_EQ(runSegue({"enhance", "-o", file("a/")}).exitCode, 2) << "nothing named";
}

} // namespace
} // namespace segue::tools
