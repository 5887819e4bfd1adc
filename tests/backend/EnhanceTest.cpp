// Enhancing to files: what is asked, where results go, and that they hold just what is streamed,
// whole or not at all.
#include "backend/Enhancer.h"

#include <gmock/gmock.h>
#include <sndfile.h>

#include <cstring>
#include <future>
#include <set>

#include "backend/EnhanceRoutes.h"
#include "backend/ResultNames.h"
#include "library/TagWriter.h"
#include "tests/backend/ApplicationFixture.h"
#include "tests/backend/MemoryStore.h"
#include "tests/backend/RenderJobs.h"
#include "tests/library/FileSizeLimit.h"

namespace segue::backend {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::json;
using Phase = EnhanceProgress::Phase;

TEST(EnhanceRequest, SaysTheSameAfterAWayThroughJson) {
    const auto request = parseEnhanceRequest(
        R"({"trackIds": ["3", 5], "name": "Some", "format": "mp3", "bitrate": 192, "album": true, "overwrite": true,
            "preset": "warm", "intensity": 0.25, "target": -16, "ceiling": null, "blend": 0.5,
            "reference": "00112233445566778899aabbccddeeff"})");
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->selection.kind, EnhanceSelection::Kind::Tracks);
    EXPECT_THAT(request->selection.trackIds, ElementsAre(3, 5));
    EXPECT_EQ(request->target, (encode::FileTarget{encode::FileFormat::Mp3, 16, 192}));
    EXPECT_TRUE(request->album);
    EXPECT_EQ(request->name, "Some");
    EXPECT_EQ(request->overwrite, encode::Overwrite::Yes);
    EXPECT_EQ(request->voice.at("preset"), "warm");
    EXPECT_EQ(request->voice.at("intensity"), "0.25");
    EXPECT_FALSE(request->voice.contains("ceiling"));
    const auto again = parseEnhanceRequest(toJson(*request));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(toJson(*again), toJson(*request));
    EXPECT_EQ(again->voice, request->voice);
    for (const char* text :
         {R"({"select": "all"})", R"({"albumId": "7", "format": "wav", "bits": 32})",
          R"({"artistId": 7})", R"({"playlistId": "7", "format": "alac"})"}) {
        const auto one = parseEnhanceRequest(text);
        ASSERT_TRUE(one) << one.error().message;
        EXPECT_EQ(toJson(*parseEnhanceRequest(toJson(*one))), toJson(*one)) << text;
    }
}

TEST(EnhanceRequest, WhatIsWrongIsNamed) {
    const std::pair<const char*, const char*> bad[] = {
        {"", "object"},
        {"{}", "trackIds, albumId, artistId, playlistId and select"},
        {R"({"select": "all", "albumId": "1"})", "one of trackIds"},
        {R"({"select": "album"})", "'select' must be all"},
        {R"({"select": 1})", "'select' must be all"},
        {R"({"albumId": "x"})", "'albumId' must be an id"},
        {R"({"albumId": -1})", "albumId"},
        {R"({"trackIds": "1"})", "trackIds"},
        {R"({"trackIds": ["x"]})", "trackIds"},
        {R"({"select": "all", "format": "ogg"})", "one of wav, flac, mp3, opus, aac, alac"},
        {R"({"select": "all", "format": "flac", "bits": 32})", "flac holds 16 or 24 bits"},
        {R"({"select": "all", "bits": 20})", "16, 24 or 32"},
        {R"({"select": "all", "bits": 8})", "bits"},
        {R"({"select": "all", "format": "flac", "bitrate": 100})", "flac has no bit rate"},
        {R"({"select": "all", "format": "mp3", "bitrate": 500})", "32 to 320"},
        {R"({"select": "all", "album": 1})", "true or false"},
        {R"({"select": "all", "overwrite": "yes"})", "true or false"},
        {R"({"select": "all", "intensity": "1"})", "a number"},
        {R"({"select": "all", "preset": 5})", "a text"},
        {R"({"select": "all", "out": "/etc"})", "unknown member 'out'"},
        {R"({"select": "all", "select": "all"})", "twice"},
    };
    for (const auto& [text, named] : bad) {
        const auto request = parseEnhanceRequest(text);
        ASSERT_FALSE(request) << text;
        EXPECT_EQ(request.error().code, ErrorCode::InvalidArgument) << text;
        EXPECT_THAT(request.error().message, HasSubstr(named)) << text;
    }
}

