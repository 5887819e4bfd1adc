// Pictures made small, and those that are made to do harm.

#include "artwork/Picture.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "tests/artwork/TestPictures.h"
#include "tests/support/Errors.h"

namespace segue::artwork {
namespace {

using test::bytesOf;
using test::halves;
using test::kBlue;
using test::kNothing;
using test::kRed;

void expectColour(const Image& image, int x, int y, const std::array<std::uint8_t, 4>& colour,
                  int tolerance) {
    for (std::size_t c = 0; c < 4; ++c)
        EXPECT_NEAR(image.pixels[static_cast<std::size_t>(4 * (y * image.width + x)) + c],
                    colour[c], tolerance)
            << x << " " << y << " " << c;
}

TEST(Picture, EveryFormatBecomesAJpegOfTheSizeThatWasAskedFor) {
    const Image image = halves(1500, 900, kRed, kBlue);
    for (const std::string& file : {*encodeJpeg(image), *encodePng(image), test::webp(image)}) {
        const auto small = resized(bytesOf(file), 256);
        ASSERT_TRUE(small) << small.error().message;
        EXPECT_EQ(small->mimeType, "image/jpeg");
        const Image shown = test::decoded(*small);
        ASSERT_EQ(shown.width, 256);
        ASSERT_EQ(shown.height, 154);
        for (const int y : {2, 77, 151}) {
            expectColour(shown, 20, y, kRed, 6);
            expectColour(shown, 235, y, kBlue, 6);
        }
    }
}

TEST(Picture, SmallOnesStayAsTheyAre) {
    const auto small = resized(bytesOf(*encodePng(halves(40, 30, kRed, kBlue))), 512);
    ASSERT_TRUE(small);
    EXPECT_EQ(test::decoded(*small).width, 40);
    EXPECT_EQ(test::decoded(*small).height, 30);
    const auto thin = resized(bytesOf(*encodePng(halves(3000, 1, kRed, kBlue))), 64);
    ASSERT_TRUE(thin);
    EXPECT_EQ(test::decoded(*thin).width, 64);
    EXPECT_EQ(test::decoded(*thin).height, 1);
}

TEST(Picture, WhatShowsThroughBecomesPng) {
    for (const std::string& file : {*encodePng(halves(600, 600, kRed, kNothing)),
                                    test::webp(halves(600, 600, kRed, kNothing))}) {
        const auto small = resized(bytesOf(file), 100);
        ASSERT_TRUE(small) << small.error().message;
        EXPECT_EQ(small->mimeType, "image/png");
        const Image shown = test::decoded(*small);
        ASSERT_EQ(shown.width, 100);
        expectColour(shown, 10, 50, kRed, 1);
        EXPECT_EQ(shown.pixels[4 * (50 * 100 + 90) + 3], 0);
    }
}

TEST(Picture, BombsAreRefusedByTheirHeader) {
    std::string png = *encodePng(halves(16, 16, kRed, kBlue));
    // The header's width and height; its checksum is wrong then, but it is bounded before that too.
    png[16] = 0x7F;
    EXPECT_FALSE(resized(bytesOf(png), 64));
    std::string jpeg = *encodeJpeg(halves(16, 16, kRed, kBlue));
    const auto frame = jpeg.find("\xFF\xC0");
    ASSERT_NE(frame, std::string::npos);
    for (std::size_t i = 5; i < 9; ++i)
        jpeg[frame + i] = '\xF0';
    EXPECT_EQ(segue::test::codeOf(resized(bytesOf(jpeg), 64)), ErrorCode::Unsupported);
    EXPECT_EQ(
        segue::test::codeOf(resized(bytesOf(std::string(kLargestPictureBytes + 1, '\xFF')), 64)),
        ErrorCode::Unsupported);
}

TEST(Picture, WhatIsNoneIsRefused) {
    for (const std::string& file : {std::string(), std::string("GIF89a"),
                                    std::string("\xFF\xD8\xFF"), std::string("\x89PNG\r\n\x1A\n"),
                                    std::string("RIFF\0\0\0\0WEBP", 12), std::string(1000, '\0')})
        EXPECT_FALSE(resized(bytesOf(file), 64)) << file;
}

TEST(Picture, DamageAndCutsEndInAPictureOrAnError) {
    const Image image = halves(300, 200, kRed, kBlue);
    std::mt19937 random(1);
    for (const std::string& file : {*encodeJpeg(image), *encodePng(image), test::webp(image)}) {
        for (std::size_t size = 0; size < file.size(); size += 1 + file.size() / 60)
            resized(bytesOf(file.substr(0, size)), 64);
        for (int i = 0; i < 300; ++i) {
            std::string damaged = file;
            for (int k = 0; k < 4; ++k)
                damaged[random() % damaged.size()] = static_cast<char>(random());
            resized(bytesOf(damaged), 64);
        }
    }
    // A JPEG that is cut off is given as far as it goes.
    const std::string jpeg = *encodeJpeg(image);
    EXPECT_TRUE(resized(bytesOf(jpeg.substr(0, jpeg.size() * 3 / 4)), 64));
}

TEST(Shrinker, KeepsFlatColoursAndTheMean) {
    for (const int size : {1, 7, 64, 99, 100}) {
        Shrinker shrinker(100, 37, size);
        const Image image = halves(100, 37, kBlue, kBlue);
        for (int y = 0; y < 37; ++y)
            shrinker.add(image.pixels.data() + 400 * y);
        const Image small = shrinker.finish();
        EXPECT_EQ(small.width, size);
        for (int y = 0; y < small.height; ++y)
            for (int x = 0; x < small.width; ++x)
                expectColour(small, x, y, kBlue, 1);
    }
    Shrinker shrinker(100, 100, 1);
    const Image image = halves(100, 100, {0, 0, 0, 255}, {200, 100, 50, 255});
    for (int y = 0; y < 100; ++y)
        shrinker.add(image.pixels.data() + 400 * y);
    expectColour(shrinker.finish(), 0, 0, {100, 50, 25, 255}, 1);
}

} // namespace
} // namespace segue::artwork
