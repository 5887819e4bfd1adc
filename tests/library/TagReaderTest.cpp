// What files say about themselves, in every container, however broken they are.

#include <cstdlib>
#include <random>
#include <thread>

#include "library/TagReader.h"
#include "library/Text.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;

using test::Properties;
using test::writeAudio;
using test::writeBytes;
using test::writeTags;

class TagReaderTest : public ::testing::Test {
  protected:
    Tags read(const std::filesystem::path& path) {
        const auto read = readTags(path);
        if (!read)
            ADD_FAILURE() << read.error().message;
        return read ? read->tags : Tags{};
    }

    const segue::test::TempDir dir;
};

const Properties kFull{{"TITLE", "Se\xC3\xB1or"}, {"ARTIST", "The Artist"},
                       {"ALBUM", "Album"},        {"ALBUMARTIST", "Various"},
                       {"GENRE", "Folk"},         {"TRACKNUMBER", "3/12"},
                       {"DISCNUMBER", "2"},       {"DATE", "1999-05-01"}};

class TagReaderFormats : public TagReaderTest,
                         public ::testing::WithParamInterface<std::pair<const char*, const char*>> {
};

TEST_P(TagReaderFormats, GivesAllThatWasTagged) {
    const auto [extension, codec] = GetParam();
    const auto path = dir.path() / (std::string("song.") + extension);
    writeAudio(path, 1, 48000, 48000, 2);
    writeTags(path, kFull);
    const Tags tags = read(path);
    EXPECT_EQ(tags.title, "Se\xC3\xB1or");
    EXPECT_EQ(tags.artist, "The Artist");
    EXPECT_EQ(tags.album, "Album");
    EXPECT_EQ(tags.albumArtist, "Various");
    EXPECT_EQ(tags.genre, "Folk");
    EXPECT_EQ(tags.trackNumber, 3);
    EXPECT_EQ(tags.discNumber, 2);
    EXPECT_EQ(tags.year, 1999);
    EXPECT_EQ(tags.sampleRateHz, 48000);
    EXPECT_EQ(tags.numChannels, 2);
    EXPECT_EQ(tags.codec, codec);
    EXPECT_NEAR(tags.durationSeconds, 1.0, 0.1); // mp3 and opus add a little
}

TEST_P(TagReaderFormats, WithoutATitleTheFileNameServes) {
    const auto path = dir.path() / (std::string("01 My.Song.") + GetParam().first);
    writeAudio(path, 1, 8000, 8000);
    EXPECT_EQ(read(path).title, "01 My.Song");
}

INSTANTIATE_TEST_SUITE_P(All, TagReaderFormats,
                         ::testing::Values(std::pair{"wav", "wav"}, std::pair{"flac", "flac"},
                                           std::pair{"ogg", "vorbis"}, std::pair{"opus", "opus"},
                                           std::pair{"mp3", "mp3"}, std::pair{"aiff", "aiff"}),
                         [](const auto& format) { return std::string(format.param.first); });

TEST_F(TagReaderTest, TheBytesTellTheFormatNotTheName) {
    writeAudio(dir.path() / "a.flac");
    std::filesystem::rename(dir.path() / "a.flac", dir.path() / "a.mp3");
    EXPECT_EQ(read(dir.path() / "a.mp3").codec, "flac");
}

TEST_F(TagReaderTest, Rf64IsReadThoughTagLibDoesNotKnowIt) {
    writeAudio(dir.path() / "a.rf64", 1, 1600, 8000, 2);
    std::filesystem::rename(dir.path() / "a.rf64", dir.path() / "a.wav");
    const Tags tags = read(dir.path() / "a.wav");
    EXPECT_EQ(tags.codec, "wav");
    EXPECT_EQ(tags.durationSeconds, 0.2);
    EXPECT_EQ(tags.title, "a");
}

TEST_F(TagReaderTest, PcmDurationsAreExact) {
    for (const char* name : {"a.wav", "a.flac", "a.aiff"}) {
        writeAudio(dir.path() / name, 1, 12345, 44100);
        EXPECT_EQ(read(dir.path() / name).durationSeconds, 12345 / 44100.0) << name;
    }
}

/// Replaces `from` by `to`, of equal length, in the file.
void patch(const std::filesystem::path& path, const std::string& from, const std::string& to) {
    std::string bytes = test::readBytes(path);
    const auto at = bytes.find(from);
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, from.size(), to);
    writeBytes(path, bytes);
}

