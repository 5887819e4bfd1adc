// Width as the long-term spectrum tells it, and the rule that keeps it from doing harm. Pure
// functions, any thread.

#include "processing/mastering/StereoImage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/FilterDesign.h"
#include "processing/types/Decibels.h"

namespace segue::mastering {

namespace {

int bandAt(double frequencyHz) {
    int band = 0;
    while (band < dsp::kNumBands - 1 &&
           frequencyHz >= dsp::kCrossoverHz[static_cast<std::size_t>(band)])
        ++band;
    return band;
}

ToneCurve scaled(const ToneCurve& tone, double part) {
    ToneCurve out = tone;
    for (std::size_t band = 0; band < out.side.size(); ++band)
        if (const double wider = tone.side[band] - tone.mid[band]; wider > 0)
            out.side[band] = tone.mid[band] + part * wider;
    return out;
}

dsp::MultibandSettings scaled(const dsp::MultibandSettings& dynamics, double part) {
    dsp::MultibandSettings out = dynamics;
    for (dsp::BandSettings& band : out.bands)
        if (band.sideGain > 1)
            band.sideGain = 1 + part * (band.sideGain - 1);
    return out;
}

} // namespace

double sideShare(const analysis::TrackAnalysis& a, int band) {
    double side = 0;
    double all = 1e-20;
    for (int i = 0; i < analysis::kNumThirdOctaves; ++i) {
        const double hz = analysis::thirdOctaveHz(i);
        if (bandAt(hz) != band || hz >= 0.49 * a.sampleRateHz)
            continue;
        const auto index = static_cast<std::size_t>(i);
        side += powerOf(a.sideDb[index]);
        all += powerOf(a.midDb[index]) + powerOf(a.sideDb[index]);
    }
    return side / all;
}

StereoWidth widthOf(const analysis::TrackAnalysis& a, const ToneCurve& tone,
                    const dsp::MultibandSettings& dynamics) {
    const auto [shelf, rlb] = dsp::kWeighting(a.sampleRateHz);
    double mid = 1e-20;
    double side = 0;
    double weightedMid = 1e-20;
    double weightedSide = 0;
    for (int i = 0; i < analysis::kNumThirdOctaves; ++i) {
        const double hz = analysis::thirdOctaveHz(i);
        if (hz >= 0.45 * a.sampleRateHz)
            break;
        const auto index = static_cast<std::size_t>(i);
        const double sideGain = dynamics.bands[static_cast<std::size_t>(bandAt(hz))].sideGain;
        const double m = powerOf(a.midDb[index] + tone.mid[index]);
        const double s = powerOf(a.sideDb[index] + tone.side[index]) * sideGain * sideGain;
        const double k = powerOf(shelf.magnitudeDbAt(hz, a.sampleRateHz) +
                                 rlb.magnitudeDbAt(hz, a.sampleRateHz));
        mid += m;
        side += s;
        weightedMid += k * m;
        weightedSide += k * s;
    }
    return {10 * std::log10(1 + weightedSide / weightedMid), (mid - side) / (mid + side)};
}

bool keepMonoCompatible(const analysis::TrackAnalysis& a, double extraFoldLossLu, ToneCurve& tone,
                        dsp::MultibandSettings& dynamics) {
    if (a.numChannels != 2)
        return false;
    const StereoWidth source = widthOf(a, {}, {});
    const auto fits = [&](double part) {
        const StereoWidth width = widthOf(a, scaled(tone, part), scaled(dynamics, part));
        return width.monoFoldLossLu <=
                   source.monoFoldLossLu + extraFoldLossLu + kMaxMonoFoldLossLu &&
               (extraFoldLossLu > 0 ||
                width.correlation >= source.correlation - kMaxCorrelationLoss);
    };
    if (fits(1))
        return false;
    double low = 0;
    double high = 1;
    for (int i = 0; i < 12; ++i) {
        const double middle = (low + high) / 2;
        (fits(middle) ? low : high) = middle;
    }
    tone = scaled(tone, low);
    dynamics = scaled(dynamics, low);
    return true;
}

namespace {

/// How far a band gets on its way to `wanted` when a unit of power costs `price` of what is
/// missing: the root of wanted - gain = price * powerOf(gain).
double affordable(double wanted, double price) {
    if (wanted <= 0)
        return wanted;
    double low = 0;
    double high = wanted;
    for (int i = 0; i < 24; ++i) {
        const double middle = (low + high) / 2;
        (wanted - middle > price * powerOf(middle) ? low : high) = middle;
    }
    return low;
}

} // namespace

double widenWithinBudget(const analysis::TrackAnalysis& a, const ToneGains& wider,
                         ToneCurve& tone) {
    double power = 1e-20;
    for (std::size_t band = 0; band < wider.size(); ++band)
        power += powerOf(a.sideDb[band] + tone.mid[band]);
    const auto at = [&](double price) {
        ToneCurve out = tone;
        for (std::size_t band = 0; band < wider.size(); ++band)
            out.side[band] =
                tone.mid[band] +
                affordable(wider[band], price * powerOf(a.sideDb[band] + tone.mid[band]) / power);
        return out;
    };
    tone = at(0);
    if (a.numChannels != 2 ||
        std::none_of(wider.begin(), wider.end(), [](double gain) { return gain > 0; }))
        return 0;
    const StereoWidth before = widthOf(a, {}, {});
    const auto fits = [&](const ToneCurve& curve) {
        const StereoWidth width = widthOf(a, curve, {});
        return width.monoFoldLossLu <= before.monoFoldLossLu + kMaxMonoFoldLossLu &&
               width.correlation >= before.correlation - kMaxCorrelationLoss;
    };
    if (fits(tone))
        return 0;
    const ToneCurve wanted = tone;
    double low = -3; // decades of the price
    double high = 6;
    for (int i = 0; i < 24; ++i) {
        const double middle = (low + high) / 2;
        (fits(at(std::pow(10.0, middle))) ? high : low) = middle;
    }
    tone = at(std::pow(10.0, high));
    double denied = 0;
    for (std::size_t band = 0; band < wider.size(); ++band)
        denied = std::max(denied, wanted.side[band] - tone.side[band]);
    return denied;
}

} // namespace segue::mastering