TEST(ResultNames, AreThoseOfTheLibrarysTree) {
    const ResultNames one({"/srv/music/"});
    EXPECT_EQ(one.below("/srv/music/A/B/1.flac"), "A/B/1.flac");
    EXPECT_EQ(one.below("/srv/music/1.flac"), "1.flac");
    const ResultNames several({"/a/music", "/b/music", "/c/other", "/b/music/inner"});
    EXPECT_EQ(several.below("/a/music/x.wav"), "music/x.wav");
    EXPECT_EQ(several.below("/b/music/x.wav"), "music (2)/x.wav");
    EXPECT_EQ(several.below("/c/other/x.wav"), "other/x.wav");
    EXPECT_EQ(several.below("/b/music/inner/x.wav"),
              ResultNames({"/b/music", "/c/other", "/b/music/inner", "/a/music"})
                  .below("/b/music/inner/x.wav"));
}

TEST(ResultNames, NeverLeadOut) {
    const ResultNames names({"/srv/music"});
    for (const char* path : {"/srv/music/../secret/x.wav", "/srv/musical/x.wav", "/srv/music",
                             "/etc/passwd", "", "x.wav", "../x.wav"})
        EXPECT_EQ(names.below(path), std::nullopt) << path;
    EXPECT_EQ(names.below("/srv/music/a/../b.wav"), "b.wav");
}

/// PCM as the file's decoder gives it, interleaved.
template <typename Sample, typename Read>
std::vector<Sample> samplesOf(const fs::path& path, const Read& read) {
    SF_INFO info{};
    SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
    if (!file)
        return {};
    std::vector<Sample> samples(static_cast<std::size_t>(info.frames * info.channels));
    EXPECT_EQ(read(file, samples.data(), info.frames), info.frames);
    sf_close(file);
    return samples;
}
template <typename Sample>
std::vector<Sample> samplesOf(const std::string& wavStream) {
    constexpr std::size_t kDataLength = 4;
    const std::size_t data = wavStream.find("data") + 4 + kDataLength;
    std::vector<Sample> samples((wavStream.size() - data) / sizeof(Sample));
    std::memcpy(samples.data(), wavStream.data() + data, samples.size() * sizeof(Sample));
    return samples;
}

/// Every file below a folder, hidden ones too.
std::set<std::string> filesBelow(const fs::path& folder) {
    std::set<std::string> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder, none))
        if (entry.is_regular_file())
            files.insert(entry.path().lexically_relative(folder).string());
    return files;
}

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class EnhanceApiTest : public test::ApplicationFixture {
  protected:
    static constexpr int kMany = 24;

    fs::path results() const { return dir_.path() / "data" / "enhanced"; }

    std::string begin(const Json& request) const {
        const auto begun = send("POST", "/api/enhance", request.dump());
        EXPECT_EQ(begun.status, 202) << begun.body;
        return begun.header("location");
    }
    Json ended(const std::string& address) const {
        EXPECT_TRUE(eventually([&] {
            const std::string state = json(address)["progress"]["state"];
            return state != "waiting" && state != "running";
        }));
        return json(address)["progress"];
    }
    /// @return its last state
    Json enhance(const Json& request) const { return ended(begin(request)); }
    void tagged(const std::string& name, const std::string& album, const std::string& artist,
                unsigned seed) const {
        fs::create_directories((music() / name).parent_path());
        test::writeWav(music() / name, test::musicLike(1, kRateHz * 3, kRateHz, seed), kRateHz);
        library::Metadata metadata;
        metadata.texts["ALBUM"] = {album};
        metadata.texts["ARTIST"] = {artist};
        metadata.texts["ALBUMARTIST"] = {artist};
        metadata.texts["TITLE"] = {name};
        ASSERT_TRUE(library::writeMetadata(music() / name, metadata));
    }
    /// Tracks enough that whoever looks at the work sees it under way.
    /// Enough to do for a cancellation to meet the job in its middle.
    static constexpr int kManySeconds = 120;
    void manyTracks() const {
        for (int i = 0; i < kMany; ++i)
            test::writeWav(
                music() / "many" / (std::to_string(i) + ".wav"),
                test::musicLike(1, kRateHz * kManySeconds, kRateHz, static_cast<unsigned>(100 + i)),
                kRateHz);
    }
};

