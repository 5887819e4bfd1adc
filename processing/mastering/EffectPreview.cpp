// What mastering does to a track, for pictures: the curves behind a plan's gain, thinned. All that
// is foreseen comes from LoudnessPrediction. Pure functions, any thread; a few milliseconds.

#include "processing/mastering/EffectPreview.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "processing/analysis/Loudness.h"
#include "processing/mastering/LoudnessPrediction.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;

constexpr std::size_t kShortTermHops = 30; // 3 s
constexpr std::size_t kPeaksPerHop = 5;

double amplitudeOf(double db) {
    return std::pow(10.0, db / 20);
}

double dbOf(double amplitude) {
    return std::max(20 * std::log10(std::max(amplitude, 1e-15)), TrackAnalysis::kSilenceDb);
}

/// How hops of 100 ms become the steps of a picture.
struct Steps {
    std::size_t hopsEach, count;

    Steps(std::size_t hops, std::size_t most)
        : hopsEach(std::max<std::size_t>(1, (hops + most - 1) / most)),
          count((hops + hopsEach - 1) / hopsEach) {}

    /// @param at  gives the value of a hop  @param better  which of two a step shows
    template <typename At, typename Better>
    std::vector<double> extremes(std::size_t hops, const At& at, const Better& better) const {
        std::vector<double> result(count);
        for (std::size_t hop = 0; hop < hops; ++hop) {
            double& step = result[hop / hopsEach];
            const double value = at(hop);
            step = hop % hopsEach == 0 ? value : better(step, value);
        }
        return result;
    }
};

double larger(double a, double b) {
    return std::max(a, b);
}
double smaller(double a, double b) {
    return std::min(a, b);
}

/// @param peak  gives the magnitude at an index below `count`
template <typename Peak>
std::vector<double> waveform(std::size_t count, std::size_t points, const Peak& peak) {
    points = std::min(points, count);
    std::vector<double> result(points, 0);
    for (std::size_t i = 0; i < points; ++i)
        for (std::size_t at = i * count / points; at < (i + 1) * count / points; ++at)
            result[i] = std::max(result[i], peak(at));
    return result;
}

/// @param powers  mean squares of hops
std::vector<double> shortTerm(const std::vector<double>& powers, const Steps& steps) {
    const auto mean = [&](std::size_t hop) {
        const std::size_t from = hop + 1 - std::min(kShortTermHops, hop + 1);
        double sum = 0;
        for (std::size_t i = from; i <= hop; ++i)
            sum += powers[i];
        return sum / static_cast<double>(hop + 1 - from);
    };
    std::vector<double> loudest = steps.extremes(powers.size(), mean, larger);
    for (double& value : loudest)
        value = analysis::lufsOf(value);
    return loudest;
}

TrackPicture pictureOf(const TrackAnalysis& a, const Steps& steps, std::size_t points) {
    TrackPicture picture{a.integratedLufs, a.truePeakDbtp, {}, {}, a.midDb, a.sideDb};
    picture.waveform = waveform(a.peakCurve.size(), points, [&](std::size_t at) {
        return amplitudeOf(analysis::curveDb(a.peakCurve[at]));
    });
    if (a.coverage != analysis::Coverage::Full)
        return picture;
    std::vector<double> powers;
    for (const analysis::CurveByte value : a.loudnessCurve)
        powers.push_back(std::pow(10.0, (analysis::curveDb(value) + 0.691) / 10));
    picture.shortTermLufs = shortTerm(powers, steps);
    return picture;
}

ToneGains responseOf(const ToneGains& gains, double rate) {
    ToneGains response{};
    const std::vector<dsp::Biquad> filters = designTone(rate, gains);
    for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.49 * rate; ++band)
        response[static_cast<std::size_t>(band)] = magnitudeDb(filters, toneBandHz(band), rate);
    return response;
}

ToneGains shifted(const ToneGains& levels, const ToneGains& byDb) {
    ToneGains result{};
    for (std::size_t band = 0; band < levels.size(); ++band)
        // What is silent stays so, whatever its gain.
        result[band] = levels[band] <= TrackAnalysis::kSilenceDb
                           ? TrackAnalysis::kSilenceDb
                           : std::max(levels[band] + byDb[band], TrackAnalysis::kSilenceDb);
    return result;
}

/// Everything that is not there without the chain.
void foresee(const TrackAnalysis& a, const MasteringPlan& plan, const Steps& steps,
             EffectPreview& preview) {
    LoudnessPrediction prediction(a, plan.tone, stagesOf(plan));
    prediction.setDynamics(plan.dynamics);
    const LoudnessPrediction::Course course =
        prediction.courseAt(plan.limiter.inputGainDb, plan.limiter);
    TrackPicture& after = preview.after;
    after.integratedLufs = plan.predictedLufs;
    after.truePeakDbtp = course.truePeakDbtp;
    after.waveform =
        waveform(a.peakCurve.size(), preview.before.waveform.size(),
                 [&](std::size_t at) { return static_cast<double>(course.peaks[at]); });
    after.midDb = shifted(a.midDb, course.changeDb.mid);
    after.sideDb = shifted(a.sideDb, course.changeDb.side);
    preview.tone.mid = responseOf(plan.tone.mid, a.sampleRateHz);
    if (a.numChannels == 2)
        preview.tone.side = plan.tone.side == plan.tone.mid
                                ? preview.tone.mid
                                : responseOf(plan.tone.side, a.sampleRateHz);
    if (!preview.gainReduction)
        return;
    const std::size_t hops = course.hops.size();
    after.shortTermLufs = shortTerm(course.hops, steps);
    GainReduction& reduction = *preview.gainReduction;
    reduction.limiterDb = steps.extremes(
        hops,
        [&](std::size_t hop) {
            const auto first =
                course.limiterGains.begin() + static_cast<std::ptrdiff_t>(hop * kPeaksPerHop);
            return dbOf(*std::min_element(first, first + kPeaksPerHop));
        },
        smaller);
    for (std::size_t band = 0; band < reduction.bandDb.size(); ++band) {
        reduction.bandDb[band] = steps.extremes(
            hops, [&](std::size_t hop) { return dbOf(prediction.bandGains()[hop][band]); },
            smaller);
        reduction.makeUpDb[band] = plan.dynamics.bands[band].gainDb;
    }
}

} // namespace

