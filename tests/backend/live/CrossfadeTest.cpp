#include "backend/live/Crossfade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "processing/encode/PcmQuantizer.h"
#include "tests/support/Signals.h"

namespace segue::backend::live {
namespace {

using encode::PcmFormat;

std::vector<std::byte> pcmOf(AudioBuffer& audio, PcmFormat format) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(audio.numFrames() * audio.numChannels() *
                                                          encode::bytesPerSample(format)));
    encode::quantize(audio.block(), 0, format, encode::Dither::No, bytes.data());
    return bytes;
}

TEST(Crossfade, DecodingIsTheInverseOfQuantising) {
    for (const PcmFormat format : {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32}) {
        AudioBuffer audio = test::noise(3, 1000, 1.0);
        audio.channel(0)[0] = -1.0f;
        audio.channel(1)[0] = 1.0f;
        const auto bytes = pcmOf(audio, format);
        AudioBuffer decoded(3, 1000);
        decodePcm(bytes, format, decoded.block());
        EXPECT_TRUE(pcmOf(decoded, format) == bytes) << static_cast<int>(format);
        EXPECT_EQ(decoded.channel(0)[0], -1.0f);
        EXPECT_NEAR(decoded.channel(2)[500], audio.channel(2)[500], 1.0 / 32768);
    }
}

TEST(Crossfade, IsTheSameInAnyPieces) {
    constexpr std::int64_t kLength = 997;
    AudioBuffer from = test::noise(2, kLength, 0.5, 1);
    AudioBuffer whole = test::noise(2, kLength, 0.5, 2);
    AudioBuffer pieces = test::noise(2, kLength, 0.5, 2);
    crossfade(whole.block(), from.block(), 0, kLength);
    for (std::int64_t at = 0; at < kLength;) {
        const std::int64_t count = std::min<std::int64_t>(kLength - at, 1 + at % 64);
        float* to[] = {pieces.channel(0) + at, pieces.channel(1) + at};
        float* old[] = {from.channel(0) + at, from.channel(1) + at};
        crossfade({to, 2, count}, {old, 2, count}, at, kLength);
        at += count;
    }
    for (int c = 0; c < 2; ++c)
        EXPECT_TRUE(std::equal(whole.channel(c), whole.channel(c) + kLength, pieces.channel(c)));
}

TEST(Crossfade, GoesEvenlyFromOneToTheOtherAndNeverBeyondEither) {
    constexpr std::int64_t kLength = 99;
    AudioBuffer from(1, kLength), to(1, kLength);
    std::fill_n(from.channel(0), kLength, 1.0f);
    std::fill_n(to.channel(0), kLength, -1.0f);
    crossfade(to.block(), from.block(), 0, kLength);
    for (std::int64_t n = 0; n < kLength; ++n)
        EXPECT_NEAR(to.channel(0)[n], 1.0 - 2.0 * static_cast<double>(n + 1) / 100, 1e-6);
    AudioBuffer equal(1, kLength);
    std::fill_n(equal.channel(0), kLength, 0.891f);
    crossfade(equal.block(), equal.block(), 0, kLength);
    for (std::int64_t n = 0; n < kLength; ++n)
        EXPECT_NEAR(equal.channel(0)[n], 0.891f, 1e-7);
}

TEST(Crossfade, ARampGoesDownAndUpAgain) {
    AudioBuffer audio(1, 4);
    std::fill_n(audio.channel(0), 4, 1.0f);
    ramp(audio.block(), 4, -1, 4);
    EXPECT_EQ(std::vector<float>(audio.channel(0), audio.channel(0) + 4),
              (std::vector<float>{1, 0.75, 0.5, 0.25}));
    std::fill_n(audio.channel(0), 4, 1.0f);
    ramp(audio.block(), 0, 1, 4);
    EXPECT_EQ(std::vector<float>(audio.channel(0), audio.channel(0) + 4),
              (std::vector<float>{0, 0.25, 0.5, 0.75}));
}

} // namespace
} // namespace segue::backend::live