TEST_F(EnhanceApiTest, FilesHoldTheVerySamplesThatTheNextPlaybackStreams) {
    start();
    const Json voice{{"preset", "warm"}, {"intensity", 0.6}, {"target", -17}};
    const std::string query = "preset=warm&intensity=0.6&target=-17";
    Json request = voice;
    request["select"] = "all";
    for (const char* format : {"wav", "flac"}) {
        request["format"] = format;
        const Json made = enhance(request);
        EXPECT_EQ(made["state"], "done") << made;
        EXPECT_EQ(made["tracksMade"], 2);
        EXPECT_EQ(made["tracksDone"], 2);
        EXPECT_EQ(made["fraction"], 1.0);
        EXPECT_DOUBLE_EQ(made["audioSecondsDone"].get<double>(), 65.5);
        const auto file = results() / (std::string("long.") + format);
        EXPECT_THAT(samplesOf<std::int16_t>(file, sf_readf_short),
                    samplesOf<std::int16_t>(fetch(stream(long_, query)).body))
            << format;
    }
    request["format"] = "wav";
    request["bits"] = 32;
    request["overwrite"] = true;
    EXPECT_EQ(enhance(request)["tracksMade"], 2);
    EXPECT_THAT(samplesOf<float>(results() / "long.wav", sf_readf_float),
                samplesOf<float>(fetch(stream(long_, query + "&bits=32")).body));
    EXPECT_THAT(filesBelow(results()),
                UnorderedElementsAre("long.wav", "short.wav", "long.flac", "short.flac"));
}

TEST_F(EnhanceApiTest, AFinishedFileIsFetchedWithRanges) {
    start();
    const std::string address = begin({{"trackIds", {long_}}});
    const Json made = ended(address);
    ASSERT_EQ(made["files"].size(), 1u) << made;
    EXPECT_EQ(made["files"][0]["path"], "long.flac");
    EXPECT_EQ(made["files"][0]["trackId"], long_);
    EXPECT_EQ(made["files"][0]["made"], true);
    const std::string bytes = contentOf(results() / "long.flac");
    EXPECT_EQ(made["files"][0]["bytes"], bytes.size());
    const auto whole = fetch(address + "/files/0");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.header("content-type"), "audio/flac");
    EXPECT_EQ(whole.header("content-disposition"), "attachment; filename*=UTF-8''long.flac");
    EXPECT_TRUE(whole.body == bytes);
    const auto part = fetch(address + "/files/0", "Range: bytes=10-29\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_TRUE(part.body == bytes.substr(10, 20));
    for (const char* wrong : {"/files/1", "/files/-1", "/files/x", "/files/0x", "/files/",
                              "/files/..%2F..%2Flibrary.db", "/files/99999999999999999999"})
        EXPECT_EQ(fetch(address + wrong).status, 404) << wrong;
    EXPECT_EQ(fetch("/api/enhance/77/files/0").status, 404);
    fs::remove(results() / "long.flac");
    expectProblem(fetch(address + "/files/0"), 404, "not-found", "long.flac");
}

TEST_F(EnhanceApiTest, WhatIsThereIsNotMadeAgainAlsoAfterARestart) {
    start();
    const Json request{{"select", "all"}, {"format", "opus"}};
    EXPECT_EQ(enhance(request)["tracksMade"], 2);
    const auto stamp = stampOf(results() / "long.opus");
    const auto look = [&] {
        const Json again = enhance(request);
        EXPECT_EQ(again["state"], "done") << again;
        EXPECT_EQ(again["tracksMade"], 0);
        EXPECT_EQ(again["tracksThere"], 2);
        EXPECT_EQ(again["files"].size(), 2u);
        EXPECT_EQ(again["files"][0]["made"], false);
        EXPECT_EQ(stampOf(results() / "long.opus").value(), stamp.value());
    };
    look();
    stop();
    start();
    fs::remove(results() / "short.opus");
    EXPECT_EQ(enhance(request)["tracksMade"], 1);
    look();
}

