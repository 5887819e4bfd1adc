// What files say, carried from every format that is read to every format that is written.
#include "library/TagWriter.h"

#include <taglib/id3v2tag.h>
#include <taglib/mpegfile.h>
#include <taglib/privateframe.h>

#include "processing/encode/AudioFileWriter.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;
using test::readBytes;
using test::writeAudio;
using test::writeBytes;

const Picture kCover{"image/png", "front", 3, std::string("\x89PNG\r\n\x1a\n\0\xFF", 10)};
const Picture kBack{"image/jpeg", "back", 4, std::string("\xFF\xD8\xFF\xE0 back", 9)};

Metadata everything() {
    Metadata metadata;
    metadata.texts = {{"TITLE", {"Se\xC3\xB1or"}},
                      {"ARTIST", {"One", "Two"}},
                      {"ALBUM", {"Album"}},
                      {"ALBUMARTIST", {"Various"}},
                      {"TRACKNUMBER", {"3/12"}},
                      {"DISCNUMBER", {"2"}},
                      {"DATE", {"1999-05-01"}},
                      {"GENRE", {"Folk"}},
                      {"COMMENT", {"A long one, with = and \"quotes\""}},
                      {"COMPOSER", {"Somebody"}},
                      {"LYRICS", {"la\nla"}},
                      {"MUSICBRAINZ_TRACKID", {"0f0e1c1a-7a8b-4a55-8a5a-6d2b2f6a0b5f"}},
                      {"MADE UP", {"by the listener"}}};
    metadata.pictures = {kCover, kBack};
    return metadata;
}

class TagWriterTest : public ::testing::Test {
  protected:
    /// A short audio file of that kind without any tags.
    std::filesystem::path fresh(const std::string& extension) const {
        std::filesystem::path path = dir_.path() / ("fresh" + extension);
        if (extension != ".m4a") {
            writeAudio(path, 1, 48000, 48000, 2);
            return path;
        }
        const std::vector<std::byte> pcm(4800 * 8);
        auto writer = encode::createAudioFile(path, {encode::FileFormat::Aac},
                                              {48000, 2, encode::PcmFormat::Float32}, 4800,
                                              encode::Overwrite::Yes);
        EXPECT_TRUE(writer) << writer.error().message;
        EXPECT_TRUE((*writer)->append(pcm));
        EXPECT_TRUE((*writer)->commit());
        return path;
    }
    Metadata read(const std::filesystem::path& path) const {
        auto metadata = readMetadata(path);
        if (!metadata)
            ADD_FAILURE() << metadata.error().message;
        return metadata ? *metadata : Metadata{};
    }

    const segue::test::TempDir dir_;
};

class TagWriterFormats : public TagWriterTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(TagWriterFormats, KeepsEveryTextAndPicture) {
    const auto path = fresh(GetParam());
    const auto written = writeMetadata(path, everything());
    ASSERT_TRUE(written) << written.error().message;
    const Metadata back = read(path);
    EXPECT_EQ(back.texts, everything().texts);
    ASSERT_EQ(back.pictures.size(), 2u);
    EXPECT_EQ(back.pictures[0].bytes, kCover.bytes);
    EXPECT_EQ(back.pictures[0].mimeType, kCover.mimeType);
    EXPECT_EQ(back.pictures[1].bytes, kBack.bytes);
    if (std::string(GetParam()) != ".m4a") {
        EXPECT_EQ(back.pictures, everything().pictures);
    }
}

TEST_P(TagWriterFormats, WhatWasThereIsReplaced) {
    const auto path = fresh(GetParam());
    ASSERT_TRUE(writeMetadata(path, everything()));
    Metadata other;
    other.texts["TITLE"] = {"Another"};
    ASSERT_TRUE(writeMetadata(path, other));
    const Metadata back = read(path);
    EXPECT_EQ(back.texts.at("TITLE"), std::vector<std::string>{"Another"});
    EXPECT_EQ(back.texts.count("MADE UP"), 0u);
    EXPECT_TRUE(back.pictures.empty());
}

INSTANTIATE_TEST_SUITE_P(All, TagWriterFormats,
                         ::testing::Values(".wav", ".flac", ".opus", ".mp3", ".m4a"),
                         [](const auto& format) { return std::string(format.param + 1); });

TEST_F(TagWriterTest, FramesOfOneId3TagGoIntoAnother) {
    const auto from = fresh(".mp3");
    {
        TagLib::MPEG::File file(from.c_str());
        auto* frame = new TagLib::ID3v2::PrivateFrame; // the tag's own from here on
        frame->setOwner("somebody");
        frame->setData(TagLib::ByteVector("secret"));
        file.ID3v2Tag(true)->addFrame(frame);
        file.ID3v2Tag()->setTitle("Song");
        ASSERT_TRUE(file.save());
    }
    const Metadata metadata = read(from);
    ASSERT_EQ(metadata.frames.size(), 1u);
    for (const char* extension : {".mp3", ".wav"}) {
        const auto to = fresh(extension);
        ASSERT_TRUE(writeMetadata(to, metadata));
        EXPECT_EQ(read(to).frames, metadata.frames) << extension;
        EXPECT_EQ(read(to).texts.at("TITLE"), std::vector<std::string>{"Song"});
    }
    const auto flac = fresh(".flac");
    EXPECT_TRUE(writeMetadata(flac, metadata)) << "what does not fit is left out";
}

TEST_F(TagWriterTest, TextsThatAreNotUtf8AreRepaired) {
    const auto path = fresh(".flac");
    Metadata metadata;
    metadata.texts["TITLE"] = {"Bjxrk"};
    ASSERT_TRUE(writeMetadata(path, metadata));
    std::string bytes = readBytes(path);
    bytes.replace(bytes.find("Bjxrk"), 5, "Bj\xF6rk");
    writeBytes(path, bytes);
    EXPECT_EQ(read(path).texts.at("TITLE"), std::vector<std::string>{"Bj\xC3\xB6rk"});
}

TEST_F(TagWriterTest, OtherFilesAreTold) {
    const auto text = dir_.path() / "text.txt";
    writeBytes(text, "this is no music");
    EXPECT_EQ(errorOf(writeMetadata(text, everything())), ErrorCode::Unsupported);
    EXPECT_TRUE(read(text).empty());
    EXPECT_EQ(errorOf(readMetadata(dir_.path() / "missing")), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(readMetadata(dir_.path())), ErrorCode::Unsupported);
}

} // namespace
} // namespace segue::library
