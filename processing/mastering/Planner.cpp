// From an analysis and a request to every parameter of the chain: tone towards a corridor or a
// reference, dynamics and width from preset, content or reference, and the gain that makes the
// result measure the target. Pure functions of their arguments, any thread.

#include <algorithm>
#include <cmath>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/mastering/Corridor.h"
#include "processing/mastering/LearnedCorridor.h"
#include "processing/mastering/LoudnessPrediction.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/mastering/ReferenceMatch.h"
#include "processing/mastering/StereoImage.h"
#include "processing/mastering/ToneEffect.h"
#include "processing/types/Decibels.h"
#include "processing/types/Text.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;

// Do no harm.
constexpr double kMinPlrDb = 8; // no louder than leaves this much between loudness and peaks
constexpr double kMaxAdaptiveRatio = 2;
constexpr double kMaxReferenceRatio = 2.5;
constexpr double kMaxMakeUpDb = 12;
constexpr int kMakeUpRounds = 2;
constexpr int kToneSteps = 3; // what is left then is below 0.05 dB
constexpr double kMaxToneMakeUpDb = 3;
constexpr double kMaxToneErrorDb = 1; // of filters and width
// Half of the music lies above the threshold: the loud half is what compression is for.
constexpr double kThresholdPercentile = 0.5;

/// Two digits are as exact as a third octave is; "%.2g" would write 160 as 1.6e+02.
std::string hertz(double hz) {
    const double step = std::pow(10.0, std::floor(std::log10(hz)) - 1);
    const double rounded = std::round(hz / step) * step;
    return rounded >= 1000 ? text("%g kHz", rounded / 1000) : text("%g Hz", rounded);
}

/// `gains` that meet better what is missing; smoothed, for an equaliser of third octaves makes
/// ripples of its own.
ToneGains corrected(const ToneGains& gains, const ToneGains& excessDb) {
    ToneGains better{};
    for (std::size_t band = 0; band < gains.size(); ++band) {
        const double below = excessDb[band == 0 ? 0 : band - 1];
        const double above = excessDb[std::min(band + 1, gains.size() - 1)];
        const double smooth = (below + 6 * excessDb[band] + above) / 8;
        better[band] = std::clamp(gains[band] - smooth, -kMaxToneMakeUpDb, kMaxToneMakeUpDb);
    }
    return better;
}

/// Builds one plan, step by step in the order of the chain.
class Planner {
  public:
    Planner(const TrackAnalysis& analysis, const PlanRequest& request);
    MasteringPlan make();

  private:
    double part() const { return plan_.intensity; }
    /// Peak to loudness ratio of what the chain works on.
    double plrDb() const { return a_.centredPlrDb(); }
    /// 1 for a track that has dynamics to spare, 0 for one that has none.
    double roomForCompression() const { return std::clamp((plrDb() - kMinPlrDb) / 4, 0.0, 1.0); }
    /// From the adaptive value to the reference's.
    double blended(double adaptive, double ofReference) const {
        return adaptive + plan_.blend * (ofReference - adaptive);
    }
    void say(std::string what) { plan_.summary.push_back(std::move(what)); }
    void heldBack(std::string why) { plan_.heldBackBy.push_back(std::move(why)); }

    ToneCurve adaptiveTone();
    dsp::MultibandSettings dynamicsAt(double ratio, const LoudnessPrediction& prediction) const;
    double adaptiveRatio() const;
    double referenceRatio(LoudnessPrediction& prediction) const;
    void planTone();
    void planDynamics();
    void planWidth();
    void makeUpTone();
    void keepMono();
    struct Gain {
        double db = 0;
        double integratedLufs = 0; ///< what comes out
        double limitingDb = 0;     ///< most that the limiter takes off a peak
        std::vector<std::string> heldBackBy;
    };
    Gain solvedGain(const LoudnessPrediction& prediction) const;
    void planGain(const LoudnessPrediction& prediction);
    void planOriginal(double loudnessLufs);
    void describeTone();

    const TrackAnalysis& a_;
    const PlanRequest& request_;
    const Preset& preset_;
    MasteringPlan plan_;
};

