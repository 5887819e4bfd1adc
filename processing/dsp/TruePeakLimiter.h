#pragma once

#include <vector>

#include "processing/dsp/Stage.h"
#include "processing/dsp/TruePeakDetector.h"

namespace segue::dsp {

struct LimiterSettings {
    double ceilingDbtp = -1.0;
    double inputGainDb = 0; ///< applied first
    double lookaheadMs = 4; ///< the gain falls over this time
    double releaseMs = 100; ///< time constant; at most 400, so that it converges within the context
};

/// Static gain and a look-ahead limiter that keeps the true peak of all channels at or below the
/// ceiling.
///
/// The peak of every 16 frames gives the gain that group needs. Those needs are held over the
/// look-ahead, released exponentially, smoothed by two moving averages as long as the look-ahead
/// together, and interpolated linearly: the gain is at or below every group's need when the group
/// comes out, and bends without corners.
/// @latency  the look-ahead, two groups and the detector's delay
class TruePeakLimiter final : public Stage {
  public:
    /// How far below the ceiling it aims: for what meters find between the points of the detector,
    /// and for what the ramp and the dither add.
    static constexpr double kMarginDb = 0.1;

    void configure(const LimiterSettings& settings) { settings_ = settings; }

    void prepare(const StageSpec& spec) override;
    void reset(std::int64_t firstFrame) noexcept override;
    void process(const AudioBlock& block) noexcept override;
    int latencyFrames() const noexcept override;

  private:
    static constexpr int kGroup = TruePeakDetector::kGroupFrames;
    /// Frames by which a group of peaks lags the newest frame.
    static constexpr int kDetectorFrames =
        TruePeakDetector::kTaps - 1 - TruePeakDetector::kDelayFrames;

    std::int64_t keptFrames() const noexcept {
        return kGroup * (holdGroups_ + 1) + kDetectorFrames;
    }
    void makeRoom() noexcept;
    void finishGroup() noexcept;
    float nextGain(float need) noexcept;

    LimiterSettings settings_;
    int numChannels_ = 0;
    /// Mean of the last values: exact, since sums of gains in [2^-20, 1] fit a double.
    struct MovingAverage {
        std::vector<float> ring;
        std::size_t next = 0;
        double sum = 0;
        double oneth = 1; ///< of the ring's length

        void prepare(int length);
        void fill(float value) noexcept;
        float push(float value) noexcept;
    };

    int holdGroups_ = 1; // look-ahead in groups
    float inputGain_ = 1;
    float ceiling_ = 1;
    float keep_ = 0; // part of the reduction that is left after one group

    std::vector<std::vector<float>> history_; // per channel: frames not yet given out, then room
    std::int64_t historyFrames_ = 0;          // frames in each history without the current group
    std::vector<std::vector<float>> out_;     // per channel: the group being given out
    int position_ = 0;                        // frames of the current group already collected

    std::vector<float> needs_; // ring of the last holdGroups_ + 1 needs at borders of groups
    std::size_t nextNeed_ = 0;
    float lastNeed_ = 1;
    float reduction_ = 0; // 1 - gain, with release
    MovingAverage first_, second_;
    float gain_ = 1; // at the end of the group given out
};

} // namespace segue::dsp
