// Pictures inside of files.

#include "library/EmbeddedPicture.h"

#include <gtest/gtest.h>

#include "library/TagWriter.h"
#include "tests/library/LibraryFixture.h"
#include "tests/support/TempDir.h"

namespace segue::library {
namespace {

class EmbeddedPictureTest : public ::testing::TestWithParam<const char*> {
  protected:
    std::filesystem::path track() const {
        test::writeAudio(dir_.path() / GetParam());
        return dir_.path() / GetParam();
    }
    static Picture picture(int type, const std::string& bytes) {
        Picture made;
        made.type = type;
        made.mimeType = "image/jpeg";
        made.bytes = bytes;
        return made;
    }
    segue::test::TempDir dir_;
};

TEST_P(EmbeddedPictureTest, IsTheFrontCoverElseTheFirst) {
    const auto path = track();
    EXPECT_FALSE(*embeddedPicture(path));
    Metadata metadata;
    metadata.pictures = {picture(4, "the back"), picture(2, "an icon")};
    ASSERT_TRUE(writeMetadata(path, metadata));
    EXPECT_EQ(*embeddedPicture(path), "the back");
    metadata.pictures.push_back(picture(3, "the front"));
    ASSERT_TRUE(writeMetadata(path, metadata));
    EXPECT_EQ(*embeddedPicture(path), "the front");
}

TEST_P(EmbeddedPictureTest, OneThatIsTooLongIsNone) {
    const auto path = track();
    Metadata metadata;
    metadata.pictures = {picture(3, std::string(std::size_t{17} << 20, 'x'))};
    if (!writeMetadata(path, metadata)) // a FLAC block holds less
        return;
    const auto found = embeddedPicture(path);
    ASSERT_TRUE(found);
    EXPECT_TRUE(!*found || (*found)->size() <= std::size_t{16} << 20);
}

INSTANTIATE_TEST_SUITE_P(Formats, EmbeddedPictureTest,
                         ::testing::Values("a.flac", "a.opus", "a.mp3", "a.wav"),
                         [](const auto& test) { return std::string(test.param + 2); });

} // namespace
} // namespace segue::library
