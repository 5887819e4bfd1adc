// Every edge length of a track, at every rate: chunks tile it exactly once.

#include <array>

#include <gtest/gtest.h>

#include "processing/chunk/ChunkGeometry.h"
#include "processing/chunk/ChunkLayout.h"

namespace segue::chunk {
namespace {

constexpr std::array kRatesHz{8000, 11025, 22050, 44100, 48000, 88200, 96000, 176400, 192000};

std::vector<std::int64_t> edgeLengths(std::int64_t rate) {
    const std::int64_t L = 30 * rate;
    const std::int64_t X = rate;
    return {0, 1, L - 1, L, L + 1, L + X - 1, L + X, L + X + 1, 2 * L, 3 * L, 3 * L + 7};
}

TEST(ChunkGeometry, BodiesTileTheTrackWithoutPhantomChunk) {
    for (const int rate : kRatesHz)
        for (const std::int64_t n : edgeLengths(rate)) {
            const ChunkGeometry geometry(rate, n);
            std::int64_t at = 0;
            for (std::int64_t i = 0; i < geometry.numChunks(); ++i) {
                EXPECT_EQ(geometry.body(i).begin, at);
                EXPECT_GT(geometry.body(i).length(), 0);
                EXPECT_EQ(geometry.chunkOf(geometry.body(i).begin), i);
                EXPECT_EQ(geometry.chunkOf(geometry.body(i).end - 1), i);
                at = geometry.body(i).end;
            }
            EXPECT_EQ(at, n) << "rate " << rate;
        }
}

TEST(ChunkGeometry, TailIsTheNextSeam) {
    for (const int rate : kRatesHz)
        for (const std::int64_t n : edgeLengths(rate)) {
            const ChunkGeometry geometry(rate, n);
            for (std::int64_t i = 0; i < geometry.numChunks(); ++i) {
                const FrameRange tail = geometry.tail(i);
                if (i + 1 == geometry.numChunks()) {
                    EXPECT_EQ(tail.length(), 0);
                    continue;
                }
                EXPECT_EQ(tail, geometry.seam(i + 1));
                EXPECT_EQ(tail.length(), std::min<std::int64_t>(rate, n - (i + 1) * 30 * rate));
                EXPECT_LE(tail.end, geometry.body(i + 1).end);
            }
            if (geometry.numChunks() > 0) {
                EXPECT_EQ(geometry.seam(0).length(), 0);
            }
        }
}

TEST(ChunkGeometry, SourceIsRenderedPlusContextClampedToTheTrack) {
    const ChunkGeometry geometry(44100, 100 * 44100);
    EXPECT_EQ(geometry.source(0), (FrameRange{0, 36 * 44100}));
    EXPECT_EQ(geometry.source(1), (FrameRange{25 * 44100, 66 * 44100}));
    EXPECT_EQ(geometry.source(3), (FrameRange{85 * 44100, 100 * 44100}));
}

TEST(ChunkLayout, SectionsCoverBodyAndTail) {
    for (const int channels : {1, 2, 6})
        for (const auto pcm :
             {encode::PcmFormat::Int16, encode::PcmFormat::Int24, encode::PcmFormat::Float32})
            for (const std::int64_t n : edgeLengths(8000)) {
                const ChunkGeometry geometry(8000, n);
                const encode::StreamFormat format{8000, channels, pcm};
                for (std::int64_t i = 0; i < geometry.numChunks(); ++i) {
                    const ChunkLayout layout(geometry, format, i);
                    EXPECT_EQ(layout.head().begin, geometry.body(i).begin);
                    EXPECT_EQ(layout.head().length(), geometry.seam(i).length());
                    EXPECT_EQ(layout.mid().begin, layout.head().end);
                    EXPECT_EQ(layout.mid().end, geometry.body(i).end);
                    EXPECT_EQ(layout.tail(), geometry.tail(i));
                    EXPECT_EQ(layout.payloadBytes(),
                              (layout.head().length() + layout.tail().length()) * 4 * channels +
                                  layout.mid().length() * format.bytesPerFrame());
                }
            }
}

} // namespace
} // namespace segue::chunk
