// The contract of processing/dsp/Stage.h, for every stage, at several rates and channel counts.

#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/ToneEqualizer.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "tests/support/AllocationCounter.h"
#include "tests/support/Signals.h"

namespace segue::dsp {
namespace {

struct Case {
    std::string name;
    std::function<std::unique_ptr<Stage>(const StageSpec&)> make;
    ///< nothing to it
};

std::unique_ptr<Stage> makeTone(const StageSpec& spec) {
    auto stage = std::make_unique<ToneEqualizer>();
    const double rate = spec.sampleRateHz;
    const std::vector<Biquad> mid{lowShelf(rate, 60, 0.7, 3), peak(rate, 1000, 1, -2),
                                  highShelf(rate, 12000, 0.7, 2)};
    const std::vector<Biquad> side{peak(rate, 250, 1, -3)};
    stage->setSections(mid, side);
    return stage;
}

std::unique_ptr<Stage> makeMultiband(const StageSpec& spec) {
    auto stage = std::make_unique<MultibandProcessor>();
    MultibandSettings settings;
    for (BandSettings& band : settings.bands)
        band = {-30, 2, 20, 200, 1, 0.9};
    settings.evenHarmonics = 0.05;
    stage->configure(settings,
                     spec.numChannels == 2 ? ChannelLayout::MidSide : ChannelLayout::Plain);
    return stage;
}

std::unique_ptr<Stage> makeLimiter(const StageSpec&) {
    auto stage = std::make_unique<TruePeakLimiter>();
    stage->configure({-1, 9, 4, 100});
    return stage;
}

std::vector<float> run(Stage& stage, const AudioBuffer& input, int numChannels,
                       const std::function<int()>& blockSize, int maxFrames) {
    AudioBuffer work(numChannels, maxFrames);
    std::vector<float> out;
    std::vector<std::vector<float>> channels(static_cast<std::size_t>(numChannels));
    for (std::int64_t at = 0; at < input.numFrames();) {
        const std::int64_t count = std::min<std::int64_t>(blockSize(), input.numFrames() - at);
        for (int c = 0; c < numChannels; ++c)
            std::copy_n(input.channel(c) + at, count, work.channel(c));
        stage.process(work.block(count));
        for (int c = 0; c < numChannels; ++c)
            channels[static_cast<std::size_t>(c)].insert(
                channels[static_cast<std::size_t>(c)].end(), work.channel(c),
                work.channel(c) + count);
        at += count;
    }
    for (const auto& channel : channels)
        out.insert(out.end(), channel.begin(), channel.end());
    return out;
}

class StageContract : public testing::TestWithParam<std::tuple<int, int, int>> {
  protected:
    static inline const std::vector<Case> kCases{
        {"tone", makeTone}, {"multiband", makeMultiband}, {"limiter", makeLimiter}};
    const Case& which() const { return kCases[static_cast<std::size_t>(std::get<0>(GetParam()))]; }
    StageSpec spec(int maxFrames = 8193) const {
        return {std::get<1>(GetParam()), std::get<2>(GetParam()), maxFrames};
    }
};

TEST_P(StageContract, BlockSizeDoesNotMatter) {
    const StageSpec s = spec();
    const AudioBuffer input = test::musicLike(s.numChannels, 40000, s.sampleRateHz);
    const auto stage = which().make(s);
    stage->prepare(s);
    stage->reset(12345);
    const auto expected = run(
        *stage, input, s.numChannels, [] { return 512; }, s.maxFrames);
    std::mt19937 random(3);
    const std::vector<std::function<int()>> sizes{
        [] { return 1; }, [] { return 64; }, [] { return 65; }, [] { return 8193; },
        [&] { return 1 + static_cast<int>(random() % 3000); }};
    for (const auto& size : sizes) {
        stage->reset(12345);
        EXPECT_EQ(run(*stage, input, s.numChannels, size, s.maxFrames), expected);
    }
}

TEST_P(StageContract, ResetEqualsFresh) {
    const StageSpec s = spec();
    const AudioBuffer loud = test::noise(s.numChannels, 20000, 1.0);
    const AudioBuffer input = test::musicLike(s.numChannels, 20000, s.sampleRateHz);
    const auto fresh = which().make(s);
    fresh->prepare(s);
    fresh->reset(77);
    const auto used = which().make(s);
    used->prepare(s);
    run(
        *used, loud, s.numChannels, [] { return 1000; }, s.maxFrames);
    used->reset(77);
    const auto size = [] { return 700; };
    EXPECT_EQ(run(*used, input, s.numChannels, size, s.maxFrames),
              run(*fresh, input, s.numChannels, size, s.maxFrames));
}

TEST_P(StageContract, SilenceStaysSilence) {
    const StageSpec s = spec();
    const auto stage = which().make(s);
    stage->prepare(s);
    for (const float sample : run(
             *stage, AudioBuffer(s.numChannels, 5000), s.numChannels, [] { return 512; },
             s.maxFrames))
        ASSERT_EQ(sample, 0.0f);
}

TEST_P(StageContract, FullScaleSquareStaysFiniteAndBounded) {
    const StageSpec s = spec();
    AudioBuffer square = test::sine(s.numChannels, 60000, 110, s.sampleRateHz, 1.0);
    for (int c = 0; c < s.numChannels; ++c)
        for (std::int64_t n = 0; n < square.numFrames(); ++n)
            square.channel(c)[n] = square.channel(c)[n] >= 0 ? 1.0f : -1.0f;
    const auto stage = which().make(s);
    stage->prepare(s);
    for (const float sample : run(
             *stage, square, s.numChannels, [] { return 512; }, s.maxFrames)) {
        ASSERT_TRUE(std::isfinite(sample));
        ASSERT_LT(std::abs(sample), 8.0f);
    }
}

TEST_P(StageContract, ReportsItsLatency) {
    const StageSpec s = spec();
    const auto stage = which().make(s);
    stage->prepare(s);
    AudioBuffer click(s.numChannels, 4000);
    for (int c = 0; c < s.numChannels; ++c)
        click.channel(c)[1000] = 0.01f;
    const auto out = run(
        *stage, click, s.numChannels, [] { return 512; }, s.maxFrames);
    const auto first =
        std::find_if(out.begin(), out.begin() + 4000, [](float v) { return std::abs(v) > 1e-5f; });
    EXPECT_EQ(first - out.begin(), 1000 + stage->latencyFrames());
}

TEST_P(StageContract, ForgetsWhatLiesBeforeFiveSecondsOfContext) {
    const StageSpec s = spec();
    const std::int64_t context = 5 * s.sampleRateHz;
    const std::int64_t start = 3 * s.sampleRateHz + 13;
    const AudioBuffer input =
        test::musicLike(s.numChannels, start + context + s.sampleRateHz, s.sampleRateHz);
    AudioBuffer late(s.numChannels, context + s.sampleRateHz);
    for (int c = 0; c < s.numChannels; ++c)
        std::copy_n(input.channel(c) + start, late.numFrames(), late.channel(c));
    const auto stage = which().make(s);
    stage->prepare(s);
    const auto size = [] { return 512; };
    const auto whole = run(*stage, input, s.numChannels, size, s.maxFrames);
    stage->reset(start);
    const auto part = run(*stage, late, s.numChannels, size, s.maxFrames);
    for (int c = 0; c < s.numChannels; ++c) {
        const float* a = whole.data() + c * input.numFrames() + start + context;
        const float* b = part.data() + c * late.numFrames() + context;
        EXPECT_LT(test::toDb(test::peakDifference(a, b, s.sampleRateHz)), -110);
    }
}

TEST_P(StageContract, ProcessDoesNotAllocate) {
    const StageSpec s = spec();
    const auto stage = which().make(s);
    stage->prepare(s);
    AudioBuffer work = test::noise(s.numChannels, 8000);
    const std::int64_t before = test::allocationsOfThisThread();
    for (int i = 0; i < 20; ++i)
        stage->process(work.block());
    stage->reset(5);
    EXPECT_EQ(test::allocationsOfThisThread(), before);
}

std::string caseName(const testing::TestParamInfo<StageContract::ParamType>& info) {
    static const char* const names[] = {"Tone", "Multiband", "Limiter"};
    return names[std::get<0>(info.param)] + std::to_string(std::get<1>(info.param)) + "Hz" +
           std::to_string(std::get<2>(info.param)) + "Ch";
}

INSTANTIATE_TEST_SUITE_P(AllStages, StageContract,
                         testing::Combine(testing::Values(0, 1, 2),
                                          testing::Values(8000, 44100, 48000, 96000, 192000),
                                          testing::Values(1, 2, 6)),
                         caseName);

} // namespace
} // namespace segue::dsp
