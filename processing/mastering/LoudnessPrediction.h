#pragma once

#include <array>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// Foresees what the chain does to a track's loudness by running its gain computers over the
/// analysis' curves.
///
/// The tone's effect on each band comes from the long-term spectrum; the multiband gains from the
/// same BandGainComputer as in the audio path; the limiter from the 20 ms peaks. A millisecond
/// or two per plan instead of a render.
class LoudnessPrediction {
  public:
    LoudnessPrediction(const analysis::TrackAnalysis& analysis, const ToneCurve& tone);

    /// Level that the multiband detector will see in `band` at hops inside the music, at percentile
    /// `part` (0 .. 1), dBFS.
    double detectorPercentileDb(int band, double part) const;

    /// Runs the dynamics; before predict().
    void setDynamics(const dsp::MultibandSettings& settings);

    // After setDynamics():

    /// What the dynamics do to the mean power of `band`, dB; without static and side gains.
    double bandChangeDb(int band) const { return bandChangeDb_[static_cast<std::size_t>(band)]; }
    /// Before the limiter. @source EBU Tech 3342
    double loudnessRangeLu() const;

    struct Outcome {
        double integratedLufs;
        double deepestReductionDb; ///< of the limiter, <= 0
    };
    Outcome predict(double gainDb, const dsp::LimiterSettings& limiter) const;

  private:
    const analysis::TrackAnalysis& analysis_;
    std::array<double, dsp::kNumBands>
        weightedTone_{}; // K-weighted power gain of the tone in each band
    std::array<double, dsp::kNumBands>
        detectorOffsetDb_{}; // band curve (K-weighted, all channels) to detector level
    std::array<double, dsp::kNumBands> sideShare_{}; // of the band's power, after the tone
    std::array<double, dsp::kNumBands> bandChangeDb_{};
    double curveOffsetLu_ = 0;     // what half-decibel steps lose against the measured loudness
    std::vector<double> hopPower_; // K-weighted power after tone and dynamics
    std::vector<double> peaks_;    // per 20 ms, amplitude after tone and dynamics
};

} // namespace segue::mastering