Planner::Planner(const TrackAnalysis& analysis, const PlanRequest& request)
    : a_(analysis), request_(request), preset_(request.preset) {
    plan_.preset = preset_.name;
    plan_.intensity = request.intensity;
    plan_.blend = request.reference ? request.blend : 0;
    plan_.provisional = a_.coverage == analysis::Coverage::Quick;
    plan_.sampleRateHz = a_.sampleRateHz;
    plan_.numChannels = a_.numChannels;
    plan_.sourceLufs = plan_.targetLufs = plan_.predictedLufs = a_.integratedLufs;
    plan_.limiter.ceilingDbtp = ceilingDbtp(request);
}

MasteringPlan Planner::make() {
    if (plan_.bypass()) {
        say("the original, untouched");
        return std::move(plan_);
    }
    if (a_.silent()) {
        say("silence stays as it is");
        return std::move(plan_);
    }
    if (a_.hasOffset()) {
        plan_.dcOffset = a_.dcOffset;
        say("constant offset removed");
    }
    planTone();
    planDynamics();
    planWidth();
    makeUpTone();
    keepMono();
    describeTone();
    LoudnessPrediction prediction(a_, plan_.tone);
    prediction.setDynamics(plan_.dynamics);
    planGain(prediction);
    if (preset_.evenHarmonics > 0) {
        // Stated at the output's level; the stage works before the gain.
        plan_.dynamics.evenHarmonics =
            preset_.evenHarmonics * part() * amplitudeOf(plan_.limiter.inputGainDb);
        say("a trace of second harmonic");
    }
    if (request_.originalAtSameLoudness)
        planOriginal(plan_.predictedLufs);
    return std::move(plan_);
}

ToneCurve Planner::adaptiveTone() {
    const Correction correction =
        request_.corridor ? request_.corridor->correctionFor(a_) : builtInCorrection(a_);
    plan_.target = correction.source;
    say("tone: " + correction.source);
    for (const std::string& rule : correction.heldBack)
        heldBack(rule);
    return preset_.correction * correction.tone;
}

void Planner::planTone() {
    ToneCurve presetTone;
    for (int band = 0; band < kNumToneBands; ++band)
        presetTone.mid[static_cast<std::size_t>(band)] = presetToneDb(preset_, toneBandHz(band));
    presetTone.side = presetTone.mid;
    ToneCurve adaptive;
    if (plan_.blend < 1)
        adaptive = adaptiveTone();
    ToneCurve reference;
    if (request_.reference) {
        const ReferenceTone match = referenceTone(a_, *request_.reference);
        reference = match.tone;
        if (match.limited)
            heldBack(text("tone: at most %.0f dB towards the reference, and noise is not lifted",
                          kMaxReferenceDb));
        const std::string name = "the reference '" + request_.reference->name + "'";
        plan_.target = plan_.blend < 1 ? plan_.target + " and " + name : name;
        say(plan_.blend < 1 ? text("%.0f %% of the way to ", 100 * plan_.blend) + name
                            : "matched to " + name);
    }
    ToneCurve tone = (1 - plan_.blend) * adaptive;
    tone += plan_.blend * reference;
    tone += presetTone;
    plan_.tone = part() * tone;
}

double Planner::adaptiveRatio() const {
    return preset_.ratio
               ? *preset_.ratio
               : 1 + (kMaxAdaptiveRatio - 1) * std::clamp((a_.loudnessRangeLu - 5) / 12, 0.0, 1.0);
}

dsp::MultibandSettings Planner::dynamicsAt(double ratio,
                                           const LoudnessPrediction& prediction) const {
    dsp::MultibandSettings settings = plan_.dynamics;
    for (int band = 0; band < dsp::kNumBands; ++band) {
        dsp::BandSettings& b = settings.bands[static_cast<std::size_t>(band)];
        b.thresholdDb = prediction.detectorPercentileDb(band, kThresholdPercentile);
        b.ratio = ratio;
        b.attackMs = preset_.attackMs;
        b.releaseMs = preset_.releaseMs;
        b.gainDb = 0;
    }
    return settings;
}

