#include "processing/encode/PcmQuantizer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "processing/types/Hash.h"

namespace segue::encode {
namespace {

std::int32_t sampleAt(const std::byte* bytes, PcmFormat format) {
    std::uint32_t value = 0;
    const int count = bytesPerSample(format);
    for (int i = 0; i < count; ++i)
        value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * (i + 4 - count));
    return static_cast<std::int32_t>(value) >> (8 * (4 - count));
}

/// Interleaved integers.
std::vector<std::int32_t> quantized(AudioBuffer& buffer, PcmFormat format, Dither dither,
                                    std::int64_t firstFrame = 0) {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(buffer.numFrames() * buffer.numChannels()) *
        static_cast<std::size_t>(bytesPerSample(format)));
    quantize(buffer.block(), firstFrame, format, dither, bytes.data());
    std::vector<std::int32_t> values;
    for (std::size_t i = 0; i < bytes.size(); i += static_cast<std::size_t>(bytesPerSample(format)))
        values.push_back(sampleAt(&bytes[i], format));
    return values;
}

void fillConstant(AudioBuffer& buffer, float value) {
    for (int c = 0; c < buffer.numChannels(); ++c)
        std::fill_n(buffer.channel(c), buffer.numFrames(), value);
}

void fillNoise(AudioBuffer& buffer, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1.1f, 1.1f);
    for (int c = 0; c < buffer.numChannels(); ++c)
        for (std::int64_t n = 0; n < buffer.numFrames(); ++n)
            buffer.channel(c)[n] = uniform(random);
}

TEST(PcmQuantizer, Every16BitValueComesBackExactly) {
    for (int numChannels = 1; numChannels <= kMaxChannels; ++numChannels) {
        AudioBuffer buffer(numChannels, 65536);
        for (int c = 0; c < numChannels; ++c)
            for (int k = 0; k < 65536; ++k)
                buffer.channel(c)[(k + c) % 65536] = static_cast<float>(k - 32768) / 32768.0f;
        const auto values = quantized(buffer, PcmFormat::Int16, Dither::No);
        for (int k = 0; k < 65536; ++k)
            for (int c = 0; c < numChannels; ++c)
                ASSERT_EQ(values[static_cast<std::size_t>(((k + c) % 65536) * numChannels + c)],
                          k - 32768);
    }
}

TEST(PcmQuantizer, TwentyFourBitValuesComeBackExactly) {
    for (int numChannels : {1, 2, 3}) {
        std::vector<std::int32_t> wanted;
        for (std::int32_t k = -8388608; k < 8388608; k += 97)
            wanted.push_back(k);
        wanted.push_back(8388607);
        AudioBuffer buffer(numChannels, static_cast<std::int64_t>(wanted.size()));
        for (int c = 0; c < numChannels; ++c)
            for (std::size_t n = 0; n < wanted.size(); ++n)
                buffer.channel(c)[n] = static_cast<float>(wanted[n]) / 8388608.0f;
        const auto values = quantized(buffer, PcmFormat::Int24, Dither::No);
        for (std::size_t n = 0; n < wanted.size(); ++n)
            for (std::size_t c = 0; c < static_cast<std::size_t>(numChannels); ++c)
                ASSERT_EQ(values[n * static_cast<std::size_t>(numChannels) + c], wanted[n]);
    }
}

TEST(PcmQuantizer, Float32IsCopiedBitForBit) {
    for (int numChannels : {1, 2, 5}) {
        AudioBuffer buffer(numChannels, 700);
        fillNoise(buffer, 3);
        buffer.channel(0)[0] = std::numeric_limits<float>::quiet_NaN();
        buffer.channel(0)[1] = -0.0f;
        buffer.channel(0)[2] = 1e-42f;
        buffer.channel(0)[3] = 12.5f;
        const auto values = quantized(buffer, PcmFormat::Float32, Dither::Tpdf);
        for (int n = 0; n < 700; ++n)
            for (int c = 0; c < numChannels; ++c)
                ASSERT_EQ(values[static_cast<std::size_t>(n * numChannels + c)],
                          std::bit_cast<std::int32_t>(buffer.channel(c)[n]));
    }
}

TEST(PcmQuantizer, RoundsToTheNearestInteger) {
    AudioBuffer buffer(1, 6);
    const std::array<float, 6> lsb = {0.4f, 0.6f, -0.4f, -0.6f, 1000.49f, -1000.51f};
    for (int n = 0; n < 6; ++n)
        buffer.channel(0)[n] = lsb[static_cast<std::size_t>(n)] / 32768.0f;
    EXPECT_EQ(quantized(buffer, PcmFormat::Int16, Dither::No),
              (std::vector<std::int32_t>{0, 1, 0, -1, 1000, -1001}));
}

