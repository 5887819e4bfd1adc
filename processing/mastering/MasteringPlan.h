#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processing/dsp/MultibandProcessor.h"
#include "processing/dsp/TruePeakLimiter.h"
#include "processing/mastering/ToneCurve.h"
#include "processing/types/Hash.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

enum class Preset { Adaptive, Gentle, Warm, Bright, Punchy, Live };

/// Lower-case names as the API spells them, in the order of the enum.
std::string_view nameOf(Preset preset);
/// What the preset is for, in a few words.
std::string_view intentOf(Preset preset);
std::optional<Preset> presetOf(std::string_view name);
std::vector<Preset> allPresets();

/// Every parameter of the mastering chain. A pure function of (analysis, preset, intensity).
struct MasteringPlan {
    Preset preset = Preset::Adaptive;
    double intensity = 1.0;   ///< 0 .. 1; 0 is a bit-exact bypass
    bool provisional = false; ///< made from a quick analysis of sparse windows

    // What the chain does, in its order.
    int sampleRateHz = 0;
    int numChannels = 0;
    std::vector<double> dcOffset; ///< per channel, subtracted; empty: none worth it
    ToneGains toneDb{};           ///< on every channel, mid and side alike
    dsp::MultibandSettings dynamics;
    dsp::LimiterSettings limiter; ///< its input gain reaches the target loudness

    // Why, for people.
    double sourceLufs = 0;
    double targetLufs = 0;               ///< asked for by preset and intensity
    double predictedLufs = 0;            ///< what the result will measure
    double predictedLimitingDb = 0;      ///< deepest gain reduction of the limiter, <= 0
    std::vector<std::string> summary;    ///< what will be done, in words
    std::vector<std::string> heldBackBy; ///< do-no-harm rules that acted, in words

    bool bypass() const { return intensity == 0.0; }
};

/// @param intensity  finite, 0 .. 1
MasteringPlan makePlan(const analysis::TrackAnalysis& analysis, Preset preset, double intensity);

/// Identity of every parameter that changes a sample.
Hash128 hashOf(const MasteringPlan& plan);

/// The plan for people and programs: every decision with its unit, notes in words, rules that held
/// a target back.
std::string toJson(const MasteringPlan& plan);

} // namespace segue::mastering
