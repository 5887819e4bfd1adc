// From an analysis to every parameter of the chain: tone towards a corridor, dynamics and width
// from preset and content, and the gain that makes the result measure the target. Pure functions of
// their arguments, any thread.

#include "processing/mastering/MasteringPlan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Corridor.h"
#include "processing/mastering/LoudnessPrediction.h"
#include "processing/mastering/PresetTable.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;

// Do no harm.
constexpr double kMaxGainDb = 18;    // beyond it noise comes forward
constexpr double kMaxLimitingDb = 9; // deepest reduction of any peak
constexpr double kMinPlrDb = 8;      // no louder than leaves this much between loudness and peaks
constexpr double kMaxAdaptiveRatio = 2;
constexpr double kDcWorthRemoving = 5e-5; // -86 dBFS
// Half of the music lies above the threshold: the loud half is what compression is for.
constexpr double kThresholdPercentile = 0.5;

std::string text(const char* format, auto... values) {
    char buffer[160];
    std::snprintf(buffer, sizeof buffer, format, values...);
    return buffer;
}

std::string hertz(double hz) {
    return hz >= 1000 ? text("%.3g kHz", hz / 1000) : text("%.3g Hz", hz);
}

void planTone(MasteringPlan& plan, const TrackAnalysis& a, const PresetRow& row) {
    const ToneGains correction = corridorCorrection(a);
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        plan.toneDb[b] =
            plan.intensity * (row.correction * correction[b] + presetToneDb(row, toneBandHz(band)));
    }
    for (int band = 0; band < kNumToneBands; ++band) {
        const double gain = plan.toneDb[static_cast<std::size_t>(band)];
        if (std::abs(gain) >= 0.3 && toneBandHz(band) < 0.4 * plan.sampleRateHz)
            plan.summary.push_back(text("%+.1f dB around ", gain) + hertz(toneBandHz(band)));
    }
}

/// 1 for a track that has dynamics to spare, 0 for one that has none.
double roomForCompression(const TrackAnalysis& a) {
    return std::clamp((a.plrDb() - kMinPlrDb) / 4, 0.0, 1.0);
}

void planDynamics(MasteringPlan& plan, const TrackAnalysis& a, const PresetRow& row,
                  const LoudnessPrediction& prediction) {
    const double wanted = row.ratio ? *row.ratio
                                    : 1 + (kMaxAdaptiveRatio - 1) *
                                              std::clamp((a.loudnessRangeLu - 5) / 12, 0.0, 1.0);
    const double room = roomForCompression(a);
    const double ratio = 1 + (wanted - 1) * room * plan.intensity;
    if (room < 1 && wanted > 1)
        plan.heldBackBy.push_back(
            text("dynamics: the source's peaks stand only %.1f dB above its loudness", a.plrDb()));
    for (int band = 0; band < dsp::kNumBands; ++band) {
        dsp::BandSettings& settings = plan.dynamics.bands[static_cast<std::size_t>(band)];
        settings.thresholdDb = prediction.detectorPercentileDb(band, kThresholdPercentile);
        settings.ratio = ratio;
        settings.attackMs = row.attackMs;
        settings.releaseMs = row.releaseMs;
    }
    if (ratio > 1.02)
        plan.summary.push_back(text("%.2f:1 above each band's median level, %g/%g ms", ratio,
                                    row.attackMs, row.releaseMs));
}