double Planner::referenceRatio(LoudnessPrediction& prediction) const {
    const double wanted = request_.reference->loudnessRangeLu;
    if (a_.loudnessRangeLu <= wanted)
        return 1;
    double low = 1;
    double high = kMaxReferenceRatio;
    for (int i = 0; i < 6; ++i) {
        const double middle = (low + high) / 2;
        prediction.setDynamics(dynamicsAt(middle, prediction));
        (prediction.loudnessRangeLu() > wanted ? low : high) = middle;
    }
    return (low + high) / 2;
}

void Planner::planDynamics() {
    LoudnessPrediction prediction(a_, plan_.tone);
    const double wanted =
        blended(adaptiveRatio(), request_.reference ? referenceRatio(prediction) : 1);
    const double room = roomForCompression();
    const double ratio = 1 + (wanted - 1) * room * part();
    if (room < 1 && wanted > 1)
        heldBack(
            text("dynamics: the source's peaks stand only %.1f dB above its loudness", plrDb()));
    plan_.dynamics = dynamicsAt(ratio, prediction);
    // What compression takes from a band comes back, so that it changes dynamics and not tone.
    prediction.setDynamics(plan_.dynamics);
    for (int band = 0; band < dsp::kNumBands; ++band)
        plan_.dynamics.bands[static_cast<std::size_t>(band)].gainDb =
            std::clamp(-prediction.bandChangeDb(band), 0.0, kMaxMakeUpDb);
    if (ratio > 1.02)
        say(text("%.2f:1 above each band's median level, %g/%g ms", ratio, preset_.attackMs,
                 preset_.releaseMs));
}

void Planner::planWidth() {
    if (plan_.numChannels != 2)
        return;
    // Shares of the side in a band's power: below the first it is mono, above the second wide
    // already.
    constexpr double kMonoShare = 0.001;
    constexpr double kNarrowShare = 0.05;
    constexpr double kWideShare = 0.25;
    constexpr double kAdaptiveWidth = 1.1;
    constexpr double kBassSide = 0.5; // bass is one source; half the side keeps a hint of the room
    // How wide a library's music is, bass and all, is part of what was learned.
    const bool learned = request_.corridor && !preset_.width;
    for (int band = 0; band < dsp::kNumBands; ++band) {
        const double share = sideShare(a_, band);
        double width = 1;
        if (band == 0)
            width = learned || share <= kMonoShare ? 1 : kBassSide;
        else if (!learned && share > kMonoShare && share < kWideShare)
            width = preset_.width ? *preset_.width : (share < kNarrowShare ? kAdaptiveWidth : 1);
        // A reference's width is part of its tone.
        plan_.dynamics.bands[static_cast<std::size_t>(band)].sideGain =
            1 + (blended(width, 1) - 1) * part();
    }
}

/// Within a band too dynamics change no tone: what sounds when the band is loud would lose more
/// than the rest. Filters miss their curve where it is steep, and width changes what a band holds.
/// What is given back moves the levels that dynamics go by, so a second round sees to that.
void Planner::makeUpTone() {
    const ToneCurve wanted = plan_.tone;
    // Towards a reference what was asked for is the curve itself, and it is steep everywhere.
    const double mostErrorDb = (1 - plan_.blend) * kMaxToneErrorDb;
    ToneGains back{};
    for (int round = 0; round < kMakeUpRounds; ++round) {
        LoudnessPrediction toned(a_, plan_.tone);
        toned.setDynamics(plan_.dynamics);
        const ToneGains change = toned.changeDb();
        for (int step = 0; step < kToneSteps; ++step) {
            ToneGains excess = toneErrorDb(a_, plan_.tone, plan_.dynamics, wanted);
            for (std::size_t band = 0; band < excess.size(); ++band)
                excess[band] = change[band] + back[band] +
                               std::clamp(excess[band] - back[band], -mostErrorDb, mostErrorDb);
            back = corrected(back, excess);
            plan_.tone = wanted;
            for (std::size_t band = 0; band < back.size(); ++band) {
                plan_.tone.mid[band] += back[band];
                plan_.tone.side[band] += back[band];
            }
        }
    }
}