TEST_F(EnhanceApiTest, NothingIsReplacedUnlessThatIsWanted) {
    fs::create_directories(results());
    std::ofstream(results() / "short.flac") << "mine";
    start();
    const Json first = enhance({{"select", "all"}});
    EXPECT_EQ(first["state"], "done");
    EXPECT_EQ(first["tracksMade"], 1);
    EXPECT_EQ(first["tracksFailed"], 1);
    ASSERT_EQ(first["failures"].size(), 1u);
    EXPECT_EQ(first["failures"][0]["trackId"], short_);
    EXPECT_EQ(first["failures"][0]["status"], "exists");
    EXPECT_THAT(first["failures"][0]["message"].get<std::string>(), HasSubstr("short.flac"));
    EXPECT_EQ(contentOf(results() / "short.flac"), "mine");

    const Json other = enhance({{"trackIds", {long_}}, {"preset", "gentle"}});
    EXPECT_EQ(other["failures"][0]["status"], "out-of-date");
    const auto before = stampOf(results() / "long.flac");
    const Json replaced = enhance({{"select", "all"}, {"preset", "gentle"}, {"overwrite", true}});
    EXPECT_EQ(replaced["tracksMade"], 2) << replaced;
    EXPECT_NE(stampOf(results() / "long.flac").value(), before.value());
    EXPECT_GT(samplesOf<std::int16_t>(results() / "short.flac", sf_readf_short).size(), 0u);
}

TEST_F(EnhanceApiTest, AFileThatIsGoneFailsAlone) {
    start();
    fs::remove(music() / "short.wav");
    const Json made = enhance({{"select", "all"}});
    EXPECT_EQ(made["state"], "done");
    EXPECT_EQ(made["tracksMade"], 1);
    EXPECT_EQ(made["failures"][0]["status"], "failed");
    EXPECT_THAT(made["failures"][0]["message"].get<std::string>(), HasSubstr("short.wav"));
}

TEST_F(EnhanceApiTest, AFileThatCannotBeWrittenFailsAlone) {
    start();
    ASSERT_EQ(enhance({{"select", "all"}})["tracksMade"],
              2); // so that the library has no more to write
    Json made;
    {
        const library::test::FileSizeLimit full(1'500'000);
        made = enhance({{"select", "all"}, {"format", "wav"}});
    }
    EXPECT_EQ(made["state"], "done") << made;
    EXPECT_EQ(made["tracksMade"], 1);
    EXPECT_EQ(made["failures"][0]["trackId"], long_);
    EXPECT_THAT(made["failures"][0]["message"].get<std::string>(), HasSubstr("long.wav"));
    EXPECT_THAT(filesBelow(results()),
                UnorderedElementsAre("short.wav", "long.flac", "short.flac"));
}

TEST_F(EnhanceApiTest, CancelledInTheMiddleItLeavesWholeFilesOnly) {
    fs::create_directories(music() / "many");
    manyTracks();
    start();
    const std::string address = begin({{"select", "all"}, {"format", "wav"}});
    EXPECT_TRUE(
        eventually([&] { return json(address)["progress"]["tracksMade"].get<int>() >= 1; }));
    EXPECT_EQ(ask(test::requestOf("DELETE", address)).status, 204);
    const Json left = ended(address);
    EXPECT_EQ(left["state"], "cancelled") << left;
    EXPECT_LT(left["tracksMade"].get<int>(), kMany + 2);
    const auto files = filesBelow(results());
    EXPECT_EQ(files.size(), left["tracksMade"].get<std::size_t>());
    for (const std::string& file : files) {
        SCOPED_TRACE(file);
        EXPECT_EQ(fs::path(file).extension(), ".wav");
        const std::size_t frames = samplesOf<std::int16_t>(results() / file, sf_readf_short).size();
        EXPECT_TRUE(!file.starts_with("many/") || frames == std::size_t{kRateHz} * kManySeconds)
            << frames;
    }
    const Json again = enhance({{"select", "all"}, {"format", "wav"}});
    EXPECT_EQ(again["state"], "done") << again;
    EXPECT_EQ(again["tracksThere"], left["tracksMade"]);
    EXPECT_EQ(again["tracksDone"], kMany + 2);
}

