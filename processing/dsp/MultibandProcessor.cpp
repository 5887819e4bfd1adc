// Multiband dynamics. Audio is split and buffered for one control step; at its end the band levels
// of that step give the gains towards which the step ramps, so detection looks ahead by up to one
// step. The grid lies on track time: a render that starts anywhere computes its gains at the same
// instants. One render worker at a time.

#include "processing/dsp/MultibandProcessor.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "processing/dsp/Denormals.h"
#include "processing/dsp/FastMath.h"
#include "processing/dsp/Lanes.h"

namespace segue::dsp {

namespace {

// Level detection averages over at least this long, and over longer in the bass, where a period is
// long: otherwise the gain would follow the waveform and distort it.
constexpr std::array<double, kNumBands> kDetectorMs{25.0, 12.0, 10.0, 10.0};
// Below -140 dBFS everything counts as silence.
constexpr float kSilence = 1e-14f;
// Removes what squaring adds at 0 Hz, well below the lowest harmonic (240 Hz).
constexpr double kHarmonicHighPassHz = 20.0;

float coefficient(double stepSeconds, double timeMs) {
    return static_cast<float>(1.0 - std::exp(-stepSeconds * 1000.0 / timeMs));
}

// The upper of the two bands that are squared ends at 5 kHz and fades above: below this rate its
// squares would fold back from above the Nyquist frequency.
constexpr double kUpperHarmonicsFromHz = 32000.0;

/// Bands times gains, which go from `from` to `to`, of two frames at a time.
template <typename Lanes>
struct Ramp {
    Lanes start, slope, step;