EffectPreview previewEffect(const TrackAnalysis& a, const MasteringPlan& plan,
                            const ReferenceProfile* reference, int points) {
    const auto most = static_cast<std::size_t>(points);
    const std::size_t hops = a.loudnessCurve.size();
    const Steps steps(hops, std::min<std::size_t>(most, kMostEffectSteps));
    EffectPreview preview;
    preview.provisional = plan.provisional;
    preview.targetLufs = plan.targetLufs;
    preview.ceilingDbtp = plan.limiter.ceilingDbtp;
    preview.highestHz = a.sampleRateHz / 2.0;
    // A hop is a whole number of frames.
    const int hopFrames = a.sampleRateHz / 10;
    preview.stepSeconds = static_cast<double>(steps.hopsEach) * hopFrames / a.sampleRateHz;
    preview.before = preview.after = pictureOf(a, steps, most);
    if (a.coverage == analysis::Coverage::Full) {
        preview.gainReduction.emplace();
        preview.gainReduction->limiterDb.resize(steps.count);
        for (std::vector<double>& band : preview.gainReduction->bandDb)
            band.resize(steps.count);
    }
    if (!plan.bypass() && !a.silent())
        foresee(a, plan, steps, preview);
    if (reference) {
        ToneGains louder{};
        louder.fill(preview.after.integratedLufs - reference->integratedLufs);
        preview.reference =
            Spectra{shifted(reference->midDb, louder), shifted(reference->sideDb, louder)};
    }
    return preview;
}

namespace {

using Json = nlohmann::ordered_json;

/// Rounded: nobody sees more, and answers stay small.
template <typename Values>
Json rounded(const Values& values, double steps) {
    Json result = Json::array();
    for (const double value : values)
        result.push_back(std::round(value * steps) / steps + 0.0); // -0 is 0
    return result;
}

template <typename Values>
Json decibels(const Values& values) {
    return rounded(values, 100);
}

Json jsonOf(const TrackPicture& picture) {
    return {
        {"integratedLufs", picture.integratedLufs},
        {"truePeakDbtp", picture.truePeakDbtp},
        {"waveform", rounded(picture.waveform, 1000)},
        {"shortTermLufs", picture.shortTermLufs ? decibels(*picture.shortTermLufs) : Json(nullptr)},
        {"midDb", decibels(picture.midDb)},
        {"sideDb", decibels(picture.sideDb)}};
}

Json jsonOf(const GainReduction& reduction, double stepSeconds, double highestHz) {
    Json bands = Json::array();
    for (std::size_t band = 0; band < reduction.bandDb.size(); ++band) {
        const bool last = band + 1 == reduction.bandDb.size();
        bands.push_back({{"fromHz", band == 0 ? 0 : dsp::kCrossoverHz[band - 1]},
                         {"toHz", last ? highestHz : dsp::kCrossoverHz[band]},
                         {"makeUpDb", reduction.makeUpDb[band]},
                         {"gainDb", decibels(reduction.bandDb[band])}});
    }
    return {{"stepSeconds", stepSeconds},
            {"limiterDb", decibels(reduction.limiterDb)},
            {"bands", std::move(bands)}};
}

} // namespace

std::string toJson(const EffectPreview& preview) {
    Json frequencies = Json::array();
    for (int band = 0; band < kNumToneBands; ++band)
        frequencies.push_back(std::round(toneBandHz(band) * 10) / 10);
    Json reference = nullptr;
    if (preview.reference)
        reference = {{"midDb", decibels(preview.reference->midDb)},
                     {"sideDb", decibels(preview.reference->sideDb)}};
    Json reduction = nullptr;
    if (preview.gainReduction)
        reduction = jsonOf(*preview.gainReduction, preview.stepSeconds, preview.highestHz);
    return Json{
        {"provisional", preview.provisional},
        {"thirdOctaveHz", std::move(frequencies)},
        {"before", jsonOf(preview.before)},
        {"after", jsonOf(preview.after)},
        {"shortTermStepSeconds", preview.stepSeconds},
        {"targetLufs", preview.targetLufs},
        {"ceilingDbtp", preview.ceilingDbtp},
        {"gainReduction", std::move(reduction)},
        {"tone", {{"midDb", decibels(preview.tone.mid)}, {"sideDb", decibels(preview.tone.side)}}},
        {"reference", std::move(reference)}}
        .dump();
}

} // namespace segue::mastering