TEST_F(EnhanceApiTest, TheQueueIsBoundedAndStoppingEndsWhatRuns) {
    fs::create_directories(music() / "many");
    manyTracks();
    start();
    const std::string first = begin({{"select", "all"}});
    EXPECT_TRUE(eventually([&] { return json(first)["progress"]["state"] == "running"; }));
    for (std::size_t i = 0; i < EnhanceJobs::kMostWaiting; ++i)
        begin({{"trackIds", {short_}}});
    expectProblem(send("POST", "/api/enhance", R"({"select": "all"})"), 503, "busy", "wait");
    const Json all = json("/api/enhance")["jobs"];
    EXPECT_EQ(all.size(), 1 + EnhanceJobs::kMostWaiting);
    EXPECT_EQ(all[0]["id"], "17"); // the newest
    EXPECT_FALSE(all[0]["request"].contains("trackIds"));
    EXPECT_EQ(all[0]["request"]["format"], "flac");
    EXPECT_FALSE(all[0]["progress"].contains("files"));
    EXPECT_EQ(json("/api/enhance/17")["request"]["trackIds"][0], short_);
    stop();
    for (const std::string& file : filesBelow(results()))
        EXPECT_EQ(fs::path(file).extension(), ".flac");
}

TEST_F(EnhanceApiTest, WhatIsSelectedIsEnhanced) {
    tagged("One/1.wav", "One", "Ada", 1);
    tagged("One/2.wav", "One", "Ada", 2);
    tagged("Two/1.wav", "Two", "Ben", 3);
    start();
    const auto idOf = [&](const std::string& title) {
        const Json page = json("/api/tracks");
        for (const Json& track : page["tracks"])
            if (track["title"] == title)
                return track["id"].get<std::string>();
        return std::string("0");
    };
    const Json found = json("/api/search?q=One");
    const std::string album = found["albums"][0]["id"];
    const std::string artist = json("/api/search?q=Ben")["artists"][0]["id"];
    const std::string playlist = Json::parse(
        send("POST", "/api/playlists",
             Json{{"name", "L"},
                  {"trackIds", {idOf("Two/1.wav"), idOf("One/2.wav"), idOf("Two/1.wav")}}}
                 .dump())
            .body)["id"];
    enhance({{"albumId", album}, {"format", "wav"}});
    EXPECT_THAT(filesBelow(results()), UnorderedElementsAre("One/1.wav", "One/2.wav"));
    enhance({{"artistId", artist}, {"format", "wav"}});
    EXPECT_THAT(filesBelow(results()), UnorderedElementsAre("One/1.wav", "One/2.wav", "Two/1.wav"));
    const Json listed = enhance({{"playlistId", playlist}, {"format", "aac"}});
    EXPECT_EQ(listed["tracks"], 2) << listed;
    EXPECT_EQ(listed["files"][0]["path"], "Two/1.m4a");
    EXPECT_EQ(listed["files"][1]["path"], "One/2.m4a");
}