void Planner::keepMono() {
    if (plan_.numChannels != 2)
        return;
    double extraFoldLossLu = 0;
    if (request_.reference)
        extraFoldLossLu =
            plan_.blend * std::max(0.0, request_.reference->monoFoldLossLu - a_.monoFoldLossLu);
    if (keepMonoCompatible(a_, extraFoldLossLu, plan_.tone, plan_.dynamics))
        heldBack(text("width: a fold to mono may lose at most %.2f LU more than before",
                      kMaxMonoFoldLossLu + extraFoldLossLu));
    const double bass = plan_.dynamics.bands[0].sideGain;
    if (bass < 0.99)
        say(text("side %+.1f dB below 120 Hz", 20 * std::log10(bass)));
    const double widest = plan_.dynamics.bands[2].sideGain;
    if (std::abs(widest - 1) > 0.01)
        say(text("side %+.1f dB from 1 kHz to 5 kHz", 20 * std::log10(widest)));
}

/// The curve's hills and valleys, and what the side gets besides.
void Planner::describeTone() {
    constexpr double kWorthSaying = 0.4;
    constexpr int kOctave = 3;
    const ToneGains& mid = plan_.tone.mid;
    const auto used = [&](int band) { return toneBandHz(band) < 0.42 * plan_.sampleRateHz; };
    for (int band = 0; band < kNumToneBands && used(band); ++band) {
        const double gain = mid[static_cast<std::size_t>(band)];
        bool summit = std::abs(gain) >= kWorthSaying;
        for (int i = std::max(band - kOctave, 0);
             summit && i <= std::min(band + kOctave, kNumToneBands - 1) && used(i); ++i) {
            const double other = mid[static_cast<std::size_t>(i)] * (gain > 0 ? 1 : -1);
            // Of a plateau the first band speaks.
            summit = i < band ? other < std::abs(gain) - 1e-9 : other <= std::abs(gain) + 1e-9;
        }
        if (summit)
            say(text("%+.1f dB around ", gain) + hertz(toneBandHz(band)));
    }
    if (plan_.numChannels != 2)
        return;
    double wider = 0;
    int bands = 0;
    for (int band = 0; band < kNumToneBands && used(band); ++band, ++bands)
        wider +=
            plan_.tone.side[static_cast<std::size_t>(band)] - mid[static_cast<std::size_t>(band)];
    if (bands && std::abs(wider / bands) >= kWorthSaying)
        say(text("side %+.1f dB against mid on average", wider / bands));
}

/// A lossy encoder's noise lifts peaks, most where much was taken off them: Opus at 128 kbit/s by
/// 1 dB where the limiter takes 6 dB, by 1.6 dB where it takes 9 (bench/scorecard).
double roomForCodecsDb(double limitingDb) {
    constexpr double kFromDb = 6;
    constexpr double kPart = 0.2;
    constexpr double kMostDb = 1;
    return std::clamp(kPart * (limitingDb - kFromDb), 0.0, kMostDb);
}

/// The gain that meets the target, or comes as near as the rules let it.
Planner::Gain Planner::solvedGain(const LoudnessPrediction& prediction) const {
    const dsp::LimiterSettings& limiter = plan_.limiter;
    Gain gain;
    double target = plan_.targetLufs;
    const double loudest = limiter.ceilingDbtp - std::min(kMinPlrDb, plrDb());
    if (target > loudest) {
        target = loudest;
        gain.heldBackBy.push_back(
            text("loudness: %.1f LUFS leaves %.0f dB for peaks", loudest, kMinPlrDb));
    }
    gain.db = prediction.gainFor(target, limiter, kMaxGainDb);
    if (gain.db > kMaxGainDb - 0.01)
        gain.heldBackBy.push_back(text("loudness: at most %.0f dB of gain", kMaxGainDb));
    const double mostDb = maxLimitingDb(request_);
    if (prediction.predict(gain.db, limiter).deepestReductionDb < -mostDb) {
        double low = gain.db - 20;
        double high = gain.db;
        for (int i = 0; i < 12; ++i) {
            const double middle = (low + high) / 2;
            (prediction.predict(middle, limiter).deepestReductionDb < -mostDb ? high : low) =
                middle;
        }
        gain.db = low;
        gain.heldBackBy.push_back(
            text("loudness: the limiter takes at most %.0f dB off any peak", mostDb));
    }
    const LoudnessPrediction::Outcome outcome = prediction.predict(gain.db, limiter);
    gain.integratedLufs = outcome.integratedLufs;
    gain.limitingDb = -outcome.deepestReductionDb;
    return gain;
}

