// The loudness prediction behind the gain of a plan. Pure, any thread; allocates.

#include "processing/mastering/LoudnessPrediction.h"

#include <algorithm>
#include <cmath>

#include "processing/analysis/Loudness.h"
#include "processing/mastering/ToneEffect.h"
#include "processing/types/Decibels.h"

namespace segue::mastering {

namespace {

constexpr double kHopSeconds = 0.1;
constexpr std::size_t kPeaksPerHop = 5;
// Music, for percentiles: hops less than this much below the integrated loudness.
constexpr double kMusicGateLu = -20;

/// Power of every curve value: a plan looks up tens of thousands of them.
const std::array<double, 256>& curvePowers() {
    static const std::array<double, 256> table = [] {
        std::array<double, 256> powers{};
        for (std::size_t i = 0; i < powers.size(); ++i)
            powers[i] = powerOf(analysis::curveDb(static_cast<analysis::CurveByte>(i)));
        return powers;
    }();
    return table;
}

double curvePower(analysis::CurveByte value) {
    return curvePowers()[value];
}

/// @source  ITU-R BS.1770-4
double meanSquareAtZeroLufs() {
    static const double value = powerOf(0.691);
    return value;
}

/// Where mid and side peak together the peak is their sum, whose power is up to twice theirs.
/// @param sideShare  of the power
double peakOfSumAsPower(double sideShare) {
    return 1 + 2 * std::sqrt(sideShare * (1 - sideShare));
}

constexpr auto kNobodyLooks = [](std::size_t, double, double) {};

} // namespace

Stages stagesOf(const MasteringPlan& plan) {
    return plan.levelOnly ? Stages::GainAlone : Stages::All;
}

LoudnessPrediction::LoudnessPrediction(const analysis::TrackAnalysis& a, const ToneCurve& tone,
                                       Stages stages)
    : analysis_(a), sourcePeaks_(stages == Stages::All ? a.chainPeakCurve : a.peakCurve),
      sourcePeaksAboveDb_(stages == Stages::All ? analysis::kChainPeaksAboveDb : 0) {
    const double rate = a.sampleRateHz;
    const std::vector<dsp::Biquad> midTone = designTone(rate, tone.mid);
    const std::vector<dsp::Biquad> sideTone = designTone(rate, tone.side);
    const auto [shelf, rlb] = dsp::kWeighting(rate);
    constexpr auto kThirds = static_cast<std::size_t>(analysis::kNumThirdOctaves);
    std::array<double, kThirds> longTerm{};
    Bands side{};
    Bands all{};
    double before = 1e-20;
    for (std::size_t i = 0; i < kThirds; ++i) {
        const double hz = analysis::thirdOctaveHz(static_cast<int>(i));
        if (hz >= 0.49 * rate)
            break;
        Third third;
        third.weight = powerOf(shelf.magnitudeDbAt(hz, rate) + rlb.magnitudeDbAt(hz, rate));
        third.share = bandShares(hz);
        const double midPower = powerOf(a.midDb[i]);
        const double sidePower = powerOf(a.sideDb[i]);
        const double midGain = meanPowerGain(a, midTone, i);
        const double sideGain = meanPowerGain(a, sideTone, i);
        const double midToned = midPower * midGain;
        const double sideToned = sidePower * sideGain;
        third.midToneDb = 10 * std::log10(midGain);
        third.sideToneDb = 10 * std::log10(sideGain);
        longTerm[i] = midPower + sidePower;
        before += longTerm[i];
        sideBefore_ += sidePower;
        third.mid = midToned / longTerm[i];
        third.side = sideToned / longTerm[i];
        for (std::size_t band = 0; band < all.size(); ++band) {
            side[band] += sideToned * third.share[band] * third.share[band];
            all[band] += (midToned + sideToned) * third.share[band] * third.share[band];
        }
        thirds_.push_back(third);
    }
    for (std::size_t band = 0; band < all.size(); ++band)
        sideShare_[band] = side[band] / (all[band] + 1e-20);
    toned_ = all;
    sideBefore_ /= before;

    for (std::size_t at = 0; at < a.spectrumCurve.size(); at += kThirds) {
        const analysis::CurveByte* row = a.spectrumCurve.data() + at;
        std::array<double, kThirds> powers = longTerm;
        if (std::any_of(row, row + kThirds, [](auto value) { return value != 0; }))
            for (std::size_t i = 0; i < kThirds; ++i)
                powers[i] = curvePower(row[i]);
        addRow(powers.data());
    }
    if (rows_.empty())
        addRow(longTerm.data());

    std::vector<double> hops;
    for (const analysis::CurveByte value : a.loudnessCurve)
        hops.push_back(curvePower(value) * meanSquareAtZeroLufs());
    curveOffsetLu_ = a.integratedLufs - analysis::integratedLufs(hops);
}

void LoudnessPrediction::addRow(const double* thirdPowers) {
    Row row{};
    Bands plain{};
    Bands plainToned{};
    for (std::size_t i = 0; i < thirds_.size(); ++i) {
        const Third& third = thirds_[i];
        const double power = thirdPowers[i] + 1e-20;
        for (std::size_t x = 0; x < third.share.size(); ++x) {
            plain[x] += power * third.share[x] * third.share[x];
            plainToned[x] += power * (third.mid + third.side) * third.share[x] * third.share[x];
            for (std::size_t y = 0; y < third.share.size(); ++y) {
                const double common = power * third.weight * third.share[x] * third.share[y];
                row.before[x][y] += common;
                row.mid[x][y] += common * third.mid;
                row.side[x][y] += common * third.side;
            }
        }
    }
    const std::size_t first = rows_.size() * analysis::kHopsPerSpectrum;
    const std::size_t last =
        std::min(first + analysis::kHopsPerSpectrum, analysis_.loudnessCurve.size());
    const double perChannel = meanSquareAtZeroLufs() / analysis_.numChannels;
    for (std::size_t band = 0; band < plain.size(); ++band) {
        const double weighted = row.before[band][band] + 1e-20;
        row.detector[band] = perChannel * plainToned[band] / weighted;
        row.plain[band] = perChannel * plain[band] / weighted;
        for (std::size_t hop = first; hop < last; ++hop)
            row.level[band] +=
                curvePower(analysis_.bandCurves[band][hop]) / static_cast<double>(last - first);
    }
    rows_.push_back(row);
}

const LoudnessPrediction::Row& LoudnessPrediction::rowAt(std::size_t hop) const {
    return rows_[std::min(hop / analysis::kHopsPerSpectrum, rows_.size() - 1)];
}

double LoudnessPrediction::detectorPercentileDb(int band, double part) const {
    const auto b = static_cast<std::size_t>(band);
    std::vector<double> levels;
    for (std::size_t hop = 0; hop < analysis_.loudnessCurve.size(); ++hop)
        if (analysis::curveDb(analysis_.loudnessCurve[hop]) >
            analysis_.integratedLufs + kMusicGateLu)
            levels.push_back(analysis::curveDb(analysis_.bandCurves[b][hop]) +
                             10 * std::log10(rowAt(hop).detector[b] + 1e-20));
    if (levels.empty())
        return analysis::TrackAnalysis::kSilenceDb;
    const auto at = levels.begin() + std::lround(part * static_cast<double>(levels.size() - 1));
    std::nth_element(levels.begin(), at, levels.end());
    return *at;
}

/// How the energy of a hop lies in its steps, as the peaks tell; the mean is 1.
std::array<float, LoudnessPrediction::kStepsPerHop>
LoudnessPrediction::stepParts(std::size_t hop) const {
    std::array<float, kStepsPerHop> parts;
    parts.fill(1);
    const std::size_t first = hop * kPeaksPerHop;
    if (first + kPeaksPerHop > sourcePeaks_.size())
        return parts;
    float sum = 0;
    for (std::size_t i = 0; i < kPeaksPerHop; ++i) {
        parts[i] = static_cast<float>(curvePower(sourcePeaks_[first + i]));
        sum += parts[i];
    }
    for (float& part : parts)
        part = sum > 0 ? part * kStepsPerHop / sum : 1;
    return parts;
}

/// What the settings do whatever the level.
struct LoudnessPrediction::StaticGains {
    Bands gain{}, side{}; ///< amplitude; side against mid
    Bands power{};        ///< of both, with the side that a band has
};

LoudnessPrediction::StaticGains
LoudnessPrediction::staticGainsOf(const dsp::MultibandSettings& settings) const {
    const bool stereo = analysis_.numChannels == 2;
    StaticGains gains;
    for (std::size_t b = 0; b < gains.gain.size(); ++b) {
        const dsp::BandSettings& band = settings.bands[b];
        const double side = stereo ? band.sideGain : 1;
        gains.gain[b] = std::sqrt(powerOf(band.gainDb));
        gains.side[b] = side;
        gains.power[b] = powerOf(band.gainDb) * (1 - sideShare_[b] + sideShare_[b] * side * side);
    }
    return gains;
}

/// What the dynamics do during one hop.
struct LoudnessPrediction::HopGains {
    Bands power{};                             ///< mean over the hop, by where its energy lies
    Bands least{1, 1, 1, 1};                   ///< amplitude
    std::array<dsp::V4, kStepsPerHop> atOnset; ///< amplitude when each step begins
};

/// Runs the gain computer over a hop.
/// @param gain  what it last gave; moves on
LoudnessPrediction::HopGains
LoudnessPrediction::runHop(std::size_t hop, dsp::BandGainComputer& computer, dsp::V4& gain) const {
    const Row& row = rowAt(hop);
    dsp::V4 level{};
    for (std::size_t b = 0; b < row.detector.size(); ++b)
        level[static_cast<int>(b)] =
            static_cast<float>(curvePower(analysis_.bandCurves[b][hop]) * row.detector[b]);
    // Within a hop the energy lies where the peaks are: drums are compressed more than their mean.
    const std::array<float, kStepsPerHop> part = stepParts(hop);
    HopGains gains;
    for (std::size_t step = 0; step < kStepsPerHop; ++step) {
        gains.atOnset[step] = gain;
        computer.step(level * part[step], gain);
        for (std::size_t b = 0; b < gains.power.size(); ++b) {
            const float now = gain[static_cast<int>(b)];
            gains.power[b] += static_cast<double>(now * now * part[step]) / kStepsPerHop;
            gains.least[b] = std::min(gains.least[b], static_cast<double>(now));
        }
    }
    return gains;
}

/// K-weighted power after tone and dynamics. Curves and spectrum have their own roundings: only
/// the ratio of after and before counts.
double LoudnessPrediction::powerAfter(std::size_t hop, const StaticGains& fixed,
                                      const HopGains& gains) const {
    const Row& row = rowAt(hop);
    Bands amplitude{}; // against the row's mean
    Bands changed{};
    for (std::size_t b = 0; b < amplitude.size(); ++b) {
        amplitude[b] = std::sqrt(curvePower(analysis_.bandCurves[b][hop]) / (row.level[b] + 1e-20));
        changed[b] = amplitude[b] * fixed.gain[b] * std::sqrt(gains.power[b]);
    }
    double before = 1e-20;
    double after = 0;
    for (std::size_t x = 0; x < amplitude.size(); ++x)
        for (std::size_t y = 0; y < amplitude.size(); ++y) {
            before += amplitude[x] * amplitude[y] * row.before[x][y];
            after += changed[x] * changed[y] *
                     (row.mid[x][y] + fixed.side[x] * fixed.side[y] * row.side[x][y]);
        }
    return curvePower(analysis_.loudnessCurve[hop]) * meanSquareAtZeroLufs() * after / before;
}

/// What a wider or narrower track's peaks gain against its power.
double LoudnessPrediction::peaksOfWidth(const StaticGains& fixed) const {
    double all = 1e-20;
    double side = 0;
    for (std::size_t b = 0; b < toned_.size(); ++b) {
        const double power = toned_[b] * fixed.gain[b] * fixed.gain[b];
        const double ofSide = power * sideShare_[b] * fixed.side[b] * fixed.side[b];
        all += power * (1 - sideShare_[b]) + ofSide;
        side += ofSide;
    }
    return peakOfSumAsPower(side / all) / peakOfSumAsPower(sideBefore_);
}

/// A peak is an onset more often than not: it meets the gain that stood before it.
void LoudnessPrediction::setPeaks(std::size_t hop, const StaticGains& fixed,
                                  const HopGains& gains) {
    const Row& row = rowAt(hop);
    const double above = powerOf(sourcePeaksAboveDb_) * peaksOfWidth_;
    double before = 1e-20;
    std::array<double, kStepsPerHop> after{};
    for (std::size_t b = 0; b < row.plain.size(); ++b) {
        const double power = curvePower(analysis_.bandCurves[b][hop]);
        before += power * row.plain[b];
        const double changedPower = power * row.detector[b] * fixed.power[b];
        for (std::size_t step = 0; step < kStepsPerHop; ++step) {
            const double onset = gains.atOnset[step][static_cast<int>(b)];
            after[step] += changedPower * onset * onset;
        }
    }
    const std::size_t first = hop * kPeaksPerHop;
    // What is left of the track after its last whole hop is as that.
    const std::size_t last = hop + 1 == hopPower_.size() ? peaks_.size() : first + kPeaksPerHop;
    for (std::size_t at = first; at < last && at < sourcePeaks_.size(); ++at)
        peaks_[at] = std::sqrt(above * curvePower(sourcePeaks_[at]) *
                               after[std::min(at - first, kPeaksPerHop - 1)] / before);
}

void LoudnessPrediction::setDynamics(const dsp::MultibandSettings& settings) {
    const StaticGains fixed = staticGainsOf(settings);
    sideGain_ = fixed.side;
    peaksOfWidth_ = peaksOfWidth(fixed);
    dsp::BandGainComputer computer;
    computer.prepare(settings, kHopSeconds / kStepsPerHop);
    const std::size_t hops = analysis_.loudnessCurve.size();
    hopPower_.assign(hops, 0);
    bandGains_.assign(hops, {});
    peaks_.assign(std::max(hops * kPeaksPerHop, sourcePeaks_.size()), 0);
    rowGains_.assign(rows_.size(), {});
    Bands allBefore{};
    Bands allAfter{};
    Bands rowBefore{};
    Bands rowAfter{};
    dsp::V4 gain = dsp::V4{} + 1.0F;
    for (std::size_t hop = 0; hop < hops; ++hop) {
        const HopGains gains = runHop(hop, computer, gain);
        bandGains_[hop] = gains.least;
        hopPower_[hop] = powerAfter(hop, fixed, gains);
        setPeaks(hop, fixed, gains);
        for (std::size_t b = 0; b < rowBefore.size(); ++b) {
            const double power = curvePower(analysis_.bandCurves[b][hop]);
            allBefore[b] += power;
            allAfter[b] += power * gains.power[b];
            rowBefore[b] += power;
            rowAfter[b] += power * gains.power[b];
        }
        if ((hop + 1) % analysis::kHopsPerSpectrum == 0 || hop + 1 == hops) {
            const std::size_t at = std::min(hop / analysis::kHopsPerSpectrum, rows_.size() - 1);
            for (std::size_t b = 0; b < rowBefore.size(); ++b)
                rowGains_[at][b] =
                    fixed.gain[b] * std::sqrt((rowAfter[b] + 1e-20) / (rowBefore[b] + 1e-20));
            rowBefore = rowAfter = {};
        }
    }
    for (std::size_t b = 0; b < bandChangeDb_.size(); ++b)
        bandChangeDb_[b] = 10 * std::log10((allAfter[b] + 1e-20) / (allBefore[b] + 1e-20));
}

template <typename RowGain>
double LoudnessPrediction::changeOfThirdDb(std::size_t third, const RowGain& rowGain) const {
    constexpr std::size_t kThirds = std::tuple_size_v<ToneGains>;
    double before = 1e-20;
    double after = 1e-20;
    for (std::size_t row = 0; row < analysis_.spectrumCurve.size() / kThirds; ++row) {
        const double power = curvePower(analysis_.spectrumCurve[row * kThirds + third]);
        const double gain = rowGain(row);
        before += power;
        after += power * gain * gain;
    }
    return 10 * std::log10(after / before);
}

ToneGains LoudnessPrediction::changeDb() const {
    ToneGains change{};
    for (std::size_t i = 0; i < thirds_.size(); ++i)
        change[i] = changeOfThirdDb(i, [&](std::size_t row) {
            double gain = 0;
            for (std::size_t b = 0; b < dsp::kNumBands; ++b)
                gain += thirds_[i].share[b] * rowGains_[row][b];
            return gain;
        });
    return change;
}

double LoudnessPrediction::loudnessRangeLu() const {
    return analysis::summarize(hopPower_).loudnessRangeLu;
}

template <typename Visit>
double LoudnessPrediction::limited(double gainDb, const dsp::LimiterSettings& limiter,
                                   std::vector<double>& out, const Visit& visit) const {
    const double gain = amplitudeOf(gainDb);
    // The curve holds samples; the limiter goes by what lies between them.
    const double ceiling = amplitudeOf(limiter.ceilingDbtp - dsp::TruePeakLimiter::kMarginDb -
                                       analysis_.betweenSamplesDb());
    const double keep = std::exp(-1000 * kHopSeconds / kPeaksPerHop / limiter.releaseMs);
    out.resize(hopPower_.size());
    double reduction = 0;
    const auto limit = [&](std::size_t at) {
        const double peak = peaks_[at] * gain;
        const double need = peak > ceiling ? 1 - ceiling / peak : 0;
        const double released = reduction * keep;
        // A new peak lies somewhere inside its 20 ms: half of them run at the old gain, half at
        // the new.
        const double average = need > released ? (need + released) / 2 : (reduction + released) / 2;
        reduction = std::max(need, released);
        visit(at, peak * (1 - (need > released ? need : average)), 1 - reduction);
        return (1 - average) * (1 - average);
    };
    double deepest = 1;
    for (std::size_t hop = 0; hop < out.size(); ++hop) {
        // Within a hop the energy lies where the peaks are, and there the gain is least; less so
        // than their squares would say, for a burst is shorter than its 20 ms.
        double limited = 0;
        double weights = 0;
        for (std::size_t i = 0; i < kPeaksPerHop; ++i) {
            const std::size_t at = hop * kPeaksPerHop + i;
            const double weight = peaks_[at] + 1e-10;
            weights += weight;
            limited += weight * limit(at);
            deepest = std::min(deepest, 1 - reduction);
        }
        out[hop] = hopPower_[hop] * gain * gain * limited / weights;
    }
    for (std::size_t at = out.size() * kPeaksPerHop; at < peaks_.size(); ++at)
        limit(at);
    return deepest;
}

LoudnessPrediction::Outcome LoudnessPrediction::predict(double gainDb,
                                                        const dsp::LimiterSettings& limiter) const {
    std::vector<double> hops;
    const double deepest = limited(gainDb, limiter, hops, kNobodyLooks);
    return {analysis::integratedLufs(hops) + curveOffsetLu_, 20 * std::log10(deepest)};
}

/// Loudness rises with gain, less and less as the limiter works.
double LoudnessPrediction::gainFor(double targetLufs, const dsp::LimiterSettings& limiter,
                                   double maxGainDb) const {
    constexpr double kCloseLu = 0.003;
    constexpr double kMinGainDb = -36;
    double gain = 0;
    for (int i = 0; i < 30; ++i) {
        const double missing = targetLufs - predict(gain, limiter).integratedLufs;
        gain = std::clamp(gain + missing, kMinGainDb, maxGainDb);
        if (std::abs(missing) < kCloseLu)
            break;
    }
    return gain;
}

std::vector<double> LoudnessPrediction::hopsAt(double gainDb,
                                               const dsp::LimiterSettings& limiter) const {
    std::vector<double> hops;
    limited(gainDb, limiter, hops, kNobodyLooks);
    for (double& hop : hops)
        hop *= powerOf(curveOffsetLu_);
    return hops;
}

/// What the source's peak curve does not show of its true peak. As they are peaks end at full
/// scale, which what a lossy encoding holds may exceed.
double LoudnessPrediction::beyondPeaksDb() const {
    const double between = analysis_.betweenSamplesDb();
    const auto highest = std::max_element(sourcePeaks_.begin(), sourcePeaks_.end());
    return sourcePeaksAboveDb_ > 0 || highest == sourcePeaks_.end()
               ? between
               : std::max(between, analysis_.truePeakDbtp - analysis::curveDb(*highest));
}

LoudnessPrediction::Course LoudnessPrediction::courseAt(double gainDb,
                                                        const dsp::LimiterSettings& limiter) const {
    Course course;
    course.peaks.resize(peaks_.size());
    course.limiterGains.resize(peaks_.size());
    limited(gainDb, limiter, course.hops, [&](std::size_t at, double peak, double gain) {
        course.peaks[at] = static_cast<float>(peak);
        course.limiterGains[at] = static_cast<float>(gain);
    });
    // Gain and limiter, as amplitude.
    std::vector<double> loudening(rows_.size(), 0);
    std::vector<double> before(rows_.size(), 1e-20);
    for (std::size_t hop = 0; hop < course.hops.size(); ++hop) {
        const std::size_t row = std::min(hop / analysis::kHopsPerSpectrum, rows_.size() - 1);
        loudening[row] += course.hops[hop];
        before[row] += hopPower_[hop];
        course.hops[hop] *= powerOf(curveOffsetLu_);
    }
    for (std::size_t row = 0; row < loudening.size(); ++row)
        loudening[row] = std::sqrt(loudening[row] / before[row]);
    for (std::size_t i = 0; i < thirds_.size(); ++i) {
        const Third& third = thirds_[i];
        const auto change = [&](const Bands& bandGain) {
            return changeOfThirdDb(i, [&](std::size_t row) {
                double gain = 0;
                for (std::size_t b = 0; b < bandGain.size(); ++b)
                    gain += third.share[b] * rowGains_[row][b] * bandGain[b];
                return gain * loudening[row];
            });
        };
        course.changeDb.mid[i] = third.midToneDb + change({1, 1, 1, 1});
        course.changeDb.side[i] = third.sideToneDb + change(sideGain_);
    }
    const auto highest = std::max_element(course.peaks.begin(), course.peaks.end());
    if (highest != course.peaks.end())
        course.truePeakDbtp =
            std::clamp(20 * std::log10(*highest + 1e-9) + beyondPeaksDb(), course.truePeakDbtp,
                       limiter.ceilingDbtp - dsp::TruePeakLimiter::kMarginDb);
    return course;
}

} // namespace segue::mastering