TEST_F(TagReaderTest, CommentsThatAreNotUtf8AreRepaired) {
    for (const char* name : {"a.flac", "a.ogg", "a.opus"}) {
        const auto path = dir.path() / name;
        writeAudio(path, 1, 48000, 48000);
        writeTags(path, {{"TITLE", "Bjxrk"}, {"ARTIST", "Somebody"}});
        patch(path, "Bjxrk", "Bj\xF6rk");
        const Tags tags = read(path);
        EXPECT_EQ(tags.title, "Bj\xC3\xB6rk") << name;
        EXPECT_EQ(tags.artist, "Somebody") << name;
    }
}

TEST_F(TagReaderTest, ANameOfAnyBytesGivesAValidTitle) {
    const auto path = dir.path() / "song \xFF\xC3.wav";
    writeAudio(path);
    EXPECT_EQ(read(path).title, "song \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_F(TagReaderTest, ANameThatIsBlankStillGivesATitle) {
    const auto path = dir.path() / " \n.wav";
    writeAudio(path);
    EXPECT_EQ(read(path).title, ".wav");
}

TEST_F(TagReaderTest, LongTagsAreCut) {
    const auto path = dir.path() / "a.flac";
    writeAudio(path);
    writeTags(path, {{"TITLE", std::string(100'000, 'x')}});
    EXPECT_EQ(read(path).title, std::string(kMaxTagBytes, 'x'));
}

TEST_F(TagReaderTest, SeveralArtistsBecomeAList) {
    const auto path = dir.path() / "a.flac";
    writeAudio(path);
    writeTags(path, {{"ARTIST", "A"}, {"ARTIST", "B"}});
    EXPECT_EQ(read(path).artist, "A; B");
}

TEST_F(TagReaderTest, NumbersThatMeanNothingAreUnknown) {
    const auto path = dir.path() / "a.flac";
    writeAudio(path);
    writeTags(path, {{"TRACKNUMBER", "-3"}, {"DISCNUMBER", "99999999999"}, {"DATE", "soon"}});
    const Tags tags = read(path);
    EXPECT_EQ(tags.trackNumber, 0);
    EXPECT_EQ(tags.discNumber, 0);
    EXPECT_EQ(tags.year, 0);
}

TEST_F(TagReaderTest, FilesWithoutAudioSayWhy) {
    const auto codeOf = [&](const char* name, std::string_view bytes) {
        writeBytes(dir.path() / name, bytes);
        const auto read = readTags(dir.path() / name);
        EXPECT_FALSE(read) << name;
        if (!read) {
            EXPECT_NE(read.error().message.find(name), std::string::npos);
        }
        return read ? ErrorCode::Internal : read.error().code;
    };
    EXPECT_EQ(codeOf("empty.flac", ""), ErrorCode::Corrupt);
    EXPECT_EQ(codeOf("text.wav", "this is no music at all"), ErrorCode::Unsupported);
    EXPECT_EQ(codeOf("text.mp3", "this is no music at all"), ErrorCode::Corrupt);
    EXPECT_EQ(codeOf("head.flac", "fLaC"), ErrorCode::Corrupt);
    EXPECT_EQ(codeOf("head.ogg", std::string("OggS\0\2", 6)), ErrorCode::Unsupported);
    EXPECT_EQ(codeOf("head.wav", std::string("RIFF\xFF\xFF\xFF\x7FWAVEfmt \xFF\xFF\xFF\xFF", 20)),
              ErrorCode::Corrupt);
    EXPECT_EQ(errorOf(readTags(dir.path() / "none.wav")), ErrorCode::NotFound);
}

TEST_F(TagReaderTest, OnlyRegularFilesAreRead) {
    ASSERT_EQ(::mkfifo((dir.path() / "pipe.wav").c_str(), 0666), 0);
    std::filesystem::create_directory(dir.path() / "dir.flac");
    EXPECT_EQ(errorOf(readTags(dir.path() / "pipe.wav")), ErrorCode::Unsupported);
    EXPECT_EQ(errorOf(readTags(dir.path() / "dir.flac")), ErrorCode::Unsupported);
}

TEST_F(TagReaderTest, AFileThatMayNotBeReadIsAnIoError) {
    const test::WithoutPrivileges unprivileged;
    if (!unprivileged.dropped())
        GTEST_SKIP() << "cannot drop root's rights here";
    const segue::test::TempDir own;
    writeAudio(own.path() / "a.wav");
    std::filesystem::permissions(own.path() / "a.wav", std::filesystem::perms::none);
    EXPECT_EQ(errorOf(readTags(own.path() / "a.wav")), ErrorCode::Io);
}

TEST_F(TagReaderTest, TruncatedAndDamagedFilesNeverCrash) {
    std::mt19937 random(3);
    for (const char* name : {"a.wav", "a.flac", "a.ogg", "a.opus", "a.mp3", "a.aiff"}) {
        const auto path = dir.path() / name;
        writeAudio(path, 1, 4800, 48000);
        writeTags(path, kFull);
        const std::string whole = test::readBytes(path);
        for (int i = 0; i < 150; ++i) {
            std::string bytes = whole;
            if (i % 3 == 0)
                bytes.resize(random() % bytes.size());
            for (int k = 0; k < 4 && !bytes.empty(); ++k)
                bytes[random() % std::min<std::size_t>(bytes.size(), 400)] =
                    static_cast<char>(random());
            const auto tags = readTags(std::as_bytes(std::span(bytes)), name);
            if (tags) {
                EXPECT_TRUE(isUtf8(tags->title + tags->artist + tags->album + tags->genre));
                EXPECT_GT(tags->sampleRateHz, 0);
                EXPECT_GE(tags->durationSeconds, 0);
            }
        }
    }
}

TEST_F(TagReaderTest, ACompressedFrameIsNotUnpacked) {
    // An ID3v2.4 tag whose title is fine and is followed by a frame that claims to be compressed.
    const auto frame = [](const char* id, char flags, const std::string& data) {
        return std::string(id) + std::string(3, '\0') + static_cast<char>(data.size()) + '\0' +
               flags + data;
    };
    const std::string frames = frame("TIT2", 0, "\x03Kept") +
                               frame("TPE1", 0x09, std::string("\0\0\0\x20", 4) + "x\x9C garbage");
    writeAudio(dir.path() / "a.mp3", 1, 48000, 48000);
    const std::string header =
        std::string("ID3\x04\0\0\0\0\0", 9) + static_cast<char>(frames.size());
    writeBytes(dir.path() / "b.mp3", header + frames + test::readBytes(dir.path() / "a.mp3"));
    const Tags tags = read(dir.path() / "b.mp3");
    EXPECT_EQ(tags.title, "Kept");
    EXPECT_EQ(tags.artist, "");
    EXPECT_EQ(tags.codec, "mp3");
}

TEST_F(TagReaderTest, SeveralThreadsMayReadAtOnce) {
    for (const char* name : {"a.flac", "a.mp3", "a.ogg"}) {
        writeAudio(dir.path() / name, 1, 4800, 48000);
        writeTags(dir.path() / name, kFull);
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this] {
            for (int k = 0; k < 20; ++k)
                for (const char* name : {"a.flac", "a.mp3", "a.ogg"})
                    EXPECT_EQ(readTags(dir.path() / name)->tags.album, "Album");
        });
    for (std::thread& thread : threads)
        thread.join();
}

TEST_F(TagReaderTest, WhatOnlyDecodersKnow) {
    test::writeAudio(dir.path() / "source.wav", 1, 44'100, 44'100, 2);
    struct Case {
        const char* name;
        const char* arguments;
        const char* codec;
        const char* title; ///< that is read
    };
    for (const Case& wanted :
         {Case{"a.mka", "-c:a flac", "flac", "A title"},
          Case{"a.webm", "-c:a libopus -ar 48000", "opus", "A title"},
          Case{"a.aac", "-c:a aac", "aac", "a"}, Case{"a.oga", "-c:a flac", "flac", "A title"}}) {
        const auto path = dir.path() / wanted.name;
        const std::string command = "ffmpeg -v error -y -i '" +
                                    (dir.path() / "source.wav").string() + "' " + wanted.arguments +
                                    " -metadata title='A title' -metadata track=3 '" +
                                    path.string() + "' < /dev/null";
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
        const auto found = readTags(path);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->tags.codec, wanted.codec);
        EXPECT_EQ(found->tags.title, wanted.title);
        EXPECT_NEAR(found->tags.durationSeconds, 1.0, 0.06) << wanted.name;
        EXPECT_EQ(found->tags.numChannels, 2);
        EXPECT_EQ(found->tags.trackNumber, std::string(wanted.title) == "a" ? 0 : 3);
    }
}

} // namespace
} // namespace segue::library