TEST(PcmQuantizer, ClampsAtBothEndsAndTakesNanForSilence) {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const std::array<float, 9> in = {1.0f,  -1.0f,  1.5f,
                                     -1.5f, kInf,   -kInf,
                                     3e38f, -3e38f, std::numeric_limits<float>::quiet_NaN()};
    for (PcmFormat format : {PcmFormat::Int16, PcmFormat::Int24}) {
        const std::int32_t top = (1 << (bitsPerSample(format) - 1)) - 1;
        AudioBuffer buffer(2, 9 * 200);
        for (int c = 0; c < 2; ++c)
            for (std::size_t n = 0; n < 9 * 200; ++n)
                buffer.channel(c)[n] = in[n % 9];
        const auto exact = quantized(buffer, format, Dither::No);
        const auto dithered = quantized(buffer, format, Dither::Tpdf);
        for (std::size_t i = 0; i < exact.size(); ++i) {
            const float x = in[i / 2 % 9];
            if (std::isnan(x)) {
                ASSERT_EQ(exact[i], 0);
                ASSERT_LE(std::abs(dithered[i]), 1);
            } else {
                ASSERT_EQ(exact[i], x > 0 ? top : -top - 1);
                ASSERT_LE(std::abs(dithered[i] - exact[i]), 1);
            }
        }
    }
}

TEST(PcmQuantizer, AnyPartitionOfARangeGivesTheSameBytes) {
    constexpr std::int64_t kFrames = 5000;
    // The second start makes the range cross a multiple of 2^32 frames.
    for (const std::int64_t first : {std::int64_t{0}, (std::int64_t{1} << 32) - 1234})
        for (const int numChannels : {1, 2, 6})
            for (const PcmFormat format :
                 {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32}) {
                AudioBuffer buffer(numChannels, kFrames);
                fillNoise(buffer, 11);
                const auto frameBytes =
                    static_cast<std::size_t>(numChannels * bytesPerSample(format));
                std::vector<std::byte> whole(kFrames * frameBytes);
                quantize(buffer.block(), first, format, Dither::Tpdf, whole.data());

                std::vector<std::byte> parts(whole.size());
                std::mt19937 random(5);
                for (std::int64_t done = 0; done < kFrames;) {
                    const std::int64_t length = std::min<std::int64_t>(
                        kFrames - done, random() % 4 ? random() % 40 : random() % 1400);
                    std::vector<float*> channels;
                    for (int c = 0; c < numChannels; ++c)
                        channels.push_back(buffer.channel(c) + done);
                    quantize({channels.data(), numChannels, length}, first + done, format,
                             Dither::Tpdf, parts.data() + done * std::int64_t(frameBytes));
                    done += length;
                }
                ASSERT_EQ(whole, parts);
            }
}

/// out - in, in LSB, of one channel.
std::vector<double> errorOf(float lsbFraction, std::int64_t firstFrame, int channel,
                            std::int64_t numFrames) {
    AudioBuffer buffer(channel + 1, numFrames);
    fillConstant(buffer, (100.0f + lsbFraction) / 32768.0f);
    const auto values = quantized(buffer, PcmFormat::Int16, Dither::Tpdf, firstFrame);
    std::vector<double> error;
    for (std::int64_t n = 0; n < numFrames; ++n)
        error.push_back(values[static_cast<std::size_t>(n * (channel + 1) + channel)] - 100.0 -
                        double{lsbFraction});
    return error;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag) {
    double sum = 0, aa = 0, bb = 0;
    for (std::size_t n = 0; n + lag < a.size(); ++n) {
        sum += a[n] * b[n + lag];
        aa += a[n] * a[n];
        bb += b[n + lag] * b[n + lag];
    }
    return sum / std::sqrt(aa * bb);
}

constexpr std::int64_t kStatisticFrames = 1 << 18;

