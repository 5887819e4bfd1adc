// Where lyrics are found: beside the track and inside of it.

#include "library/Lyrics.h"

#include <gtest/gtest.h>

#include <fstream>

#include <taglib/id3v2tag.h>
#include <taglib/mpegfile.h>
#include <taglib/synchronizedlyricsframe.h>
#include <taglib/tpropertymap.h>

#include "library/TagWriter.h"
#include "tests/library/LibraryFixture.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::library {
namespace {

class LyricsTest : public ::testing::Test {
  protected:
    std::filesystem::path track(const std::string& name) const {
        test::writeAudio(dir_.path() / name);
        return dir_.path() / name;
    }
    segue::test::TempDir dir_;
};

TEST_F(LyricsTest, ComeFromInsideOfEveryFormat) {
    for (const char* name : {"a.flac", "a.ogg", "a.opus", "a.mp3", "a.wav"}) {
        const auto path = track(name);
        EXPECT_FALSE(*lyricsOf(path)) << name;
        Metadata metadata;
        metadata.texts["LYRICS"] = {"One line\nand another"};
        if (!writeMetadata(path, metadata))
            continue; // a format that is not written
        const auto found = lyricsOf(path);
        ASSERT_TRUE(found && *found) << name;
        EXPECT_TRUE((*found)->embedded);
        EXPECT_FALSE((*found)->lyrics.synced);
        ASSERT_EQ((*found)->lyrics.lines.size(), 2u) << name;
        EXPECT_EQ((*found)->lyrics.lines[1].text, "and another");
    }
}

TEST_F(LyricsTest, SyncedOnesBeforePlainOnesAndThoseBesideBeforeThoseInside) {
    const auto path = track("a.flac");
    Metadata metadata;
    metadata.texts["LYRICS"] = {"[00:01]inside"};
    ASSERT_TRUE(writeMetadata(path, metadata));
    std::ofstream(dir_.path() / "a.lrc") << "beside, plain";
    EXPECT_EQ((*lyricsOf(path))->lyrics.lines[0].text, "inside");
    std::ofstream(dir_.path() / "a.lrc") << "[00:02]beside";
    const auto found = lyricsOf(path);
    EXPECT_EQ((*found)->lyrics.lines[0].text, "beside");
    EXPECT_FALSE((*found)->embedded);
}

TEST_F(LyricsTest, Id3sOwnSyncedLyrics) {
    const auto path = track("a.mp3");
    {
        TagLib::MPEG::File file(path.c_str(), false);
        auto* frame = new TagLib::ID3v2::SynchronizedLyricsFrame(TagLib::String::UTF8);
        frame->setType(TagLib::ID3v2::SynchronizedLyricsFrame::Lyrics);
        frame->setTimestampFormat(TagLib::ID3v2::SynchronizedLyricsFrame::AbsoluteMilliseconds);
        using Part = TagLib::ID3v2::SynchronizedLyricsFrame::SynchedText;
        TagLib::ID3v2::SynchronizedLyricsFrame::SynchedTextList parts;
        parts.append(Part(500, "Hel"));
        parts.append(Part(700, "lo"));
        parts.append(Part(1500, "\nyou"));
        frame->setSynchedText(parts);
        file.ID3v2Tag(true)->addFrame(frame);
        ASSERT_TRUE(file.save());
    }
    const auto found = lyricsOf(path);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->lyrics.lines, (std::vector<LyricLine>{{500, "Hello"}, {1500, "you"}}));
}

TEST_F(LyricsTest, OfWhatIsNoTrackIsAnError) {
    EXPECT_EQ(segue::test::codeOf(lyricsOf(dir_.path() / "none.flac")), ErrorCode::NotFound);
    EXPECT_EQ(segue::test::codeOf(lyricsOf(dir_.path())), ErrorCode::Unsupported);
}

} // namespace
} // namespace segue::library