    SEGUE_INLINE Ramp(const float* from, const float* to, int numFrames) {
        const float part = 1.0f / static_cast<float>(numFrames);
        alignas(64) float starts[16];
        alignas(64) float slopes[16];
        alignas(64) float steps[16];
        for (int lane = 0; lane < 16; ++lane) {
            starts[lane] = from[lane % 8];
            slopes[lane] = (to[lane % 8] - from[lane % 8]) * part;
            steps[lane] = lane < 8 ? 1.0f : 2.0f; // the frame, counted from 1
        }
        load(start, starts);
        load(slope, slopes);
        load(step, steps);
    }
    SEGUE_INLINE Lanes next(const float* bands) {
        const Lanes gains = start + slope * step;
        step = step + broadcast<Lanes>(2);
        return loaded<Lanes>(bands) * gains;
    }
};

// Of two frames, each eight lanes: the bands' sums, of the first frame's a and b in lanes 0 and 1,
// of the second one's in 2 and 3.

SEGUE_INLINE V4 sumsOfBands(const V4& a01, const V4& a23, const V4& b01, const V4& b23) {
    const V4 first = a01 + a23;
    const V4 second = b01 + b23;
    return __builtin_shufflevector(first, second, 0, 1, 4, 5) +
           __builtin_shufflevector(first, second, 2, 3, 6, 7);
}
SEGUE_INLINE V4 sumsOfBands(const Lanes128& v) {
    return sumsOfBands(v.low.low, v.low.high, v.high.low, v.high.high);
}
SEGUE_INLINE V4 sumsOfBands(const Lanes256& v) {
    return sumsOfBands(lowerHalf(v.low), upperHalf(v.low), lowerHalf(v.high), upperHalf(v.high));
}
SEGUE_INLINE V4 sumsOfBands(const V16& v) {
    const V8 low = lowerHalf(v);
    const V8 high = upperHalf(v);
    return sumsOfBands(lowerHalf(low), upperHalf(low), lowerHalf(high), upperHalf(high));
}

/// @param numFrames  a multiple of four, as controlFrames() is
template <typename Lanes>
SEGUE_INLINE void applyGainsOn(const float* bands, const float* from, const float* to,
                               int numFrames, float* outA, float* outB) {
    Ramp<Lanes> ramp(from, to, numFrames);
    for (int i = 0; i < numFrames; i += 4) {
        const V4 first = sumsOfBands(ramp.next(bands + 8 * i));
        const V4 second = sumsOfBands(ramp.next(bands + 8 * i + 16));
        store(__builtin_shufflevector(first, second, 0, 2, 4, 6), outA + i);
        store(__builtin_shufflevector(first, second, 1, 3, 5, 7), outB + i);
    }
}
SEGUE_LOOP(void, applyGains,
           (const float* bands, const float* from, const float* to, int numFrames, float* outA,
            float* outB),
           (bands, from, to, numFrames, outA, outB))

struct Harmonics {
    float a, b, upper, smoothing; ///< upper: 1 where the upper of the two bands takes part
    float* dc;
};

/// What squaring the bands, gains applied, adds to their sum.
void addHarmonics(const float* bands, const float* from, const float* to, int numFrames,
                  const Harmonics& harmonics, float* outA, float* outB) {
    float dcA = harmonics.dc[0];
    float dcB = harmonics.dc[1];
    const float part = 1.0f / static_cast<float>(numFrames);
    for (int i = 0; i < numFrames; ++i) {
        const auto band = [&](int lane) {
            const float slope = (to[lane] - from[lane]) * part;
            return bands[8 * i + lane] * (from[lane] + slope * static_cast<float>(i + 1));
        };
        const float a = band(2) + harmonics.upper * band(4);
        const float b = band(3) + harmonics.upper * band(5);
        const float squareA = harmonics.a * a * a;
        const float squareB = harmonics.b * b * b;
        dcA += harmonics.smoothing * (squareA - dcA);
        dcB += harmonics.smoothing * (squareB - dcB);
        outA[i] += squareA - dcA;
        outB[i] += squareB - dcB;
    }
    harmonics.dc[0] = dcA;
    harmonics.dc[1] = dcB;
}

} // namespace

void BandGainComputer::prepare(const MultibandSettings& settings, double stepSeconds) {
    for (int band = 0; band < kNumBands; ++band) {
        const BandSettings& s = settings.bands[static_cast<std::size_t>(band)];
        assert(s.ratio >= 1 && s.attackMs > 0 && s.releaseMs > 0 && s.releaseMs <= 400);
        threshold_[band] = static_cast<float>(s.thresholdDb);
        slope_[band] = static_cast<float>(1.0 - 1.0 / s.ratio);
        attack_[band] = coefficient(stepSeconds, s.attackMs);
        release_[band] = coefficient(stepSeconds, s.releaseMs);
        smoothing_[band] = coefficient(stepSeconds, kDetectorMs[static_cast<std::size_t>(band)]);
    }
    halfKnee_ = static_cast<float>(std::max(settings.kneeDb, 1e-3) / 2);
    kneeScale_ = 1.0f / (4.0f * halfKnee_);
    reset();
}

void BandGainComputer::reset() noexcept {
    level_ = V4{};
    reduction_ = V4{};
}

void BandGainComputer::step(const V4& meanSquare, V4& gain) noexcept {
    constexpr float kDbPerLog2Power = 3.01029996f;
    constexpr float kLog2PerDb = 0.166096405f; // of amplitude
    level_ += smoothing_ * (meanSquare - level_);
    V4 logLevel;
    log2Four(level_ + kSilence, logLevel);
    const V4 over = logLevel * kDbPerLog2Power - threshold_;
    // Quadratic inside the knee, straight above it.
    const V4 inKnee = over + halfKnee_;
    V4 wanted = inKnee * inKnee * kneeScale_;
    wanted = over > halfKnee_ ? over : wanted;
    wanted = inKnee < 0.0f ? V4{} : wanted;
    wanted *= slope_;
    const V4 rate = wanted > reduction_ ? attack_ : release_;
    reduction_ += rate * (wanted - reduction_);
    exp2Four(reduction_ * -kLog2PerDb, gain);
}

void MultibandProcessor::configure(const MultibandSettings& settings, ChannelLayout layout) {
    settings_ = settings;
    layout_ = layout;
}

int MultibandProcessor::controlFrames(int sampleRateHz) {
    // 32 frames at 44.1 and 48 kHz.
    return static_cast<int>(std::bit_floor(static_cast<unsigned>(sampleRateHz) / 1200U));
}

int MultibandProcessor::latencyFrames() const noexcept {
    return BandSplitter::kLatencyFrames + controlFrames_;
}

void MultibandProcessor::prepare(const StageSpec& spec) {
    assert(layout_ == ChannelLayout::Plain || spec.numChannels == 2);
    numChannels_ = spec.numChannels;
    controlFrames_ = controlFrames(spec.sampleRateHz);
    const double stepSeconds = static_cast<double>(controlFrames_) / spec.sampleRateHz;
    computer_.prepare(settings_, stepSeconds);

    // Mid and side are half the sum and difference: L^2 + R^2 = 2 (M^2 + S^2), so both layouts give
    // the mean over channels.
    const double channelScale = layout_ == ChannelLayout::MidSide ? 1.0 : 1.0 / numChannels_;
    meanScale_ = static_cast<float>(channelScale / controlFrames_);
    for (std::size_t index = 0; index < kNumBands; ++index) {
        const BandSettings& s = settings_.bands[index];
        const double gain = std::pow(10.0, s.gainDb / 20.0);
        const double second = layout_ == ChannelLayout::MidSide ? gain * s.sideGain : gain;
        staticGain_[2 * index] = static_cast<float>(gain);
        staticGain_[2 * index + 1] = static_cast<float>(second);
    }
    harmonicA_ = static_cast<float>(settings_.evenHarmonics);
    harmonicB_ = layout_ == ChannelLayout::MidSide ? 0.0f : harmonicA_;
    harmonicUpper_ = spec.sampleRateHz < kUpperHarmonicsFromHz ? 0.0f : 1.0f;
    harmonicSmoothing_ = static_cast<float>(
        1.0 - std::exp(-2.0 * 3.141592653589793 * kHarmonicHighPassHz / spec.sampleRateHz));

    pairs_.assign(static_cast<std::size_t>((numChannels_ + 1) / 2), {});
    for (Pair& pair : pairs_) {
        pair.splitter.prepare(spec.sampleRateHz, Weighting::None);
        pair.bands.assign(static_cast<std::size_t>(8 * controlFrames_), 0.0f);
        pair.outA.assign(static_cast<std::size_t>(controlFrames_), 0.0f);
        pair.outB.assign(static_cast<std::size_t>(controlFrames_), 0.0f);
    }
    silence_.assign(static_cast<std::size_t>(controlFrames_), 0.0f);
    reset(0);
}

void MultibandProcessor::reset(std::int64_t firstFrame) noexcept {
    computer_.reset();
    position_ = static_cast<int>(firstFrame & (controlFrames_ - 1));
    gain_ = staticGain_;
    for (Pair& pair : pairs_) {
        pair.splitter.reset();
        pair.energy = {};
        std::fill(pair.bands.begin(), pair.bands.end(), 0.0f);
        std::fill(pair.outA.begin(), pair.outA.end(), 0.0f);
        std::fill(pair.outB.begin(), pair.outB.end(), 0.0f);
        pair.harmonicDc[0] = pair.harmonicDc[1] = 0;
    }
}

void MultibandProcessor::process(const AudioBlock& block) noexcept {
    const ScopedFlushToZero flush;
    std::int64_t done = 0;
    while (done < block.numFrames) {
        const std::int64_t count =
            std::min<std::int64_t>(controlFrames_ - position_, block.numFrames - done);
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            Pair& pair = pairs_[i];
            float* a = block.channels[2 * i] + done;
            const bool hasB = 2 * i + 1 < static_cast<std::size_t>(numChannels_);
            float* b = hasB ? block.channels[2 * i + 1] + done : nullptr;
            pair.splitter.split(a, b ? b : silence_.data(), count,
                                pair.bands.data() + 8 * position_, pair.energy.data());
            std::copy_n(pair.outA.data() + position_, count, a);
            if (b)
                std::copy_n(pair.outB.data() + position_, count, b);
        }
        position_ += static_cast<int>(count);
        done += count;
        if (position_ == controlFrames_)
            finishStep();
    }
}

void MultibandProcessor::finishStep() noexcept {
    V4 sum{};
    for (Pair& pair : pairs_) {
        const Lanes& e = pair.energy;
        sum += V4{e[0] + e[1], e[2] + e[3], e[4] + e[5], e[6] + e[7]};
        pair.energy = {};
    }
    V4 dynamic;
    computer_.step(sum * meanScale_, dynamic);
    Lanes next;
    for (std::size_t lane = 0; lane < next.size(); ++lane)
        next[lane] = staticGain_[lane] * dynamic[lane / 2];
    for (Pair& pair : pairs_) {
        applyGains(pair.bands.data(), gain_.data(), next.data(), controlFrames_, pair.outA.data(),
                   pair.outB.data());
        if (harmonicA_ == 0)
            continue;
        const Harmonics harmonics{harmonicA_, harmonicB_, harmonicUpper_, harmonicSmoothing_,
                                  pair.harmonicDc};
        addHarmonics(pair.bands.data(), gain_.data(), next.data(), controlFrames_, harmonics,
                     pair.outA.data(), pair.outB.data());
    }
    gain_ = next;
    position_ = 0;
}

} // namespace segue::dsp
