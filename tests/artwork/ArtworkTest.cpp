// Which picture is a track's, and what is kept of it.

#include "artwork/Artwork.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include "artwork/FolderPicture.h"
#include "artwork/GeneratedPicture.h"
#include "tests/artwork/TestPictures.h"
#include "tests/support/TempDir.h"

namespace segue::artwork {
namespace {

namespace fs = std::filesystem;

class ArtworkTest : public ::testing::Test {
  protected:
    ArtworkTest() { fs::create_directories(root()); }
    fs::path root() const { return fs::canonical(dir_.path()) / "music"; }
    fs::path cacheFolder() const { return dir_.path() / "cache"; }
    void write(const fs::path& name, const std::string& bytes) const {
        fs::create_directories((root() / name).parent_path());
        std::ofstream(root() / name, std::ios::binary) << bytes;
    }
    std::string nameFor(const fs::path& track) const {
        const auto found = folderPicture(root() / track, root());
        return found ? found->lexically_relative(root()).string() : "";
    }

    segue::test::TempDir dir_;
    const std::string red_ = *encodeJpeg(test::halves(700, 700, test::kRed, test::kRed));
    const std::string blue_ = *encodeJpeg(test::halves(700, 700, test::kBlue, test::kBlue));
};

TEST_F(ArtworkTest, FolderPicturesAreRankedByName) {
    EXPECT_EQ(nameFor("a/1.flac"), "");
    for (const char* name : {"a/back.jpg", "a/cover.gif", "a/cover.txt"})
        write(name, "x");
    EXPECT_EQ(nameFor("a/1.flac"), "");
    for (const char* name :
         {"a/Disc1.PNG", "a/album.webp", "a/FRONT.jpeg", "a/Folder.png", "a/folder.JPG",
          "a/cover.png", "a/Cover.jpg"}) { // each better than the one before
        write(name, "x");
        EXPECT_EQ(nameFor("a/1.flac"), name);
    }
}

TEST_F(ArtworkTest, DiscsShareThePictureOfTheFolderAbove) {
    write("album/cover.jpg", "x");
    for (const char* disc : {"CD1", "cd 2", "Disc_03 - Live", "disk-4"}) {
        write(fs::path("album") / disc / "1.flac", "x");
        EXPECT_EQ(nameFor(fs::path("album") / disc / "1.flac"), "album/cover.jpg");
    }
    write("album/cdr/1.flac", "x");
    EXPECT_EQ(nameFor("album/cdr/1.flac"), "");
    write("album/CD1/folder.png", "x");
    EXPECT_EQ(nameFor("album/CD1/1.flac"), "album/CD1/folder.png");
    // Nothing above a music folder is looked at.
    EXPECT_FALSE(folderPicture(root() / "album/cd 2/1.flac", root() / "album/cd 2"));
}

TEST_F(ArtworkTest, IsFoundResizedAndKept) {
    write("a/1.flac", "no audio, so nothing inside");
    write("a/cover.jpg", red_);
    const Subject subject{root() / "a/1.flac", "An Artist", "An Album"};
    Artwork artwork({root()}, cacheFolder(), 1 << 20);
    const auto source = artwork.find(subject);
    ASSERT_TRUE(source);
    const auto picture = artwork.picture(subject, *source, 200);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->mimeType, "image/jpeg");
    EXPECT_EQ(test::decoded(*picture).width, 256); // the next step
    ASSERT_EQ(std::distance(fs::directory_iterator(cacheFolder()), {}), 1);
    const fs::path kept = fs::directory_iterator(cacheFolder())->path();

    // What comes is the file, also for the next process; where it is gone, it is made again.
    const std::string blue = resized(test::bytesOf(blue_), 256)->bytes;
    std::ofstream(kept, std::ios::binary) << blue;
    EXPECT_EQ(Artwork({root()}, cacheFolder(), 1 << 20).picture(subject, *source, 256)->bytes,
              blue);
    fs::remove(kept);
    EXPECT_EQ(artwork.picture(subject, *source, 256)->bytes, picture->bytes);

