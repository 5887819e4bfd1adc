// Ogg files as they are found: chained, with lost pages, cut anywhere.

#include <gtest/gtest.h>

#include <sndfile.h>

#include <cmath>
#include <cstring>

#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

constexpr int kVorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
constexpr int kOpus = SF_FORMAT_OGG | SF_FORMAT_OPUS;

/// Offsets of all pages, and the end.
std::vector<std::size_t> pagesOf(const std::vector<std::uint8_t>& bytes) {
    std::vector<std::size_t> pages;
    std::size_t at = 0;
    while (at + 27 <= bytes.size() && std::memcmp(&bytes[at], "OggS", 4) == 0) {
        pages.push_back(at);
        std::size_t next = at + 27 + bytes[at + 26];
        for (std::size_t i = 0; i < bytes[at + 26]; ++i)
            next += bytes[at + 27 + i];
        at = next;
    }
    pages.push_back(at);
    return pages;
}

class Ogg : public ::testing::TestWithParam<int> {
  protected:
    std::vector<std::uint8_t> encoded(int numChannels, std::int64_t numFrames, unsigned seed) {
        test::writeAudio(path_, {"a", GetParam(), 48'000, numChannels, 0.5},
                         test::music(48'000, numChannels, numFrames, seed));
        return test::bytesOf(path_);
    }

    segue::test::TempDir dir_;
    std::filesystem::path path_ = dir_.path() / "a.ogg";
};

TEST_P(Ogg, ChainedFilesOfOneFormatAreOneTrack) {
    auto bytes = encoded(2, 200'000, 1);
    const auto first = test::readAll(*test::opened(path_));
    const auto more = encoded(2, 150'000, 2);
    bytes.insert(bytes.end(), more.begin(), more.end());
    test::writeBytes(path_, bytes);
    auto source = test::opened(path_);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, 350'000);
    const auto whole = test::readAll(*source);
    ASSERT_EQ(test::framesOf(whole), 350'000);
    auto early = first;
    for (auto& plane : early)
        plane.resize(190'000);
    EXPECT_TRUE(test::equalAt(early, whole, 0));
    for (const std::int64_t frame : {199'000, 200'000, 200'001, 250'000, 10, 349'990, 5'000}) {
        ASSERT_TRUE(source->seek(frame));
        test::Planes part;
        ASSERT_EQ(test::readInto(*source, 3000, 500, part), "");
        EXPECT_TRUE(test::equalAt(part, whole, frame)) << frame;
    }
}

TEST_P(Ogg, ChainsWhoseChannelsChangeAreRefused) {
    auto bytes = encoded(2, 50'000, 1);
    const auto more = encoded(1, 50'000, 2);
    bytes.insert(bytes.end(), more.begin(), more.end());
    test::writeBytes(path_, bytes);
    const auto source = openSource(path_);
    ASSERT_FALSE(source);
    EXPECT_EQ(segue::test::codeOf(source), ErrorCode::Unsupported);
}

TEST_P(Ogg, LostPagesLeaveTheRestInPlace) {
    auto bytes = encoded(2, 600'000, 3);
    const auto whole = test::readAll(*test::opened(path_));
    const auto pages = pagesOf(bytes);
    ASSERT_GT(pages.size(), 10u);
    const std::size_t lost = pages.size() / 3;
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(pages[lost]),
                bytes.begin() + static_cast<std::ptrdiff_t>(pages[lost + 1]));
    test::writeBytes(path_, bytes);
    auto source = test::opened(path_);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->info().numFrames, 600'000);
    const auto damaged = test::readAll(*source);
    ASSERT_EQ(test::framesOf(damaged), 600'000) << "the hole is silent, not cut out";
    // From the end of the file back to the hole, everything agrees.
    std::size_t same = 0;
    while (same < 600'000 && damaged[0][599'999 - same] == whole[0][599'999 - same])
        ++same;
    EXPECT_GT(same, 240'000u);
    // In between lies silence, about as long as a page.
    const std::int64_t after = 600'000 - static_cast<std::int64_t>(same);
    std::int64_t before = 0, silent = 0, longest = 0, silentEnd = 0;
    while (before < after && damaged[0][static_cast<std::size_t>(before)] ==
                                 whole[0][static_cast<std::size_t>(before)])
        ++before;
    for (std::int64_t n = before; n < after; ++n) {
        silent = damaged[0][static_cast<std::size_t>(n)] == 0.0f ? silent + 1 : 0;
        if (silent > longest) {
            longest = silent;
            silentEnd = n + 1;
        }
    }
    EXPECT_GT(longest, 6'000);
    for (std::int64_t n = 0; n < 600'000; ++n)
        ASSERT_LT(std::abs(damaged[0][static_cast<std::size_t>(n)]), 1.5f) << n;
    // And what is read after a seek is what reading from the start gives.
    for (const std::int64_t frame :
         {std::int64_t{100'000}, before - 700, before, silentEnd - longest - 1,
          silentEnd - longest + 1, silentEnd - 400, silentEnd, after, std::int64_t{450'000},
          std::int64_t{599'000}}) {
        ASSERT_TRUE(source->seek(frame));
        test::Planes part;
        ASSERT_EQ(test::readInto(*source, 900, 300, part), "");
        EXPECT_TRUE(test::equalAt(part, damaged, frame)) << frame;
    }
}

TEST_P(Ogg, CutAtEveryPageBorderItGivesThePagesBefore) {
    const auto bytes = encoded(1, 300'000, 4);
    const auto whole = test::readAll(*test::opened(path_));
    const auto pages = pagesOf(bytes);
    std::int64_t last = -1;
    for (std::size_t i = 1; i < pages.size(); ++i) {
        test::writeBytes(path_,
                         {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(pages[i])});
        auto source = openSource(path_);
        if (!source)
            continue;
        test::Planes planes;
        test::readInto(**source, 1'000'000'000, 4096, planes);
        EXPECT_GE(test::framesOf(planes), last) << i;
        last = test::framesOf(planes);
        EXPECT_EQ(last, (*source)->info().numFrames);
    }
    EXPECT_EQ(last, 300'000);
}

TEST_P(Ogg, DamagedHeadersAreRefusedOrReadWithoutHarm) {
    // Among them are codebooks that libvorbis builds by half: see VorbisDecoder::open().
    const auto bytes = encoded(2, 10'000, 5);
    const auto pages = pagesOf(bytes);
    int refused = 0;
    for (std::size_t at = 28; at + 4 < pages[std::min<std::size_t>(pages.size() - 1, 3)];
         at += 29) {
        auto damaged = bytes;
        for (std::size_t i = 0; i < 4; ++i)
            damaged[at + i] = 0xFF;
        test::mendOggChecksums(damaged);
        test::writeBytes(path_, damaged);
        auto source = openSource(path_);
        if (!source) {
            ++refused;
            continue;
        }
        AudioBuffer buffer((*source)->info().numChannels, 2000);
        for (int i = 0; i < 3; ++i) {
            (void)(*source)->read(buffer.block());
            (void)(*source)->seek((*source)->info().numFrames / 2);
        }
    }
    EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Codecs, Ogg, ::testing::Values(kVorbis, kOpus), [](const auto& test) {
    return test.param == kVorbis ? "Vorbis" : "Opus";
});

} // namespace
} // namespace segue::decode