void planWidth(MasteringPlan& plan, const PresetRow& row, const LoudnessPrediction& prediction) {
    if (plan.numChannels != 2)
        return;
    // Shares of the side in a band's power: below the first it is mono, above the second wide
    // already.
    constexpr double kMonoShare = 0.001;
    constexpr double kNarrowShare = 0.05;
    constexpr double kWideShare = 0.25;
    constexpr double kAdaptiveWidth = 1.1;
    constexpr double kBassSide = 0.5; // bass is one source; half the side keeps a hint of the room
    for (int band = 0; band < dsp::kNumBands; ++band) {
        const double share = prediction.sideShare(band);
        double width = 1;
        if (band == 0)
            width = share > kMonoShare ? kBassSide : 1;
        else if (share > kMonoShare && share < kWideShare)
            width = row.width ? *row.width : (share < kNarrowShare ? kAdaptiveWidth : 1);
        plan.dynamics.bands[static_cast<std::size_t>(band)].sideGain =
            1 + (width - 1) * plan.intensity;
    }
    if (prediction.sideShare(0) > kMonoShare)
        plan.summary.push_back(
            text("side %+.1f dB below 120 Hz", 20 * std::log10(plan.dynamics.bands[0].sideGain)));
    const double widest = plan.dynamics.bands[2].sideGain;
    if (widest > 1)
        plan.summary.push_back(text("side %+.1f dB from 1 kHz to 5 kHz", 20 * std::log10(widest)));
}

/// The gain at which the result measures `targetLufs`: loudness rises with gain, less and less as
/// the limiter works.
double solveGain(const LoudnessPrediction& prediction, const dsp::LimiterSettings& limiter,
                 double targetLufs) {
    constexpr double kCloseLu = 0.003;
    double gain = 0;
    for (int i = 0; i < 30; ++i) {
        const double missing = targetLufs - prediction.predict(gain, limiter).integratedLufs;
        gain = std::clamp(gain + missing, -kMaxGainDb * 2, kMaxGainDb);
        if (std::abs(missing) < kCloseLu)
            break;
    }
    return gain;
}

void planGain(MasteringPlan& plan, const TrackAnalysis& a, const PresetRow& row,
              const LoudnessPrediction& prediction) {
    dsp::LimiterSettings& limiter = plan.limiter;
    limiter.ceilingDbtp = row.ceilingDbtp;
    plan.targetLufs = a.integratedLufs + plan.intensity * (row.targetLufs - a.integratedLufs);

    double target = plan.targetLufs;
    const double loudest = row.ceilingDbtp - std::min(kMinPlrDb, a.plrDb());
    if (target > loudest) {
        target = loudest;
        plan.heldBackBy.push_back(
            text("loudness: %.1f LUFS leaves %.0f dB for peaks", loudest, kMinPlrDb));
    }
    double gain = solveGain(prediction, limiter, target);
    if (gain > kMaxGainDb - 0.01)
        plan.heldBackBy.push_back(text("loudness: at most %.0f dB of gain", kMaxGainDb));
    if (prediction.predict(gain, limiter).deepestReductionDb < -kMaxLimitingDb) {
        double low = gain - 20;
        double high = gain;
        for (int i = 0; i < 12; ++i) {
            const double middle = (low + high) / 2;
            (prediction.predict(middle, limiter).deepestReductionDb < -kMaxLimitingDb ? high
                                                                                      : low) =
                middle;
        }
        gain = low;
        plan.heldBackBy.push_back(
            text("loudness: the limiter takes at most %.0f dB off any peak", kMaxLimitingDb));
    }
    limiter.inputGainDb = gain;
    const LoudnessPrediction::Outcome outcome = prediction.predict(gain, limiter);
    plan.predictedLufs = outcome.integratedLufs;
    plan.predictedLimitingDb = outcome.deepestReductionDb;
    plan.summary.push_back(text("%+.1f dB to reach %.1f LUFS", gain, plan.predictedLufs));
    if (outcome.deepestReductionDb < -0.1)
        plan.summary.push_back(text("peaks limited by up to %.1f dB to %.1f dBTP",
                                    -outcome.deepestReductionDb, row.ceilingDbtp));
}

} // namespace

