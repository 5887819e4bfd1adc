#pragma once

#include <array>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// What the limiter's input went through.
enum class Stages { All, GainAlone };
Stages stagesOf(const MasteringPlan& plan);

/// Foresees what the chain does to a track's loudness by running its gain computers over the
/// analysis' curves.
///
/// The tone's effect on each band comes from the spectrum of every second; the multiband gains from
/// the same BandGainComputer as in the audio path; the limiter from the 20 ms peaks. A millisecond
/// or two per plan instead of a render.
class LoudnessPrediction {
    static constexpr std::size_t kStepsPerHop = 5; // of 20 ms: they follow attacks well enough

  public:
    /// @param analysis  outlives this
    LoudnessPrediction(const analysis::TrackAnalysis& analysis, const ToneCurve& tone,
                       Stages stages = Stages::All);

    /// Level that the multiband detector will see in `band` at hops inside the music, at percentile
    /// `part` (0 .. 1), dBFS.
    double detectorPercentileDb(int band, double part) const;

    /// Runs the dynamics; before predict().
    void setDynamics(const dsp::MultibandSettings& settings);

    // After setDynamics():

    /// What the dynamics do to the mean power of `band`, dB; without static and side gains.
    double bandChangeDb(int band) const { return bandChangeDb_[static_cast<std::size_t>(band)]; }
    /// What dynamics and static gains together do to the mean power of each third octave, dB:
    /// within a band too, what sounds when the band is loud is turned down more than the rest.
    ToneGains changeDb() const;
    /// Before the limiter. @source EBU Tech 3342
    double loudnessRangeLu() const;

    struct Outcome {
        double integratedLufs;
        double deepestReductionDb; ///< of the limiter, <= 0
    };
    Outcome predict(double gainDb, const dsp::LimiterSettings& limiter) const;
    /// The gain, at most `maxGainDb`, at which the result measures `targetLufs`.
    double gainFor(double targetLufs, const dsp::LimiterSettings& limiter, double maxGainDb) const;
    /// Mean squares of the result's hops, shifted as predict() does: of several tracks together
    /// they measure what the album will.
    std::vector<double> hopsAt(double gainDb, const dsp::LimiterSettings& limiter) const;

    using Bands = std::array<double, dsp::kNumBands>;
    /// The result over time, and what became of its third octaves.
    struct Course {
        std::vector<double> hops;        ///< as hopsAt()
        std::vector<float> peaks;        ///< as TrackAnalysis::peakCurve, amplitude
        std::vector<float> limiterGains; ///< the least in each of those 20 ms, linear
        ToneCurve changeDb;              ///< of mean power, by all that the chain does
        double truePeakDbtp = analysis::TrackAnalysis::kSilenceDb;
    };
    Course courseAt(double gainDb, const dsp::LimiterSettings& limiter) const;
    /// The dynamics' least gain in each hop, linear; without static gains.
    const std::vector<Bands>& bandGains() const { return bandGains_; }

  private:
    const analysis::TrackAnalysis& analysis_;
    const std::vector<analysis::CurveByte>& sourcePeaks_;
    const double sourcePeaksAboveDb_; ///< what the curve says
    /// [a][b]: K-weighted power that bands a and b have in common: they overlap at their borders,
    /// in phase. With a gain per band g the sum of g[a] g[b] products[a][b] is the power of the
    /// whole.
    using Products = std::array<Bands, dsp::kNumBands>;
    /// What holds during one row of TrackAnalysis::spectrumCurve.
    struct Row {
        Products before;    // the tone; mid and side together
        Products mid, side; // after it
        Bands level;        // mean of the band curves (K-weighted, all channels)
        Bands detector;     // factor from there to the power that the multiband detector sees
        Bands plain;        // factor to the power before the tone, without weighting
    };
    void addRow(const double* thirdPowers);
    const Row& rowAt(std::size_t hop) const;
    /// @param visit  gets the index of every 20 ms, its peak after the limiter, and the limiter's
    /// least gain there
    /// @return  deepest gain of the limiter
    template <typename Visit>
    double limited(double gainDb, const dsp::LimiterSettings& limiter, std::vector<double>& hops,
                   const Visit& visit) const;
    double beyondPeaksDb() const;
    /// @param rowGain  gives the amplitude gain of a third octave during a row
    template <typename RowGain>
    double changeOfThirdDb(std::size_t third, const RowGain& rowGain) const;
    std::array<float, kStepsPerHop> stepParts(std::size_t hop) const;

    // Parts of setDynamics().
    struct StaticGains;
    struct HopGains;
    StaticGains staticGainsOf(const dsp::MultibandSettings& settings) const;
    HopGains runHop(std::size_t hop, dsp::BandGainComputer& computer, dsp::V4& gain) const;
    double powerAfter(std::size_t hop, const StaticGains& fixed, const HopGains& gains) const;
    double peaksOfWidth(const StaticGains& fixed) const;
    void setPeaks(std::size_t hop, const StaticGains& fixed, const HopGains& gains);

    struct Third {
        double weight = 0;        // K, as power
        double mid = 1, side = 0; // what of the third's power is there after the tone
        double midToneDb = 0, sideToneDb = 0;
        Bands share{}; // amplitude in each band; they add up to 1
    };
    std::vector<Third> thirds_;   // those below the Nyquist frequency
    std::vector<Bands> rowGains_; // amplitude per band in each row, by setDynamics()
    std::vector<Bands> bandGains_;
    Bands sideGain_{};      // by setDynamics()
    std::vector<Row> rows_; // as TrackAnalysis::spectrumCurve; at least one
    std::array<double, dsp::kNumBands> sideShare_{}; // of the band's power, after the tone
    Bands toned_{};           // power of each band after the tone, of the whole track
    double sideBefore_ = 0;   // share of the side in the track's power, before the tone
    double peaksOfWidth_ = 1; // by setDynamics(): what peaks gain by mid and side, as power
    std::array<double, dsp::kNumBands> bandChangeDb_{};
    double curveOffsetLu_ = 0;     // what half-decibel steps lose against the measured loudness
    std::vector<double> hopPower_; // K-weighted power after tone and dynamics
    std::vector<double> peaks_;    // as TrackAnalysis::peakCurve, amplitude after tone and dynamics
};

} // namespace segue::mastering