TEST(PcmQuantizer, DitheredErrorHasNoMeanAndConstantVarianceWhateverTheInput) {
    // Triangular dither makes the first two moments of the total error independent of the input:
    // mean 0, variance 1/6 + 1/12 LSB^2.
    for (const float fraction : {0.0f, 0.125f, 0.25f, 0.5f, 0.75f, 0.9f})
        for (const std::int64_t first : {std::int64_t{0}, std::int64_t{1'000'000'000}}) {
            const auto error = errorOf(fraction, first, 0, kStatisticFrames);
            double mean = 0, square = 0, largest = 0;
            for (double e : error) {
                mean += e / kStatisticFrames;
                square += e * e / kStatisticFrames;
                largest = std::max(largest, std::abs(e));
            }
            // Five standard errors of 2^18 draws.
            EXPECT_NEAR(mean, 0, 5 * 0.5 / 512) << fraction;
            EXPECT_NEAR(square, 0.25, 5 * 0.36 / 512) << fraction;
            EXPECT_LT(largest, 1.5) << fraction;
        }
}

TEST(PcmQuantizer, DitherIsTriangular) {
    // With the input on an integer, the outputs -1, 0, +1 come with the triangle's areas beyond
    // half an LSB: 1/8, 3/4, 1/8.
    std::array<double, 3> share{};
    for (double e : errorOf(0.0f, 0, 0, kStatisticFrames))
        share[static_cast<std::size_t>(std::lround(e) + 1)] += 1.0 / kStatisticFrames;
    EXPECT_NEAR(share[0], 0.125, 0.004);
    EXPECT_NEAR(share[1], 0.75, 0.005);
    EXPECT_NEAR(share[2], 0.125, 0.004);
}

TEST(PcmQuantizer, DitherOfChannelsAndNeighbouringFramesIsUncorrelated) {
    std::vector<std::vector<double>> channels;
    for (int c = 0; c < kMaxChannels; ++c)
        channels.push_back(errorOf(0.5f, 0, c, kStatisticFrames));
    constexpr double kFiveSigma = 5.0 / 512;
    for (std::size_t a = 0; a < channels.size(); ++a)
        for (std::size_t b = a; b < channels.size(); ++b)
            for (const std::size_t lag : {0, 1, 2, 3, 4, 8, 64, 1024, 4096})
                if (a != b || lag != 0) {
                    EXPECT_NEAR(correlation(channels[a], channels[b], lag), 0, kFiveSigma)
                        << a << " " << b << " " << lag;
                }
}

double powerAt(const std::vector<double>& signal, double cyclesPerSignal) {
    std::complex<double> sum = 0;
    const double step = -2 * std::numbers::pi * cyclesPerSignal / double(signal.size());
    for (std::size_t n = 0; n < signal.size(); ++n)
        sum += signal[n] * std::polar(1.0, step * double(n));
    return std::norm(sum) / double(signal.size());
}

TEST(PcmQuantizer, DitherIsWhite) {
    const auto error = errorOf(0.3f, 12345, 1, 1 << 14);
    // Sixteen bands of 24 bins: each band's mean power is 0.25 LSB^2 with 20 % standard deviation.
    for (int band = 0; band < 16; ++band) {
        double power = 0;
        for (int i = 0; i < 24; ++i)
            power += powerAt(error, band * 512 + 9 + i * 20) / 24;
        EXPECT_NEAR(power, 0.25, 0.25 * 0.9) << band;
        EXPECT_GT(power, 0.25 * 0.3) << band;
    }
}

TEST(PcmQuantizer, DitherKeepsHarmonicsOfAToneBelowTheNoise) {
    constexpr int kRate = 48000;
    AudioBuffer buffer(1, kRate);
    for (int n = 0; n < kRate; ++n)
        buffer.channel(0)[n] =
            0.5f * static_cast<float>(std::sin(2 * std::numbers::pi * 1000 * n / kRate));
    auto worstHarmonic = [&](Dither dither) {
        std::vector<double> signal;
        for (std::int32_t v : quantized(buffer, PcmFormat::Int16, dither))
            signal.push_back(v);
        double worst = 0;
        for (int k = 2; k < 24; ++k)
            worst = std::max(worst, powerAt(signal, 1000.0 * k));
        return worst;
    };
    // A bin of white noise of 0.25 LSB^2 exceeds 12 times its mean once in 160000.
    EXPECT_LT(worstHarmonic(Dither::Tpdf), 12 * 0.25);
    EXPECT_GT(worstHarmonic(Dither::No), 12 * 0.25) << "the measurement sees undithered harmonics";
}

TEST(PcmQuantizer, DitheredBytesStayTheSameOnEveryMachineAndRelease) {
    // Cached responses and their ETags rest on this: change it knowingly, with the chain version.
    AudioBuffer buffer(3, 1000);
    std::uint32_t state = 1;
    for (int c = 0; c < 3; ++c)
        for (int n = 0; n < 1000; ++n) {
            state = state * 1664525u + 1013904223u;
            buffer.channel(c)[n] =
                static_cast<float>(static_cast<std::int32_t>(state) >> 8) * (1.0f / 8388608.0f);
        }
    auto digest = [&](PcmFormat format) {
        std::vector<std::byte> bytes(static_cast<std::size_t>(3000 * bytesPerSample(format)));
        quantize(buffer.block(), 77, format, Dither::Tpdf, bytes.data());
        return hash128(bytes).hex();
    };
    EXPECT_EQ(digest(PcmFormat::Int16), "e7eabaa6913773d86f1764de8892821a");
    EXPECT_EQ(digest(PcmFormat::Int24), "03f9ab0393d2b03262876ae0571c7696");
}

} // namespace
} // namespace segue::encode