TEST_F(EnhanceApiTest, AlbumsMayBeMasteredAsAWhole) {
    tagged("One/1.wav", "One", "Ada", 1);
    tagged("One/2.wav", "One", "Ada", 2);
    tagged("One/3.wav", "Two", "Ada", 3);
    start();
    const Json made = enhance({{"select", "all"}, {"album", true}});
    EXPECT_EQ(made["tracksMade"], 5) << made;
    const auto albumGain = [&](const std::string& file) {
        auto metadata = library::readMetadata(results() / file);
        return metadata ? metadata->texts["REPLAYGAIN_ALBUM_GAIN"] : std::vector<std::string>{};
    };
    EXPECT_THAT(albumGain("One/1.flac"), ::testing::SizeIs(1));
    EXPECT_EQ(albumGain("One/1.flac"), albumGain("One/2.flac"));
    EXPECT_NE(albumGain("One/1.flac"), albumGain("One/3.flac"));
    EXPECT_EQ(albumGain("long.flac"), albumGain("short.flac")); // no album: by folder
    EXPECT_EQ(enhance({{"select", "all"}, {"album", true}})["tracksThere"], 5);
}

TEST_F(EnhanceApiTest, TwoSourcesOfOneResultAreTold) {
    const AudioBuffer audio = test::noise(1, kRateHz, 0.2);
    SF_INFO info{};
    info.samplerate = kRateHz;
    info.channels = 1;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    SNDFILE* file = sf_open((music() / "short.flac").c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(sf_writef_float(file, audio.channel(0), kRateHz), kRateHz);
    sf_close(file);
    start();
    const Json made = enhance({{"select", "all"}, {"format", "mp3"}});
    EXPECT_EQ(made["state"], "done");
    EXPECT_EQ(made["tracksMade"], 2) << made;
    EXPECT_THAT(made["failures"][0]["message"].get<std::string>(), HasSubstr("short.mp3"));
    EXPECT_THAT(filesBelow(results()), UnorderedElementsAre("long.mp3", "short.mp3"));
}

TEST_F(EnhanceApiTest, ResultsAreNoSources) {
    enhanceTo_ = music() / "out";
    start();
    EXPECT_EQ(enhance({{"select", "all"}})["tracks"], 2);
    EXPECT_THAT(filesBelow(music() / "out"), UnorderedElementsAre("long.flac", "short.flac"));
    send("POST", "/api/library/scan", "");
    EXPECT_TRUE(eventually([&] { return json("/api/tracks")["tracks"].size() == 4; }));
    const Json again = enhance({{"select", "all"}, {"format", "wav"}});
    EXPECT_EQ(again["tracks"], 2) << again;
    EXPECT_EQ(again["tracksMade"], 2);
}

TEST_F(EnhanceApiTest, ResultsDoNotGoWhereTheMusicIs) {
    for (const fs::path& wrong : {music(), dir_.path(), music() / ".", music() / "x" / ".."}) {
        enhanceTo_ = wrong;
        const auto opened = Application::open(options());
        ASSERT_FALSE(opened) << wrong;
        EXPECT_EQ(opened.error().code, ErrorCode::InvalidArgument);
        EXPECT_THAT(opened.error().message, HasSubstr("--enhance-to"));
    }
    fs::create_directory_symlink(music(), dir_.path() / "link");
    enhanceTo_ = dir_.path() / "link";
    EXPECT_FALSE(Application::open(options()));
}

TEST_F(EnhanceApiTest, ProgressIsTold) {
    start();
    test::RawClient listener(port_);
    listenWith(listener);
    enhance({{"trackIds", {short_}}});
    const std::string told = until(listener, R"("state":"done")");
    EXPECT_THAT(told, HasSubstr("event: enhance\ndata: {\"id\":\"1\""));
    EXPECT_THAT(told, HasSubstr(R"("state":"waiting")"));
    EXPECT_THAT(told, ::testing::Not(HasSubstr(R"("files")")));
}

TEST_F(EnhanceApiTest, NonsenseIsRefusedAtOnce) {
    start();
    const auto post = [&](const Json& request) {
        return send("POST", "/api/enhance", request.dump());
    };
    expectProblem(post(Json::array()), 400, "invalid-argument", "object");
    expectProblem(post({{"select", "all"}, {"preset", "loudest"}}), 400, "invalid-argument",
                  "adaptive");
    expectProblem(post({{"select", "all"}, {"intensity", 1.5}}), 400, "invalid-argument",
                  "from 0 to 1");
    expectProblem(post({{"select", "all"}, {"format", "mod"}}), 400, "invalid-argument", "flac");
    expectProblem(post({{"trackIds", {"99"}}}), 404, "not-found", "99");
    expectProblem(post({{"albumId", "99"}}), 404, "not-found");
    expectProblem(post({{"artistId", "99"}}), 404, "not-found");
    expectProblem(post({{"playlistId", "99"}}), 404, "not-found");
    expectProblem(send("POST", "/api/enhance", "{}", "text/plain"), 415, "unsupported");
    expectProblem(fetch("/api/enhance/1"), 404, "not-found");
    expectProblem(ask(test::requestOf("DELETE", "/api/enhance/x")), 404, "not-found");
    EXPECT_TRUE(json("/api/enhance")["jobs"].empty());
    EXPECT_FALSE(fs::exists(results()));
}

/// The enhancer over one track, with a reader who begins to wait between analysis and mastering and
/// is not served before a test says so.
class EnhancerTest : public ::testing::TestWithParam<int> {
  protected:
    static constexpr int kRateHz = 8000;

    EnhancerTest() {
        fs::create_directories(music());
        test::writeWav(music() / "song.wav", test::musicLike(2, 65 * kRateHz, kRateHz), kRateHz);
        const std::atomic<bool> cancel{false};
        EXPECT_TRUE(library_->scan({}, cancel));
    }
    ~EnhancerTest() override {
        reader_.release.open();
        stop_.request_stop();
        if (run_.valid())
            run_.wait();
        analyses_.stop();
    }

    fs::path music() const { return dir_.path() / "music"; }
    fs::path results() const { return dir_.path() / "out"; }
    /// Begins, and returns when the result has been begun.
    void run() {
        run_ = std::async(std::launch::async, [this] {
            EnhanceRequest request;
            request.target.format = encode::FileFormat::Wav;
            return enhancer_.run(request, {}, stop_.get_token());
        });
        EXPECT_TRUE(eventually([&] { return filesBelow(results()).size() == 1; }));
        EXPECT_TRUE(reader_.started.pass());
    }

    const test::TempDir dir_;
    const std::unique_ptr<library::Library> library_ =
        std::move(library::Library::open(dir_.path() / "library.db", {music()})).value();
    library::Playlists playlists_{library_->access()};
    SmartLists smart_{library_->access()};
    test::MemoryStore store_;
    test::Blocker reader_;
    RenderScheduler scheduler_{store_, {.workers = 1, .workersForBlocked = 0}};
    RenderScheduler::Interest waits_;
    CorridorKeeper corridors_{
        *library_, {.minTracks = 1, .learn = [this](const auto&) -> Result<std::string> {
                        waits_ = test::submitted(scheduler_, reader_.task(1), RenderClass::Blocked);
                        return fail(ErrorCode::Unsupported, "nothing is learned here");
                    }}};
    AnalysisStore kept_{*library_, corridors_};
    FullAnalyses analyses_{*library_, kept_, scheduler_, analyseFile};
    Enhancer enhancer_{{*library_, playlists_, smart_, analyses_, kept_, corridors_, scheduler_},
                       {{music()}, results()},
                       {},
                       GetParam()};
    std::stop_source stop_;
    std::future<EnhanceProgress> run_;
};

TEST_P(EnhancerTest, StandsStillWhileAReaderWaits) {
    run();
    EXPECT_EQ(run_.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
    EXPECT_THAT(filesBelow(results()), ElementsAre(".song.wav.part"));
    reader_.release.open();
    EXPECT_EQ(run_.get().phase, Phase::Done);
    EXPECT_THAT(filesBelow(results()), ElementsAre("song.wav"));
}

TEST_P(EnhancerTest, CanBeEndedWhileItStandsStill) {
    run();
    stop_.request_stop();
    const EnhanceProgress ended = run_.get();
    EXPECT_EQ(ended.phase, Phase::Cancelled);
    EXPECT_EQ(ended.tracks, 1);
    EXPECT_EQ(ended.done(), 0);
    EXPECT_THAT(filesBelow(results()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Threads, EnhancerTest, ::testing::Values(1, 2));

} // namespace
} // namespace segue::backend