MasteringPlan makePlan(const TrackAnalysis& analysis, Preset preset, double intensity) {
    const PresetRow& row = rowOf(preset);
    MasteringPlan plan;
    plan.preset = preset;
    plan.intensity = intensity;
    plan.provisional = analysis.coverage == analysis::Coverage::Quick;
    plan.sampleRateHz = analysis.sampleRateHz;
    plan.numChannels = analysis.numChannels;
    plan.sourceLufs = plan.targetLufs = plan.predictedLufs = analysis.integratedLufs;
    if (plan.bypass()) {
        plan.summary.push_back("the original, untouched");
        return plan;
    }
    if (analysis.silent()) {
        plan.limiter.ceilingDbtp = row.ceilingDbtp;
        plan.summary.push_back("silence stays as it is");
        return plan;
    }
    if (std::any_of(analysis.dcOffset.begin(), analysis.dcOffset.end(),
                    [](double offset) { return std::abs(offset) > kDcWorthRemoving; })) {
        plan.dcOffset = analysis.dcOffset;
        plan.summary.push_back("constant offset removed");
    }
    planTone(plan, analysis, row);
    LoudnessPrediction prediction(analysis, plan.toneDb);
    planDynamics(plan, analysis, row, prediction);
    planWidth(plan, row, prediction);
    prediction.setDynamics(plan.dynamics);
    planGain(plan, analysis, row, prediction);
    if (row.evenHarmonics > 0) {
        // Stated at the output's level; the stage works before the gain.
        plan.dynamics.evenHarmonics =
            row.evenHarmonics * intensity * std::pow(10.0, plan.limiter.inputGainDb / 20);
        plan.summary.push_back("a trace of second harmonic");
    }
    return plan;
}

Hash128 hashOf(const MasteringPlan& plan) {
    Hasher hasher;
    hasher.number(plan.bypass() ? 0 : 1).number(static_cast<std::uint64_t>(plan.sampleRateHz));
    hasher.number(static_cast<std::uint64_t>(plan.numChannels));
    if (plan.bypass())
        return hasher.finish();
    hasher.number(plan.dcOffset.size());
    for (const double offset : plan.dcOffset)
        hasher.real(offset);
    for (const double gain : plan.toneDb)
        hasher.real(gain);
    for (const dsp::BandSettings& band : plan.dynamics.bands)
        hasher.real(band.thresholdDb)
            .real(band.ratio)
            .real(band.attackMs)
            .real(band.releaseMs)
            .real(band.gainDb)
            .real(band.sideGain);
    hasher.real(plan.dynamics.kneeDb).real(plan.dynamics.evenHarmonics);
    hasher.real(plan.limiter.ceilingDbtp)
        .real(plan.limiter.inputGainDb)
        .real(plan.limiter.lookaheadMs)
        .real(plan.limiter.releaseMs);
    return hasher.finish();
}

std::string toJson(const MasteringPlan& plan) {
    nlohmann::json bands = nlohmann::json::array();
    for (const dsp::BandSettings& band : plan.dynamics.bands)
        bands.push_back({{"thresholdDb", band.thresholdDb},
                         {"ratio", band.ratio},
                         {"attackMs", band.attackMs},
                         {"releaseMs", band.releaseMs},
                         {"sideGain", band.sideGain}});
    nlohmann::json tone = nlohmann::json::array();
    for (int band = 0; band < kNumToneBands; ++band)
        tone.push_back({{"frequencyHz", toneBandHz(band)},
                        {"gainDb", plan.toneDb[static_cast<std::size_t>(band)]}});
    return nlohmann::json{{"id", hashOf(plan).hex()},
                          {"preset", nameOf(plan.preset)},
                          {"intensity", plan.intensity},
                          {"provisional", plan.provisional},
                          {"summary", plan.summary},
                          {"heldBackBy", plan.heldBackBy},
                          {"sourceLufs", plan.sourceLufs},
                          {"targetLufs", plan.targetLufs},
                          {"predictedLufs", plan.predictedLufs},
                          {"gainDb", plan.limiter.inputGainDb},
                          {"ceilingDbtp", plan.limiter.ceilingDbtp},
                          {"predictedLimitingDb", plan.predictedLimitingDb},
                          {"tone", tone},
                          {"crossoverHz", dsp::kCrossoverHz},
                          {"bands", bands},
                          {"evenHarmonics", plan.dynamics.evenHarmonics}}
        .dump();
}

} // namespace segue::mastering
