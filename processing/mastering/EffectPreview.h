#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/BandSplitter.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/mastering/ReferenceProfile.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// Points of what lies over time; the waveform has its own, those of the analysis' JSON.
inline constexpr int kMostEffectSteps = 2'000;

/// A track in pictures, as it is or as it will be.
struct TrackPicture {
    double integratedLufs = 0, truePeakDbtp = 0;
    std::vector<double> waveform; ///< largest magnitude of pieces evenly spaced over the track
    /// Per step the loudest of what the 3 s behind measure (of what there is of them at the
    /// beginning); none of a quick analysis.
    std::optional<std::vector<double>> shortTermLufs;
    ToneGains midDb{}, sideDb{}; ///< as TrackAnalysis
};

/// What is turned down, per step.
struct GainReduction {
    std::vector<double> limiterDb; ///< the deepest in each step, <= 0
    /// The same of the dynamics; what they give back is in `makeUpDb`.
    std::array<std::vector<double>, dsp::kNumBands> bandDb;
    std::array<double, dsp::kNumBands> makeUpDb{};
};

/// Third octaves of mid and side, dBFS.
struct Spectra {
    ToneGains midDb{}, sideDb{};
};

/// What a plan does to a track, foreseen from its analysis and not rendered.
struct EffectPreview {
    bool provisional = false;
    TrackPicture before, after;
    double targetLufs = 0, ceilingDbtp = 0;
    double highestHz = 0;   ///< half of the sample rate
    double stepSeconds = 0; ///< of every curve over time, >= 0.1
    /// None of a quick analysis: its windows lie far apart.
    std::optional<GainReduction> gainReduction;
    ToneCurve tone;                   ///< what the filters do
    std::optional<Spectra> reference; ///< at the loudness of `after`
};

/// @param plan  made from `analysis`
/// @param reference  the plan's; null: none
/// @param points  of the waveform, and of every other curve as far as kMostEffectSteps allows; >= 1
EffectPreview previewEffect(const analysis::TrackAnalysis& analysis, const MasteringPlan& plan,
                            const ReferenceProfile* reference, int points);

std::string toJson(const EffectPreview& preview);

} // namespace segue::mastering
