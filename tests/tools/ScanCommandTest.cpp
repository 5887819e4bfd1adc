// `segue scan` as it is run: by itself, and through a server that runs on the data folder.
#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "backend/Application.h"
#include "tests/support/Signals.h"
#include "tests/tools/RunSegue.h"

namespace segue::tools {
namespace {

using test::Ended;
using test::runSegue;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class ScanCommandTest : public ::testing::Test {
  protected:
    static constexpr int kRateHz = 8000;

    ScanCommandTest() {
        std::filesystem::create_directories(music());
        test::writeAudio(music() / "one.flac", test::noise(1, kRateHz, 0.2), kRateHz);
        std::ofstream(music() / "junk.mp3") << "no music";
    }
    std::filesystem::path music() const { return dir_.path() / "music"; }

    Ended scan(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"scan", "--data", (dir_.path() / "data").string()});
        return runSegue(arguments);
    }
    static Json jsonOf(const Ended& ended) {
        return Json::parse(ended.out, nullptr, /*allow_exceptions=*/false);
    }

    test::TempDir dir_;
};

TEST_F(ScanCommandTest, ScansByItselfAndTellsWhatWasSkippedAndWhy) {
    const Ended first = scan({"--library", music().string()});
    EXPECT_EQ(first.exitCode, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("2 files: 1 added, 0 changed, 0 moved, 0 missing, 1 skipped"));
    EXPECT_THAT(first.err, HasSubstr("junk.mp3"));
    std::filesystem::rename(music() / "one.flac", music() / "two.flac");
    const Json again = jsonOf(scan({"--library", music().string(), "--json"}));
    EXPECT_EQ(again["moved"], 1);
    EXPECT_EQ(again["problems"].size(), 1u);
    const Ended third = scan({});
    EXPECT_EQ(third.exitCode, 0) << third.err << "where the music is, is known by now";
    EXPECT_THAT(third.out, HasSubstr("0 added"));
}

TEST_F(ScanCommandTest, AServerDoesTheWork) {
    backend::ApplicationOptions options;
    options.roots = {music()};
    options.data = dir_.path() / "data";
    options.http.port = 0;
    options.watch = library::Watcher::Watching::No;
    auto application = backend::Application::open(options);
    ASSERT_TRUE(application) << application.error().message;
    ASSERT_TRUE((*application)->start());
    const Ended first = scan({"--json"}); // the server's own, or the next
    EXPECT_EQ(first.exitCode, 0) << first.err;
    test::writeAudio(music() / "two.flac", test::noise(1, kRateHz, 0.2, 2), kRateHz);
    const Ended ended = scan({"--folders", "--json"});
    EXPECT_EQ(ended.exitCode, 0) << ended.err;
    EXPECT_EQ(jsonOf(ended)["added"], 1);
    EXPECT_EQ(jsonOf(ended)["problems"].size(), 1u);
}

TEST_F(ScanCommandTest, SaysWhatIsMissing) {
    EXPECT_EQ(scan({}).exitCode, 2);
    std::filesystem::create_directories(dir_.path() / "data");
    const Ended ended = scan({});
    EXPECT_EQ(ended.exitCode, 2);
    EXPECT_THAT(ended.err, HasSubstr("--library"));
}

} // namespace
} // namespace segue::tools
