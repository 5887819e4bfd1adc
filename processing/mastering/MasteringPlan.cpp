// The identity and the JSON of plans and requests. Pure functions, any thread.

#include "processing/mastering/MasteringPlan.h"

#include <cassert>

#include <nlohmann/json.hpp>

#include "processing/mastering/LearnedCorridor.h"

namespace segue::mastering {

namespace {

void addOptional(Hasher& hasher, const std::optional<double>& value) {
    hasher.number(value ? 1 : 0);
    if (value)
        hasher.real(*value);
}

void addTone(Hasher& hasher, const ToneGains& gains) {
    for (const double gain : gains)
        hasher.real(gain);
}

} // namespace

PlanRequest builtInRequest(std::string_view name, double intensity) {
    const Preset* preset = findBuiltInPreset(name);
    assert(preset);
    PlanRequest request;
    request.preset = *preset;
    request.intensity = intensity;
    return request;
}

Hash128 hashOf(const PlanRequest& request) {
    Hasher hasher;
    const Preset& preset = request.preset;
    hasher.text(preset.name); // the plan tells it
    for (const double gain : preset.toneDb)
        hasher.real(gain);
    hasher.real(preset.correction).real(preset.attackMs).real(preset.releaseMs);
    hasher.real(preset.evenHarmonics).real(preset.targetLufs).real(preset.ceilingDbtp);
    addOptional(hasher, preset.ratio);
    addOptional(hasher, preset.width);
    hasher.real(request.intensity);
    addOptional(hasher, request.targetLufs);
    addOptional(hasher, request.ceilingDbtp);
    hasher.number(request.corridor ? 1 : 0);
    if (request.corridor) {
        const Hash128 corridor = request.corridor->id();
        hasher.number(corridor.high).number(corridor.low);
    }
    hasher.number(request.reference ? 1 : 0);
    if (request.reference) {
        const Hash128 reference = hashOf(*request.reference);
        hasher.number(reference.high).number(reference.low).real(request.blend);
    }
    hasher.number(request.originalAtSameLoudness ? 1 : 0);
    return hasher.finish();
}

Hash128 hashOf(const MasteringPlan& plan) {
    Hasher hasher;
    hasher.number(plan.bypass() ? 0 : 1).number(static_cast<std::uint64_t>(plan.sampleRateHz));
    hasher.number(static_cast<std::uint64_t>(plan.numChannels));
    if (plan.bypass())
        return hasher.finish();
    hasher.number(plan.levelOnly ? 1 : 0).number(plan.dcOffset.size());
    for (const double offset : plan.dcOffset)
        hasher.real(offset);
    addTone(hasher, plan.tone.mid);
    addTone(hasher, plan.tone.side);
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
    for (int band = 0; band < kNumToneBands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        tone.push_back({{"frequencyHz", toneBandHz(band)},
                        {"midDb", plan.tone.mid[b]},
                        {"sideDb", plan.tone.side[b]}});
    }
    return nlohmann::json{{"id", hashOf(plan).hex()},
                          {"preset", plan.preset},
                          {"intensity", plan.intensity},
                          {"blend", plan.blend},
                          {"provisional", plan.provisional},
                          {"target", plan.target},
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
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace segue::mastering
