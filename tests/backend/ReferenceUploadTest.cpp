// References of files that are sent, and of references that are kept, over the whole server.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sndfile.h>

#include "backend/FullAnalyses.h"
#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using test::RawResponse;
using test::requestOf;

class ReferenceUploadTest : public test::ApplicationFixture {
  protected:
    static std::string textOf(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string longFile() const { return textOf(music() / "long.wav"); }
    std::string shortFile() const { return textOf(music() / "short.wav"); }
    RawResponse upload(const std::string& body, const std::string& query = "?name=sent",
                       const std::string& type = "audio/wav") const {
        return send("POST", "/api/references" + query, body, type);
    }
    RawResponse combine(const std::string& members) const {
        return send("POST", "/api/references", R"({"name": "mean", )" + members + "}");
    }
    std::string uploaded(const std::string& body) const {
        return Json::parse(upload(body).body)["id"];
    }
    bool nothingIsLeft() const {
        const auto uploads = dir_.path() / "data" / "uploads";
        return !std::filesystem::exists(uploads) || std::filesystem::is_empty(uploads);
    }
};

TEST_F(ReferenceUploadTest, AFileIsAReferenceAsATrackIs) {
    start();
    const RawResponse made = upload(longFile(), "?name=like%20this");
    EXPECT_EQ(made.status, 201) << made.body;
    const Json whole = Json::parse(made.body);
    const std::string id = whole["id"];
    EXPECT_EQ(made.header("location"), "/api/references/" + id);
    EXPECT_EQ(whole["name"], "like this");
    EXPECT_EQ(whole["sources"], Json::array({"like this"}));
    EXPECT_EQ(json("/api/references/" + id), whole);
    EXPECT_EQ(fetch(stream(short_, "reference=" + id)).status, 200);

    const RawResponse again = upload(longFile(), "?name=again", "application/octet-stream");
    EXPECT_EQ(again.status, 200) << "the same numbers are one reference";
    const RawResponse ofTrack = combine("\"trackIds\": [" + long_ + "]");
    EXPECT_EQ(Json::parse(ofTrack.body)["id"], id) << "the same bytes give the same numbers";
    EXPECT_TRUE(nothingIsLeft()) << "the audio is not kept";
    stop();
    start();
    EXPECT_EQ(json("/api/references/" + id)["name"], "mean");
}

TEST_F(ReferenceUploadTest, WhatItIsItsBytesTell) {
    start();
    const RawResponse wrong = upload(shortFile(), "", "Audio/MPEG; codecs=mp3");
    EXPECT_EQ(wrong.status, 201) << wrong.body;
    EXPECT_EQ(Json::parse(wrong.body)["name"], "upload");
}

TEST_F(ReferenceUploadTest, ItsTitleIsItsNameUnlessAnotherIsGiven) {
    const std::filesystem::path tagged = dir_.path() / "tagged.flac";
    SF_INFO info{};
    info.samplerate = kRateHz;
    info.channels = 1;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    SNDFILE* file = sf_open(tagged.c_str(), SFM_WRITE, &info);
    ASSERT_TRUE(file);
    sf_set_string(file, SF_STR_TITLE, "Nocturne");
    const AudioBuffer noise = test::noise(1, kRateHz, 0.2);
    sf_writef_float(file, noise.channel(0), noise.numFrames());
    sf_close(file);
    start();
    const Json own = Json::parse(upload(textOf(tagged), "", "audio/flac").body);
    EXPECT_EQ(own["name"], "Nocturne");
    const Json given = Json::parse(upload(textOf(tagged), "?name=mine", "audio/flac").body);
    EXPECT_EQ(given["name"], "mine");
    EXPECT_EQ(given["sources"], Json::array({"Nocturne"}));
}

TEST_F(ReferenceUploadTest, ChunksWillDo) {
    start();
    const std::string body = shortFile();
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", body.size());
    const RawResponse made = ask(requestOf("POST", "/api/references",
                                           "Content-Type: audio/wav\r\nTransfer-Encoding: "
                                           "chunked\r\nExpect: 100-continue\r\n",
                                           size.data() + body + "\r\n0\r\n\r\n"));
    EXPECT_EQ(made.status, 201) << made.body;
}

TEST_F(ReferenceUploadTest, WhatIsNoReferenceIsSaid) {
    test::writeWav(dir_.path() / "silent.wav", test::noise(1, kRateHz, 0), kRateHz);
    test::writeWav(dir_.path() / "one.wav", test::noise(1, 1, 0.5), kRateHz);
    start();
    expectProblem(upload(textOf(dir_.path() / "silent.wav")), 400, "invalid-argument",
                  "'sent' is silent");
    expectProblem(upload(textOf(dir_.path() / "one.wav")), 400, "invalid-argument", "is silent");
    expectProblem(upload(""), 422, "corrupt", "'the upload': the file is empty");
    expectProblem(upload("this is no audio at all"), 415, "unsupported", "'the upload'");
    const std::string cut = longFile().substr(0, 30);
    expectProblem(upload(cut), 422, "corrupt", "'the upload'");
    expectProblem(upload(shortFile(), "?name="), 400, "invalid-argument", "'name'");
    expectProblem(upload(shortFile(), "?name=" + std::string(201, 'x')), 400, "invalid-argument",
                  "'name'");
    for (const std::string type :
         {"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "audio"})
        expectProblem(upload(shortFile(), "", type), 415, "unsupported", "application/json");
    expectProblem(ask(requestOf("POST", "/api/references", "Content-Type: audio/wav\r\n")), 411,
                  "length-required");
    expectProblem(ask(requestOf("POST", "/api/references",
                                "Content-Type: audio/wav\r\nContent-Length: 600000000\r\n")),
                  413, "body-too-large", "536870912");
    expectProblem(ask(requestOf("POST", "/api/references",
                                "Origin: http://evil.example\r\nContent-Type: audio/wav\r\n"
                                "Content-Length: 4\r\n",
                                "RIFF")),
                  403, "foreign-origin");
    EXPECT_TRUE(json("/api/references")["references"].empty());
    EXPECT_TRUE(nothingIsLeft());
}

TEST_F(ReferenceUploadTest, AFileThatLastsTooLongIsNotEvenLookedAt) {
    start();
    const encode::StreamFormat format{
        .sampleRateHz = kRateHz, .numChannels = 1, .pcm = encode::PcmFormat::Int16};
    const std::int64_t frames = (FullAnalyses::kLongestFileSeconds + 1) * kRateHz;
    const std::vector<std::byte> header = encode::wavHeader(format, frames);
    std::string body(reinterpret_cast<const char*>(header.data()), header.size());
    body.resize(header.size() + static_cast<std::size_t>(frames * format.bytesPerFrame()));
    expectProblem(upload(body), 400, "invalid-argument",
                  "'the upload' lasts 240 minutes; a reference may last 240");
}

TEST_F(ReferenceUploadTest, KeptReferencesAreAveraged) {
    start();
    const std::string one = uploaded(longFile());
    const std::string two = uploaded(shortFile());
    const RawResponse made = combine(R"("referenceIds": [")" + one + R"(", ")" + two + R"("])");
    EXPECT_EQ(made.status, 201) << made.body;
    const Json mean = Json::parse(made.body);
    EXPECT_EQ(mean["sources"].size(), 2u);
    const Json ofTracks =
        Json::parse(combine("\"trackIds\": [" + long_ + ", " + short_ + "]").body);
    for (const char* number : {"integratedLufs", "loudnessRangeLu", "plrDb"})
        EXPECT_NEAR(mean[number].get<double>(), ofTracks[number].get<double>(), 1e-9) << number;
    for (std::size_t band = 0; band < mean["midDb"].size(); ++band)
        EXPECT_NEAR(mean["midDb"][band].get<double>(), ofTracks["midDb"][band].get<double>(), 1e-9);

    const RawResponse mixed =
        combine(R"("trackIds": [)" + long_ + R"(], "referenceIds": [")" + two + R"("])");
    EXPECT_EQ(Json::parse(mixed.body)["sources"], Json::array({"long", "sent"}));
    expectProblem(combine(R"("referenceIds": [")" + std::string(32, '0') + R"("])"), 404,
                  "not-found");
}

} // namespace
} // namespace segue::backend