    // Another picture is another content.
    write("a/cover.jpg", blue_);
    EXPECT_NE(artwork.find(subject)->content, source->content);
}

TEST_F(ArtworkTest, WhatHasNoneGetsAGeneratedOne) {
    const Subject subject{root() / "b/1.flac", "An Artist", "An Album"};
    Artwork artwork({root()}, cacheFolder(), 1 << 20);
    const auto none = artwork.find(subject);
    ASSERT_TRUE(none);
    EXPECT_EQ(artwork.picture(subject, *none, 64)->mimeType, "image/svg+xml");
    write("b/cover.jpg", "\xFF\xD8\xFF and then nothing");
    const auto broken = artwork.find(subject);
    ASSERT_TRUE(broken);
    EXPECT_EQ(artwork.picture(subject, *broken, 64)->mimeType, "image/svg+xml");
}

TEST_F(ArtworkTest, ManyAtOnceGetTheSame) {
    write("a/cover.jpg", red_);
    const Subject subject{root() / "a/1.flac", "", ""};
    Artwork artwork({root()}, cacheFolder(), 1 << 20);
    std::vector<std::string> got(8);
    {
        std::vector<std::jthread> threads;
        for (std::string& bytes : got)
            threads.emplace_back([&] {
                const auto source = artwork.find(subject);
                bytes = source ? artwork.picture(subject, *source, 128)->bytes : "";
            });
    }
    for (const std::string& bytes : got)
        EXPECT_EQ(bytes, got[0]);
    EXPECT_FALSE(got[0].empty());
}

TEST(PictureCache, KeepsWithinItsBytesWhatWasUsedLast) {
    const segue::test::TempDir dir;
    const Picture picture{std::string(1000, 'x'), "image/png"};
    PictureCache cache(dir.path() / "c", 3500);
    for (std::uint64_t key = 1; key <= 3; ++key)
        cache.put({0, key}, picture);
    EXPECT_TRUE(cache.get({0, 1}));
    cache.put({0, 4}, picture);
    EXPECT_EQ(cache.numBytes(), 3000);
    EXPECT_TRUE(cache.get({0, 1}));
    EXPECT_FALSE(cache.get({0, 2}));
    PictureCache again(dir.path() / "c", 3500);
    EXPECT_EQ(again.numBytes(), 3000);
    EXPECT_EQ(again.get({0, 4})->bytes, picture.bytes);
    EXPECT_EQ(again.get({0, 4})->mimeType, "image/png");
    // Where nothing can be written nothing is kept.
    std::ofstream(dir.path() / "file") << "x";
    PictureCache nowhere(dir.path() / "file", 3500);
    nowhere.put({0, 1}, picture);
    EXPECT_FALSE(nowhere.get({0, 1}));
}

TEST(GeneratedPicture, FollowsFromTheNamesAndHoldsNoMarkupOfTheirs) {
    EXPECT_EQ(generatedPicture("A", "B").bytes, generatedPicture("A", "B").bytes);
    EXPECT_NE(generatedPicture("A", "B").bytes, generatedPicture("A", "C").bytes);
    std::set<std::string> different;
    for (int i = 0; i < 100; ++i)
        different.insert(generatedPicture("Artist", std::to_string(i)).bytes);
    EXPECT_GT(different.size(), 95u);
    for (const std::string& svg : different)
        for (const char* left : {"\"A\"", "\"B\"", "x\" cy", "rotate()"})
            EXPECT_EQ(svg.find(left), std::string::npos) << svg;
    for (const char* text : {"<script>", "&amp;", "\"><b>", "", "  ", "((("}) {
        const std::string svg = generatedPicture(text, text).bytes;
        EXPECT_EQ(svg.find("script>"), std::string::npos);
        EXPECT_EQ(svg.find('&'), std::string::npos);
        EXPECT_EQ(svg.find("<b>"), std::string::npos);
    }
}

} // namespace
} // namespace segue::artwork