void Planner::planGain(const LoudnessPrediction& prediction) {
    dsp::LimiterSettings& limiter = plan_.limiter;
    const double ofReference = request_.reference ? request_.reference->integratedLufs : 0;
    const double full = request_.targetLufs.value_or(
        std::min(blended(preset_.targetLufs, ofReference), kMaxTargetLufs));
    plan_.targetLufs = a_.integratedLufs + part() * (full - a_.integratedLufs);

    Gain gain = solvedGain(prediction);
    double room = request_.ceilingDbtp ? 0 : roomForCodecsDb(gain.limitingDb);
    // A master that meets its target goes on meeting it: the limiter takes no more for the room.
    constexpr double kOnTargetLu = 0.5;
    if (plan_.targetLufs - gain.integratedLufs < kOnTargetLu)
        room = std::min(room, maxLimitingDb(request_) - gain.limitingDb);
    if (room > 0.05) {
        limiter.ceilingDbtp -= room;
        gain = solvedGain(prediction);
        say(text("%.1f dB of room below the ceiling for lossy encoders", room));
    }
    for (std::string& rule : gain.heldBackBy)
        heldBack(std::move(rule));
    limiter.inputGainDb = gain.db;
    plan_.predictedLufs = gain.integratedLufs;
    plan_.predictedLimitingDb = -gain.limitingDb;
    say(text("%+.1f dB to reach %.1f LUFS", gain.db, plan_.predictedLufs));
    if (gain.limitingDb > 0.1)
        say(text("peaks limited by up to %.1f dB to %.1f dBTP", gain.limitingDb,
                 limiter.ceilingDbtp));
}

/// Turns the plan into one that only makes the source this loud.
void Planner::planOriginal(double loudnessLufs) {
    plan_.levelOnly = true;
    plan_.tone = {};
    plan_.dynamics = {};
    plan_.dcOffset.clear();
    plan_.summary.clear();
    plan_.heldBackBy.clear();
    plan_.target = "the original";
    plan_.limiter.ceilingDbtp = ceilingDbtp(request_);
    LoudnessPrediction prediction(a_, {}, Stages::GainAlone);
    prediction.setDynamics({});
    plan_.targetLufs = loudnessLufs;
    const double gain = prediction.gainFor(loudnessLufs, plan_.limiter, kMaxGainDb);
    plan_.limiter.inputGainDb = gain;
    const LoudnessPrediction::Outcome outcome = prediction.predict(gain, plan_.limiter);
    plan_.predictedLufs = outcome.integratedLufs;
    plan_.predictedLimitingDb = outcome.deepestReductionDb;
    say(text("the original, %+.1f dB: as loud as the master", gain));
    if (outcome.deepestReductionDb < -0.1)
        heldBack(text("its peaks are limited by up to %.1f dB", -outcome.deepestReductionDb));
}

} // namespace

double ceilingDbtp(const PlanRequest& request) {
    return request.ceilingDbtp.value_or(request.preset.ceilingDbtp);
}

double maxLimitingDb(const PlanRequest& request) {
    constexpr double kUsualDb = 9;
    constexpr double kReferenceDb = 24; // somebody asked for that loudness by name
    const double blend = request.reference ? request.blend : 0;
    return kUsualDb + blend * (kReferenceDb - kUsualDb);
}

MasteringPlan makePlan(const TrackAnalysis& analysis, const PlanRequest& request) {
    return Planner(analysis, request).make();
}

} // namespace segue::mastering
