#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "processing/mastering/Preset.h"
#include "processing/mastering/ReferenceProfile.h"
#include "processing/mastering/ToneCurve.h"
#include "processing/types/Hash.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

class LearnedCorridor;

/// What a listener asks for.
struct PlanRequest {
    Preset preset = builtInPresets().front();
    double intensity = 1; ///< 0 .. 1; 0 is a bit-exact bypass
    /// Instead of the preset's, or of the reference's.
    std::optional<double> targetLufs;  ///< kMinTargetLufs .. kMaxTargetLufs
    std::optional<double> ceilingDbtp; ///< kMinCeilingDbtp .. kMaxCeilingDbtp

    /// Where the adaptive target comes from. Null: the built-in corridor.
    std::shared_ptr<const LearnedCorridor> corridor;

    /// Null: adaptive. Otherwise `blend` says how far the way goes from the adaptive target (0) to
    /// the reference (1): reference mode at 1, hybrid between.
    std::shared_ptr<const ReferenceProfile> reference;
    double blend = 1;

    /// The original, with nothing but the gain that makes it as loud as what this request would
    /// otherwise give (and the limiter, where that needs it): for comparing tone and not level.
    bool originalAtSameLoudness = false;
};

/// A built-in preset by its name, which must be one.
PlanRequest builtInRequest(std::string_view preset, double intensity = 1);

/// Identity of the request: two with one hash give one plan for any analysis.
Hash128 hashOf(const PlanRequest& request);

/// Every parameter of the mastering chain. A pure function of (analysis, request).
struct MasteringPlan {
    std::string preset; ///< its name
    double intensity = 1.0;
    double blend = 0;         ///< towards the reference; 0 without one
    bool provisional = false; ///< made from a quick analysis of sparse windows

    // What the chain does, in its order.
    int sampleRateHz = 0;
    int numChannels = 0;
    bool levelOnly = false;       ///< only gain and limiter
    std::vector<double> dcOffset; ///< per channel, subtracted; empty: none worth it
    ToneCurve tone;
    dsp::MultibandSettings dynamics;
    dsp::LimiterSettings limiter; ///< its input gain reaches the target loudness

    // Why, for people.
    std::string target; ///< where the tonal target comes from
    double sourceLufs = 0;
    double targetLufs = 0;               ///< asked for by preset, reference and intensity
    double predictedLufs = 0;            ///< what the result will measure
    double predictedLimitingDb = 0;      ///< deepest gain reduction of the limiter, <= 0
    std::vector<std::string> summary;    ///< what will be done, in words
    std::vector<std::string> heldBackBy; ///< do-no-harm rules that acted, in words

    bool bypass() const { return intensity == 0.0; }
};

// Do no harm.
inline constexpr double kMaxGainDb = 18; ///< beyond it noise comes forward
/// Deepest reduction of any peak by the limiter.
double maxLimitingDb(const PlanRequest& request);
/// The ceiling that is asked for; a plan's limiter may stay below it, for lossy encoders.
double ceilingDbtp(const PlanRequest& request);

/// @param request  every number finite and within its range
MasteringPlan makePlan(const analysis::TrackAnalysis& analysis, const PlanRequest& request);
inline MasteringPlan makePlan(const analysis::TrackAnalysis& analysis, std::string_view preset,
                              double intensity = 1) {
    return makePlan(analysis, builtInRequest(preset, intensity));
}

/// Identity of every parameter that changes a sample.
Hash128 hashOf(const MasteringPlan& plan);

/// The plan for people and programs: every decision with its unit, notes in words, rules that held
/// a target back.
std::string toJson(const MasteringPlan& plan);

} // namespace segue::mastering
