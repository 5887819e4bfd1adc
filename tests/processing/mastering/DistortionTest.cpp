// What the chain adds to a pure tone: nothing to speak of, unless the preset states saturation, and
// then only what it states.

#include <cmath>
#include <complex>
#include <numbers>
#include <tuple>

#include <gtest/gtest.h>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/MasteringChain.h"
#include "tests/support/BufferSource.h"
#include "tests/support/Signals.h"

namespace segue::mastering {
namespace {

const std::atomic<bool> kNever{false};

/// The chain's answer to a stereo tone by the plan that the tone's own analysis gives; the last two
/// seconds of channel 0, where everything has settled.
std::vector<double> answerTo(double hz, double amplitude, int rate, const Preset& preset) {
    constexpr int kSeconds = 12;
    const auto make = [&] {
        return test::sine(2, static_cast<std::int64_t>(kSeconds) * rate, hz, rate, amplitude);
    };
    test::BufferSource source(make(), rate);
    const auto analysed = analysis::analyse(source, analysis::Coverage::Full, kNever).value();
    MasteringChain chain(makePlan(analysed, preset.name));
    chain.reset(0);
    AudioBuffer audio = make();
    chain.process(audio.block());
    const float* end = audio.channel(0) + audio.numFrames();
    return {end - 2 * rate, end};
}

/// Amplitude of the component at `hz`, by a Blackman window: neighbours 2 Hz away do not leak.
double amplitudeAt(const std::vector<double>& x, double hz, int rate) {
    std::complex<double> sum;
    double weights = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double t = static_cast<double>(i);
        const double w = 0.42 - 0.5 * std::cos(2 * std::numbers::pi * t / n) +
                         0.08 * std::cos(4 * std::numbers::pi * t / n);
        sum += w * x[i] * std::polar(1.0, -2 * std::numbers::pi * hz * t / rate);
        weights += w;
    }
    return 2 * std::abs(sum) / weights;
}

/// Root mean square of what is left when the tone and its second harmonic are taken out, over the
/// tone's, dB.
double restDb(const std::vector<double>& x, double hz, int rate, bool alsoSecond) {
    std::vector<double> rest = x;
    double tonePower = 0;
    for (const double component : {hz, alsoSecond ? 2 * hz : hz}) {
        std::complex<double> sum; // whole periods in two seconds: an exact projection
        for (std::size_t i = 0; i < x.size(); ++i)
            sum += rest[i] * std::polar(1.0, -2 * std::numbers::pi * component *
                                                 static_cast<double>(i) / rate);
        sum *= 2.0 / static_cast<double>(x.size());
        if (component == hz && tonePower == 0)
            tonePower = std::norm(sum) / 2;
        for (std::size_t i = 0; i < x.size(); ++i)
            rest[i] -= (sum * std::polar(1.0, 2 * std::numbers::pi * component *
                                                  static_cast<double>(i) / rate))
                           .real();
    }
    double power = 0;
    for (const double value : rest)
        power += value * value / static_cast<double>(rest.size());
    return 10 * std::log10(power / tonePower);
}

class Distortion : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(Distortion, OfATenthOfFullScaleAndHalfOfItIsBelowMinus80Db) {
    const auto& [name, rate] = GetParam();
    const Preset& preset = *findBuiltInPreset(name);
    const bool saturates = preset.evenHarmonics > 0;
    for (const double amplitude : {0.1, 0.501}) { // the second is -6 dBFS
        const std::vector<double> out = answerTo(1000, amplitude, rate, preset);
        EXPECT_LT(restDb(out, 1000, rate, saturates), -80) << amplitude;
        if (saturates) {
            const double second =
                20 * std::log10(amplitudeAt(out, 2000, rate) / amplitudeAt(out, 1000, rate));
            EXPECT_LT(second, -36) << "a trace, as stated";
            EXPECT_GT(second, -65) << "but there";
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Presets, Distortion,
                         testing::Values(std::tuple{"adaptive", 44100}, std::tuple{"gentle", 44100},
                                         std::tuple{"warm", 44100}, std::tuple{"bright", 44100},
                                         std::tuple{"punchy", 44100}, std::tuple{"live", 44100},
                                         std::tuple{"warm", 48000}, std::tuple{"adaptive", 96000},
                                         std::tuple{"punchy", 8000}),
                         [](const auto& preset) {
                             return std::get<0>(preset.param) +
                                    std::to_string(std::get<1>(preset.param));
                         });

class Saturation : public testing::TestWithParam<int> {};

TEST_P(Saturation, NeverFoldsBackFromAboveTheNyquistFrequency) {
    const int rate = GetParam();
    // Tones whose second harmonic lies above the Nyquist frequency: it would come back at rate -
    // 2f.
    for (const double part : {0.26, 0.3, 0.37, 0.43}) {
        const double hz = std::round(part * rate / 2) * 2;
        const std::vector<double> out = answerTo(hz, 0.5, rate, *findBuiltInPreset("warm"));
        const double folded =
            20 * std::log10(amplitudeAt(out, rate - 2 * hz, rate) / amplitudeAt(out, hz, rate));
        EXPECT_LT(folded, -80) << hz << " Hz at " << rate;
    }
}

INSTANTIATE_TEST_SUITE_P(Rates, Saturation,
                         testing::Values(8000, 11025, 16000, 22050, 44100, 48000));

} // namespace
} // namespace segue::mastering
