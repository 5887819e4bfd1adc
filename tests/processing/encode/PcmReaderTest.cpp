#include "processing/encode/PcmReader.h"

#include <gtest/gtest.h>

#include <vector>

#include "processing/encode/PcmQuantizer.h"
#include "tests/support/Signals.h"

namespace segue::encode {
namespace {

TEST(PcmReader, ReadsBackWhatTheQuantiserWrote) {
    for (const PcmFormat format : {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32})
        for (const int channels : {1, 2, 3}) {
            AudioBuffer sound = test::noise(channels, 1001, 0.99);
            sound.channel(0)[5] = -1;
            std::vector<std::byte> bytes(
                static_cast<std::size_t>(1001 * channels * bytesPerSample(format)));
            quantize(sound.block(), 0, format, Dither::No, bytes.data());
            AudioBuffer read(channels, 1001);
            readPcm(bytes.data(), format, read.block());
            // Half a step; a float's own precision ends at 24 bits.
            const double step = format == PcmFormat::Int16 ? 0x1p-16 : 0x1p-24;
            for (int c = 0; c < channels; ++c)
                EXPECT_LE(test::peakDifference(sound.channel(c), read.channel(c), 1001),
                          format == PcmFormat::Float32 ? 0 : step * 1.01)
                    << bitsPerSample(format) << " bits, channel " << c;
            EXPECT_EQ(read.channel(0)[5], -1.0f);
            std::vector<std::byte> again(bytes.size());
            quantize(read.block(), 0, format, Dither::No, again.data());
            EXPECT_EQ(again, bytes);
        }
}

} // namespace
} // namespace segue::encode
