#pragma once

#include <array>
#include <memory>
#include <vector>

#include "processing/dsp/BandSplitter.h"
#include "processing/dsp/SimdVector.h"
#include "processing/dsp/Stage.h"

namespace segue::dsp {

struct BandSettings {
    double thresholdDb =
        0; ///< level of the band (mean square of all channels, dBFS) where compression begins
    double ratio = 1;       ///< >= 1; 1 leaves the level alone
    double attackMs = 20;   ///< time constant while gain falls
    double releaseMs = 200; ///< time constant while gain rises; at most 400, so that it converges
                            ///< within the context
    double gainDb = 0;      ///< static
    double sideGain = 1;    ///< linear, on channel 1 of a mid/side pair; 1 keeps the width
};

struct MultibandSettings {
    std::array<BandSettings, kNumBands> bands;
    double kneeDb = 6; ///< width of the soft knee
    /// y = x + k x^2 on the two middle bands of channel 0 (mid), below 32 kHz sample rate on the
    /// lower one: the second harmonic, band-limited before it is made so that nothing aliases and
    /// no oversampling is needed. 0 is off.
    double evenHarmonics = 0;
};

/// Gain of one band at a control step; shared by the audio path and by the loudness prediction.
///
/// Level (mean square, smoothed) -> soft-knee gain computer -> attack/release in dB. All four bands
/// at once.
class BandGainComputer {
  public:
    /// @param stepSeconds  time between two calls of step()
    void prepare(const MultibandSettings& settings, double stepSeconds);
    void reset() noexcept;
    /// @param meanSquare  per band, of this step  @param gain  linear, per band, at the end of the
    /// step
    void step(const V4& meanSquare, V4& gain) noexcept;

  private:
    V4 threshold_{}, slope_{}, attack_{}, release_{}, smoothing_{};
    float halfKnee_ = 0, kneeScale_ = 0;
    V4 level_{}, reduction_{};
};

/// Multiband dynamics and width: BandSplitter, one gain per band from the level of all channels
/// together (so that the stereo picture does not move), static gains, side gains, and a flat sum.
///
/// Gains are computed on a grid of about 0.7 ms of track time and ramp linearly between its points.
/// @latency  the splitter's, and one control step
class MultibandProcessor final : public Stage {
  public:
    /// Before prepare().
    void configure(const MultibandSettings& settings, ChannelLayout layout);

    /// Frames between control points at this rate: a power of two, about 0.7 ms.
    static int controlFrames(int sampleRateHz);

    void prepare(const StageSpec& spec) override;
    void reset(std::int64_t firstFrame) noexcept override;
    void process(const AudioBlock& block) noexcept override;
    int latencyFrames() const noexcept override;

  private:
    using Lanes = std::array<float, 2 * kNumBands>;
    struct Pair {
        BandSplitter splitter;
        std::vector<float> bands;      // [controlFrames][8]: the step being collected
        std::vector<float> outA, outB; // [controlFrames]: the step being given out
        Lanes energy{};                // sum of squares of the step being collected
        float harmonicDc[2] = {0, 0};
    };

    void finishStep() noexcept;

    MultibandSettings settings_;
    ChannelLayout layout_ = ChannelLayout::Plain;
    BandGainComputer computer_;
    std::vector<Pair> pairs_;
    std::vector<float> silence_;
    int numChannels_ = 0;
    int controlFrames_ = 32;
    int position_ = 0;    // frames of the current step already collected
    float meanScale_ = 1; // turns a step's sum of squares into a mean square
    Lanes gain_{};        // at the end of the step before
    Lanes staticGain_{};
    float harmonicA_ = 0, harmonicB_ = 0, harmonicUpper_ = 1, harmonicSmoothing_ = 0;
};

} // namespace segue::dsp
